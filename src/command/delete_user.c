/* SPDX-License-Identifier: MPL-2.0 */
/* The command `delete_user` (row C33). */
#include "command/builtin.h"
#include "command/run.h"
#include "gateway/registration.h"
#include "util/mem.h"

#include <stdlib.h>
#include <string.h>

static const char gone_text[] = "This user is not registered.";

struct removal {
	struct gw_request *req;
	struct gw_gateway *gateway;
	char *jid;
};

static void removed(void *data) {
	struct removal *removal = data;
	gateway_tell(removal->gateway, removal->jid, "An admin of this gateway has removed your registration.");
	struct arena arena = { 0 };
	gw_request_ok_text(removal->req, arena_printf(&arena, "%s is not registered any more.", removal->jid));
	arena_finish(&arena);
	free(removal->jid);
	free(removal);
}

static void confirmed(struct gw_request *req, struct gw_command_run *run) {
	const char *jid = *(const char **)gw_command_data(run);
	struct gw_gateway *gateway = gw_command_gateway(run);
	struct gw_session *session = session_find(gateway, jid);
	if (!session) {
		gw_request_fail(req, GW_ITEM_NOT_FOUND, gone_text);
		return;
	}
	struct removal *removal = mem_new(sizeof(*removal));
	*removal = (struct removal){ .req = req, .gateway = gateway, .jid = mem_strdup(jid) };
	registration_remove(session, removed, removal);
}

static void submitted(struct gw_request *req, struct gw_command_run *run, const struct gw_form *form) {
	struct arena *arena = run_arena(run);
	const char *jid = gw_form_text(form, "jid");
	const char *bare = arena_strndup(arena, jid, strcspn(jid, "/"));
	if (!session_find(gw_command_gateway(run), bare)) {
		gw_request_fail(req, GW_ITEM_NOT_FOUND, gone_text);
		return;
	}
	*(const char **)gw_command_data(run) = bare;
	gw_command_confirm(req, arena_printf(arena, "Do you really want to remove the registration of %s?", bare),
			confirmed);
}

static void ask(struct gw_request *req, struct gw_command_run *run) {
	static const struct gw_form_field fields[] = {
		{ .var = "jid", .label = "Address of the user", .type = GW_FIELD_JID_SINGLE, .required = true },
		{ 0 },
	};
	(void)run;
	gw_command_ask(req, &(struct gw_form_template){ .title = "Remove a user", .fields = fields }, submitted);
}

const struct gw_command command_delete_user = {
	.keyword = "delete_user",
	.title = "Remove a user",
	.help = "Ends the registration of a user and removes what is stored about them.",
	.access = GW_ACCESS_ADMIN,
	.category = &category_admin,
	.run = ask,
	.data_size = sizeof(const char *),
};
