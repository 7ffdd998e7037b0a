/* SPDX-License-Identifier: MPL-2.0 */
/* What archives answer: every page is the whole. */
#include "archives.h"

#include "util/text.h"
#include "xml/ns.h"
#include "xml/write.h"
#include "xmpp/stanza.h"

#include <string.h>

struct archived {
	struct archived *next;
	const struct xml_node *stanza;
	int64_t at_ms;
};

struct world_archive {
	struct world_archive *next;
	const char *user;
	struct archived *first, **last;
};

static struct world_archive *find(const struct world *world, const char *user) {
	struct world_archive *archive = world->archives;
	while (archive != NULL && strcmp(archive->user, user) != 0) {
		archive = archive->next;
	}
	return archive;
}

static struct world_archive *get(struct world *world, const char *user) {
	struct world_archive *archive = find(world, user);
	if (archive == NULL) {
		archive = arena_new(&world->arena, sizeof(*archive));
		archive->user = user;
		archive->last = &archive->first;
		archive->next = world->archives;
		world->archives = archive;
	}
	return archive;
}

static void add(struct world *world, struct world_archive *archive, const struct xml_node *stanza) {
	struct archived *archived = arena_new(&world->arena, sizeof(*archived));
	archived->stanza = stanza;
	archived->at_ms = gw_time_ms(world->loop);
	*archive->last = archived;
	archive->last = &archived->next;
}

void archives_set(struct world *world, const char *user, const struct xml_node *stanzas) {
	struct world_archive *archive = get(world, user);
	archive->first = NULL;
	archive->last = &archive->first;
	for (const struct xml_node *stanza = stanzas != NULL ? xml_first_element(stanzas) : NULL; stanza != NULL;
			stanza = xml_next_element(stanza)) {
		add(world, archive, stanza);
	}
}

void archives_add(struct world *world, const char *user, const struct xml_node *stanza) {
	add(world, get(world, user), xml_copy(&world->arena, stanza));
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
		const struct archived *archived) {
	struct xml_node *outer = stanza_make(&world->arena, "message", NULL, archive->user, WORLD_COMPONENT, NULL);
	struct xml_node *result = xml_add(forward(outer, "message"), "result", NS_MAM);
	xml_set(result, "queryid", query_id);
	struct xml_node *forwarded = xml_add(result, "forwarded", NS_FORWARD);
	xml_set(xml_add(forwarded, "delay", NS_DELAY), "stamp", text_write_time(&world->arena, archived->at_ms));
	xml_append(forwarded, xml_copy(&world->arena, archived->stanza));
	feed(world, outer);
}

static void answer_query(struct world *world, const struct world_archive *archive, const struct xml_node *iq,
		const struct xml_node *query) {
	for (const struct archived *archived = archive->first; archived != NULL; archived = archived->next) {
		feed_one(world, archive, xml_get(query, "queryid"), archived);
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
