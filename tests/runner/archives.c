/* SPDX-License-Identifier: MPL-2.0 */
/* What archives answer: every page is the whole. */
#include "archives.h"

#include "util/text.h"
#include "xml/ns.h"
#include "xml/write.h"
#include "xmpp/stanza.h"

#include <string.h>

struct world_archive {
	struct world_archive *next;
	const char *user;
	const struct xml_node *stanzas;
	int64_t put_at_ms;
};

static struct world_archive *find(const struct world *world, const char *user) {
	struct world_archive *archive = world->archives;
	while (archive != NULL && strcmp(archive->user, user) != 0) {
		archive = archive->next;
	}
	return archive;
}

void archives_set(struct world *world, const char *user, const struct xml_node *stanzas) {
	struct world_archive *archive = find(world, user);
	if (archive == NULL) {
		archive = arena_new(&world->arena, sizeof(*archive));
		archive->user = user;
		archive->next = world->archives;
		world->archives = archive;
	}
	archive->stanzas = stanzas;
	archive->put_at_ms = gw_time_ms(world->loop);
}

static void feed(struct world *world, const struct xml_node *stanza) {
	const char *bytes = xml_to_string(&world->arena, stanza, NS_COMPONENT);
	component_feed(world->gateway->component, bytes, strlen(bytes));
}

/* As the gateway would get it if it were the user's client. */
static struct xml_node *forward(struct xml_node *outer, const char *name) {
	struct xml_node *privilege = xml_add(outer, "privilege", NS_PRIVILEGE_2);
	return xml_add(xml_add(privilege, "forwarded", NS_FORWARD), name, NS_CLIENT);
}

static void feed_one(struct world *world, const struct world_archive *archive, const char *query_id,
		const struct xml_node *stanza) {
	struct xml_node *outer = stanza_make(&world->arena, "message", NULL, archive->user, WORLD_COMPONENT, NULL);
	struct xml_node *result = xml_add(forward(outer, "message"), "result", NS_MAM);
	xml_set(result, "queryid", query_id);
	struct xml_node *forwarded = xml_add(result, "forwarded", NS_FORWARD);
	xml_set(xml_add(forwarded, "delay", NS_DELAY), "stamp", text_write_time(&world->arena, archive->put_at_ms));
	xml_append(forwarded, xml_copy(&world->arena, stanza));
	feed(world, outer);
}

static void answer_query(struct world *world, const struct world_archive *archive, const struct xml_node *iq,
		const struct xml_node *query) {
	for (const struct xml_node *stanza = xml_first_element(archive->stanzas); stanza != NULL;
			stanza = xml_next_element(stanza)) {
		feed_one(world, archive, xml_get(query, "queryid"), stanza);
	}
	struct xml_node *outer = stanza_make(&world->arena, "iq", "result", archive->user, WORLD_COMPONENT,
			xml_get(iq, "id"));
	struct xml_node *inner = forward(outer, "iq");
	xml_set(inner, "type", "result");
	xml_set(xml_add(inner, "fin", NS_MAM), "complete", "true");
	feed(world, outer);
}

static void answer_time(struct world *world, const struct xml_node *iq) {
	struct xml_node *result = stanza_make(&world->arena, "iq", "result", xml_get(iq, "to"), WORLD_COMPONENT,
			xml_get(iq, "id"));
	xml_add_text(xml_add(result, "time", NS_TIME), "utc", NULL, text_write_time(&world->arena, gw_time_ms(world->loop)));
	feed(world, result);
}

bool archives_answer(struct world *world, const struct xml_node *iq) {
	const struct xml_node *privileged = xml_find(iq, "privileged_iq", NS_PRIVILEGE_2);
	const struct xml_node *inner = privileged != NULL ? xml_find(privileged, "iq", NS_CLIENT) : NULL;
	const struct xml_node *query = inner != NULL ? xml_find(inner, "query", NS_MAM) : NULL;
	const char *to = xml_get(iq, "to");
	if (world->archives == NULL || to == NULL) {
		return false;
	}
	if (query != NULL && find(world, to) != NULL) {
		answer_query(world, find(world, to), iq, query);
		return true;
	}
	if (strcmp(to, WORLD_SERVER) == 0 && xml_find(iq, "time", NS_TIME) != NULL) {
		answer_time(world, iq);
		return true;
	}
	return false;
}
