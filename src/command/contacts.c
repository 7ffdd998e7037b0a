/* SPDX-License-Identifier: MPL-2.0 */
/* The command `contacts` (row C24). */
#include "command/builtin.h"
#include "command/run.h"
#include "gateway/contact.h"
#include "util/mem.h"

#include <stdlib.h>
#include <strings.h>

static const char *name_of(const struct gw_contact *contact) {
	return contact->name ? contact->name : contact->id;
}

static int compare(const void *left, const void *right) {
	const struct gw_contact *a = *(struct gw_contact *const *)left, *b = *(struct gw_contact *const *)right;
	int names = strcasecmp(name_of(a), name_of(b));
	return names ? names : strcasecmp(a->bare_jid, b->bare_jid);
}

static size_t collect(struct gw_session *session, const struct gw_contact ***out_contacts) {
	size_t count = 0, i = 0;
	for (const struct gw_contact *contact = contacts_first(session); contact; contact = contact->next) {
		count++;
	}
	const struct gw_contact **contacts = mem_new_array(count + 1, sizeof(*contacts));
	for (const struct gw_contact *contact = contacts_first(session); contact; contact = contact->next) {
		contacts[i++] = contact;
	}
	qsort(contacts, count, sizeof(*contacts), compare);
	*out_contacts = contacts;
	return count;
}

static void run(struct gw_request *req, struct gw_command_run *command) {
	static const struct gw_table_column columns[] = {
		{ .var = "name", .label = "Name" },
		{ .var = "jid", .label = "Address", .is_jid = true },
		{ 0 },
	};
	const struct gw_contact **contacts;
	size_t count = collect(gw_command_session(command), &contacts);
	struct gw_table *table = gw_table_new(count > 0 ? "Your contacts" : "You have no contacts here yet.", columns);
	for (size_t i = 0; i < count; i++) {
		gw_table_add_row(table, (const char *const[]){ name_of(contacts[i]), contacts[i]->bare_jid });
	}
	free(contacts);
	gw_request_ok_table(req, table);
}

const struct gw_command command_contacts = {
	.keyword = "contacts",
	.title = "List your contacts",
	.help = "Lists the people on the network that the gateway knows for you, with their addresses.",
	.access = GW_ACCESS_USER_LOGGED,
	.category = &category_contacts,
	.run = run,
};
