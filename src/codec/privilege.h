/* SPDX-License-Identifier: MPL-2.0 */
/*
 * XEP-0356 privileged entity: what the user's server lets us do for its users, and doing it.
 * Servers in use speak version 1 of the namespace, version 2, or both in turn.
 */
#ifndef CODEC_PRIVILEGE_H
#define CODEC_PRIVILEGE_H

#include "xml/node.h"

enum { PRIVILEGE_MAX_NAMESPACES = 32 };

enum privilege_access {
	PRIVILEGE_NONE = 0,
	PRIVILEGE_GET = 1,
	PRIVILEGE_SET = 2,
	PRIVILEGE_BOTH = PRIVILEGE_GET | PRIVILEGE_SET,
};

enum privilege_presence {
	PRIVILEGE_PRESENCE_NONE,
	PRIVILEGE_PRESENCE_MANAGED, /* of the server's users */
	PRIVILEGE_PRESENCE_ROSTER,  /* and of their contacts */
};

struct privilege_namespace {
	const char *ns;
	enum privilege_access access;
};

/* Zeroed: nothing is allowed. Strings of `iq` are borrowed from the tree that was read. */
struct privileges {
	enum privilege_access roster;
	bool has_roster_push;     /* the server tells about changes in rosters */
	const char *message_ns;   /* wraps messages in users' names; NULL: not allowed */
	enum privilege_presence presence;
	struct privilege_namespace iq[PRIVILEGE_MAX_NAMESPACES]; /* version 2 only */
	size_t iq_count;
};

/*
 * An advertisement; false when the message is none. It replaces all that the same server granted
 * before.
 */
bool privilege_read(const struct xml_node *message, struct privileges *out);

bool privilege_allows_iq(const struct privileges *privileges, const char *ns,
		enum privilege_access access);

/*
 * A message in a user's name: wraps into `outer`, which goes from us to the server, and returns the
 * inner <message/> to be given its attributes (`from` is the user's bare address) and content. ns:
 * message_ns.
 */
struct xml_node *privilege_add_message(struct xml_node *outer, const char *ns);

/*
 * An IQ in a user's name: `outer` goes to the user's bare address; the inner <iq/> that is returned
 * has its type already and gets `to`, `id` and the payload.
 */
struct xml_node *privilege_add_iq(struct xml_node *outer);

/* What the server forwards in answer: the inner stanza of this name; NULL when it is not one. */
struct xml_node *privilege_unwrap(const struct xml_node *outer, const char *name);

#endif
