/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Which messages came from users lately: by that one is known that comes once more, because a client or server was not
 * sure that it had arrived the first time, or because it stands in the user's archive (recovery.h). And until when all that
 * the server had sent is surely here.
 *
 * That time is the server's own (XEP-0202), asked by way of the link: what the server had sent before it answers comes
 * before the answer. Our clock, which may jump, plays no part in it.
 */
#ifndef GATEWAY_ARRIVALS_H
#define GATEWAY_ARRIVALS_H

#include "gateway/gateway.h"
#include "xmpp/stanza.h"

enum {
	ARCHIVE_MARGIN_MS = 15 * 1000, /* the clocks of archives and of the server may differ by so much */
	SERVER_CLOCK_TELLS_MS = 1000,  /* whole seconds */
};

struct arrivals;

struct arrivals *arrivals_new(struct gw_gateway *gateway);
void arrivals_free(struct arrivals *arrivals);

/* So many are remembered at most, and looked at in an archive. */
unsigned arrivals_max(const struct arrivals *arrivals);

/* A message that says something, for which a key stands; 0: it says nothing that could be lost or doubled. */
uint64_t arrivals_key(struct stanza *stanza);

/*
 * A message has come: stored in this turn. False: it had come before, and nothing is to be done for it. Of strangers nothing
 * is remembered: nobody takes their messages, and they must not be in the way of users'.
 */
bool arrivals_note(struct arrivals *arrivals, struct stanza *stanza);

/* The same for one that is missing (arrivals_knows()) and was found in an archive, which took it then. */
bool arrivals_note_recovered(struct arrivals *arrivals, struct stanza *stanza, int64_t at_ms);

/* What an archive has under this time: has it come, whether or not it was refused? */
bool arrivals_knows(const struct arrivals *arrivals, uint64_t key, int64_t at_ms);

/* How often it has come since the time until which all has (arrivals_complete_until_ms()); 0: not, or that is not known. */
unsigned arrivals_count(const struct arrivals *arrivals, uint64_t key);

/* It went back with an error: whoever sends it again means it. */
void arrivals_refused(struct arrivals *arrivals, struct stanza *stanza);

/* What the server's clock shows, just now. */
void arrivals_note_time(struct arrivals *arrivals, int64_t time_ms);

/* And now, as far as that is known; 0: it is not. */
int64_t arrivals_server_now_ms(const struct arrivals *arrivals);

/*
 * By the server's clock: until when all that was sent has come, and since when that is known message by message. 0: not
 * known.
 */
int64_t arrivals_complete_until_ms(const struct arrivals *arrivals);
int64_t arrivals_known_since_ms(const struct arrivals *arrivals);

/* So much has come since that time that some of it is not known any more. */
bool arrivals_have_gap(const struct arrivals *arrivals);

/* All of before this link has been recovered, as far as it could be: from now on the time moves on. */
void arrivals_caught_up(struct arrivals *arrivals);
void arrivals_link_went(struct arrivals *arrivals);

#endif
