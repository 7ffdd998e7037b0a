/* SPDX-License-Identifier: MPL-2.0 */
/* What a <presence/> says: how somebody is, and what their client tells along with it. */
#ifndef CODEC_PRESENCE_H
#define CODEC_PRESENCE_H

#include "xml/node.h"

#include <gangway/message.h>
#include <stdint.h>

/*
 * Strings are borrowed from the tree that was read, or from the caller who writes. NULL and 0 mean
 * absent.
 */
struct presence_content {
	enum gw_show show;      /* offline: type unavailable, which the caller writes */
	const char *status;
	int priority;           /* -128 to 127 */
	int64_t idle_since_ms;  /* XEP-0319; an unavailable presence is written with XEP-0203, too */
	const char *caps_node;  /* XEP-0115; node, ver and hash together or not at all */
	const char *caps_ver;
	const char *caps_hash;  /* NULL when writing: "sha-1" */
	const char *nick;       /* XEP-0172 */
	const char *photo;      /* XEP-0153: SHA-1 of the avatar; "": none; NULL: not told */
};

void presence_content_read(const struct xml_node *presence, struct presence_content *out);

/* Below <presence/>. */
void presence_content_write(struct xml_node *presence, const struct presence_content *content);

/*
 * When somebody was last seen, in words behind their status, for clients that do not show it themselves: "Gone -- last seen
 * Thursday 12:00 GMT"; the date when that was a week ago or longer. `status` may be NULL.
 */
const char *presence_status_last_seen(struct arena *arena, const char *status, int64_t last_seen_ms, int64_t now_ms);

/* Less than a week ago: the words will have to be others in time. */
bool presence_is_recent(int64_t last_seen_ms, int64_t now_ms);

/* "away", "chat", "dnd", "xa"; NULL for available and offline, which have no <show/>. */
const char *show_name(enum gw_show show);

#endif
