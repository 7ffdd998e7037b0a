/* SPDX-License-Identifier: MPL-2.0 */
/* Addresses: preparing (nodeprep, nameprep, resourceprep), taking apart, and escaping (XEP-0106). */
#ifndef XMPP_JID_H
#define XMPP_JID_H

#include "util/arena.h"

#include <gangway/jid.h>

enum { JID_PART_MAX_BYTES = 1023 };

/* Prepares and checks; pure ASCII takes a fast path. The strings are put into the arena. */
bool jid_parse(struct arena *arena, const char *text, struct gw_jid *out);

/* From parts that may be unprepared; local and resource may be NULL. */
bool jid_make(struct arena *arena, const char *local, const char *domain, const char *resource, struct gw_jid *out);

/* The same account with another resource (NULL: bare). */
bool jid_with_resource(struct arena *arena, const struct gw_jid *jid, const char *resource, struct gw_jid *out);

/* Copies all strings into the arena. */
struct gw_jid jid_copy(struct arena *arena, const struct gw_jid *jid);

/*
 * XEP-0106: any text as a local part and back. Spaces at its ends are dropped, as the XEP forbids them there. Case is not
 * kept by the local part of an address: that is the caller's.
 */
const char *jid_escape(struct arena *arena, const char *text);
const char *jid_unescape(struct arena *arena, const char *local);

/*
 * Prepared single parts; NULL when they cannot be. The local part is for an address that is ours to give, so it may not
 * have code points younger than Unicode 3.2: what others may send us, not every server takes from us (RFC 3454 section
 * 7; ejabberd drops such stanzas without a word).
 */
const char *jid_prepare_local(struct arena *arena, const char *text);
const char *jid_prepare_domain(struct arena *arena, const char *text);
const char *jid_prepare_resource(struct arena *arena, const char *text);

#endif
