/* SPDX-License-Identifier: MPL-2.0 */
/* Kinds of clients, by the hash that they tell; one question for each, however many clients tell it. */
#include "gateway/client_caps.h"

#include "codec/disco.h"
#include "util/mem.h"
#include "xml/ns.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

enum { KINDS_MAX = 1000 };

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
	bool is_known, is_asked;
	struct waiter *waiters;
	UT_hash_handle hh;
};

struct client_caps {
	struct gw_gateway *gateway;
	struct kind *kinds;
};

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

static void learned(const struct ask_result *result, void *data) {
	struct kind *kind = data;
	struct disco_info info;
	if (result->is_cancelled) {
		return;
	}
	kind->is_asked = false;
	if (result->payload && disco_info_read(result->payload, &info)) {
		kind->is_known = true;
		kind->wishes = (disco_has_feature(&info, "urn:xmpp:avatar:metadata+notify") ? WISH_AVATAR : 0) |
				(disco_has_feature(&info, "http://jabber.org/protocol/nick+notify") ? WISH_NICK : 0);
	}
	struct waiter *waiter = kind->waiters;
	kind->waiters = NULL;
	while (waiter) {
		struct waiter *next = waiter->next;
		struct gw_session *session = session_find(kind->caps->gateway, waiter->bare_jid);
		if (session && kind->wishes) {
			waiter->learned(session, waiter->full_jid, kind->wishes);
		}
		waiter_free(waiter);
		waiter = next;
	}
}

static void ask(struct kind *kind, const char *full_jid) {
	struct gw_gateway *gateway = kind->caps->gateway;
	struct arena arena = { 0 };
	struct xml_node *iq = stanza_make(&arena, "iq", "get", gateway->jid.bare, full_jid, NULL);
	xml_set(xml_add(iq, "query", NS_DISCO_INFO), "node", kind->name);
	kind->is_asked = true;
	ask_send(gateway->asks, &gateway->scope, iq, ASK_TIMEOUT_MS, learned, kind);
	arena_finish(&arena);
}

void client_caps_ask(struct gw_session *session, const char *full_jid, const char *node, const char *ver,
		void (*callback)(struct gw_session *session, const char *full_jid, unsigned wishes)) {
	struct client_caps *caps = session->gateway->client_caps;
	if (!node || !ver) {
		return;
	}
	struct arena arena = { 0 };
	const char *name = arena_printf(&arena, "%s#%s", node, ver);
	struct kind *kind = NULL;
	HASH_FIND_STR(caps->kinds, name, kind);
	if (!kind && HASH_COUNT(caps->kinds) < KINDS_MAX) {
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
	struct waiter *waiter = mem_new(sizeof(*waiter));
	*waiter = (struct waiter){
		.next = kind->waiters,
		.bare_jid = mem_strdup(session->jid.bare),
		.full_jid = mem_strdup(full_jid),
		.learned = callback,
	};
	kind->waiters = waiter;
	if (!kind->is_asked) {
		ask(kind, full_jid);
	}
}
