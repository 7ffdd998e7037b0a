/* SPDX-License-Identifier: MPL-2.0 */
/* Kinds of clients, by the hash that they tell; one question for each, however many clients tell it. */
#include "gateway/client_caps.h"

#include "codec/disco.h"
#include "util/mem.h"
#include "xml/ns.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

enum {
	KINDS_MAX = 1000,
	NAME_MAX_BYTES = 500, /* of a kind: a web address and a hash */
	WAITERS_MAX = 100, /* of one kind, until one of them has answered */
};

/* One client that waits for what its kind wishes. */
struct waiter {
	struct waiter *next;
	char *bare_jid, *full_jid;
	void (*learned)(struct gw_session *session, const char *full_jid, unsigned wishes);
};

struct kind {
	struct client_caps *caps;
	char *name; /* node#ver */
	unsigned wishes;
	bool is_known;          /* by an answer that makes the hash */
	struct waiter *waiters; /* the first one is being asked, as long as there is a link */
	bool is_asking;
	unsigned waiter_count;
	UT_hash_handle hh;
};

struct client_caps {
	struct gw_gateway *gateway;
	struct kind *kinds;
};

static void ask_first(struct kind *kind);

struct client_caps *client_caps_new(struct gw_gateway *gateway) {
	struct client_caps *caps = mem_new(sizeof(*caps));
	caps->gateway = gateway;
	return caps;
}

static void waiter_free(struct waiter *waiter) {
	free(waiter->bare_jid);
	free(waiter->full_jid);
	free(waiter);
}

static void kind_free(struct kind *kind) {
	while (kind->waiters) {
		struct waiter *next = kind->waiters->next;
		waiter_free(kind->waiters);
		kind->waiters = next;
	}
	HASH_DEL(kind->caps->kinds, kind);
	free(kind->name);
	free(kind);
}

void client_caps_free(struct client_caps *caps) {
	while (caps && caps->kinds) {
		kind_free(caps->kinds);
	}
	free(caps);
}

static unsigned wishes_of(const struct disco_info *info) {
	return (disco_has_feature(info, "urn:xmpp:avatar:metadata+notify") ? WISH_AVATAR : 0) |
			(disco_has_feature(info, "http://jabber.org/protocol/nick+notify") ? WISH_NICK : 0);
}

/* The first of those who wait hears what they wish. */
static void tell_first(struct kind *kind, unsigned wishes) {
	struct waiter *waiter = kind->waiters;
	kind->waiters = waiter->next;
	kind->waiter_count--;
	struct gw_session *session = session_find(kind->caps->gateway, waiter->bare_jid);
	if (session && wishes) {
		waiter->learned(session, waiter->full_jid, wishes);
	}
	waiter_free(waiter);
}

/* XEP-0115 section 5.4: an answer that does not make the hash speaks for the one who gave it and for nobody else. */
static void learned(const struct ask_result *result, void *data) {
	struct kind *kind = data;
	struct disco_info info = { 0 };
	kind->is_asking = false;
	if (result->is_cancelled || !component_is_online(kind->caps->gateway->component)) {
		return; /* client_caps_link_is_ready() */
	}
	bool is_answer = result->payload && disco_info_read(result->payload, &info);
	if (is_answer) {
		struct arena arena = { 0 };
		kind->is_known = strcmp(strrchr(kind->name, '#') + 1, disco_caps_ver(&arena, &info)) == 0;
		kind->wishes = wishes_of(&info);
		arena_finish(&arena);
	}
	tell_first(kind, is_answer ? kind->wishes : 0);
	while (kind->is_known && kind->waiters) {
		tell_first(kind, kind->wishes);
	}
	if (kind->waiters) {
		ask_first(kind);
	}
}

static void ask_first(struct kind *kind) {
	struct gw_gateway *gateway = kind->caps->gateway;
	struct arena arena = { 0 };
	struct xml_node *iq = stanza_make(&arena, "iq", "get", gateway->jid.bare, kind->waiters->full_jid, NULL);
	xml_set(xml_add(iq, "query", NS_DISCO_INFO), "node", kind->name);
	kind->is_asking = true;
	ask_send(gateway->asks, &gateway->scope, iq, ASK_TIMEOUT_MS, learned, kind);
	arena_finish(&arena);
}

void client_caps_link_is_ready(struct client_caps *caps) {
	for (struct kind *kind = caps->kinds; kind; kind = kind->hh.next) {
		if (kind->waiters && !kind->is_asking) {
			ask_first(kind);
		}
	}
}

/* Room for one more: the kind that was met first and is not being asked about goes. */
static bool make_room(struct client_caps *caps) {
	if (HASH_COUNT(caps->kinds) < KINDS_MAX) {
		return true;
	}
	struct kind *oldest = caps->kinds;
	while (oldest && oldest->waiters) {
		oldest = oldest->hh.next;
	}
	if (oldest) {
		kind_free(oldest);
	}
	return oldest != NULL;
}

static void wait_for(struct kind *kind, const struct gw_session *session, const char *full_jid,
		void (*callback)(struct gw_session *session, const char *full_jid, unsigned wishes)) {
	struct waiter *waiter = mem_new(sizeof(*waiter));
	*waiter = (struct waiter){
		.bare_jid = mem_strdup(session->jid.bare),
		.full_jid = mem_strdup(full_jid),
		.learned = callback,
	};
	struct waiter **last = &kind->waiters;
	while (*last) {
		last = &(*last)->next;
	}
	*last = waiter;
	kind->waiter_count++;
	if (!kind->is_asking) {
		ask_first(kind);
	}
}

void client_caps_ask(struct gw_session *session, const char *full_jid, const char *node, const char *ver,
		void (*callback)(struct gw_session *session, const char *full_jid, unsigned wishes)) {
	struct client_caps *caps = session->gateway->client_caps;
	if (!node || !ver || strlen(node) + strlen(ver) > NAME_MAX_BYTES) {
		return;
	}
	struct arena arena = { 0 };
	const char *name = arena_printf(&arena, "%s#%s", node, ver);
	struct kind *kind = NULL;
	HASH_FIND_STR(caps->kinds, name, kind);
	if (!kind && make_room(caps)) {
		kind = mem_new(sizeof(*kind));
		kind->caps = caps;
		kind->name = mem_strdup(name);
		HASH_ADD_KEYPTR(hh, caps->kinds, kind->name, strlen(kind->name), kind);
	}
	arena_finish(&arena);
	if (!kind) {
		return;
	}
	if (kind->is_known) {
		if (kind->wishes) {
			callback(session, full_jid, kind->wishes);
		}
		return;
	}
	if (kind->waiter_count < WAITERS_MAX) {
		wait_for(kind, session, full_jid, callback);
	}
}
