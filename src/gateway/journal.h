/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What has to reach the XMPP server, whatever happens. XEP-0114 has no acknowledgements, so we make our own: a ping to
 * ourselves behind what was sent. The server handles the stanzas of one component in order, so when the ping is back, all
 * before it has been taken.
 *
 * What one turn hands over is one row, stored in the turn's transaction, before its bytes leave. While one ping is under
 * way the rows behind it gather, and the next ping stands for all of them: under load there is one ping a round trip, and
 * an idle link is acknowledged at once. After a lost link, or the death of the process, the rows that were not
 * acknowledged are sent again in their order, with their ids and with a delay stamp (XEP-0203).
 *
 * At most a window of bytes is under way. Beyond it, and as long as older rows wait, what is handed over is only stored,
 * and follows as acknowledgements come in. So memory stays bounded however long the server is away.
 */
#ifndef GATEWAY_JOURNAL_H
#define GATEWAY_JOURNAL_H

#include "gateway/gateway.h"
#include "xml/node.h"

struct journal;

struct journal *journal_new(struct gw_gateway *gateway);
void journal_free(struct journal *journal);

/* Takes a stanza, to be sent now or later. False: it is too big for the server, or there is no room for anything. */
bool journal_add(struct journal *journal, const struct xml_node *stanza);

/* The same where there is always room: for answers to messages, of which there cannot be more than were written. */
bool journal_add_answer(struct journal *journal, const struct xml_node *stanza);

/* May modules hand over more? Not while the journal has grown too large or cannot be written. */
bool journal_has_room(const struct journal *journal);

/* Would a stanza leave at once? Not while older ones wait. */
bool journal_is_direct(const struct journal *journal);

/* The link to the server is there (and what waits is sent), or has gone. */
void journal_link_came(struct journal *journal);
void journal_link_went(struct journal *journal);

/* Storing works no longer, or again: the server cannot be asked to answer meanwhile. */
void journal_store_changed(struct journal *journal);

/* A stanza of our own came back. False: it is no acknowledgement. */
bool journal_handle_own(struct journal *journal, const struct stanza *stanza);

/*
 * The gateway is about to leave: stores what this turn has handed over, and calls back once the server has taken
 * everything, or when that is not to be waited for any longer (2 s, or without a link at once).
 */
void journal_drain(struct journal *journal, void (*drained)(void *data), void *data);

/* What the server has not acknowledged yet. */
size_t journal_bytes(const struct journal *journal);

/*
 * Places in the journal, as bytes since the process began: behind what was handed over last, and how far the server has
 * taken it. And how much of one user's may wait: share.h.
 */
uint64_t journal_end(const struct journal *journal);
uint64_t journal_taken(const struct journal *journal);
uint64_t journal_share(const struct journal *journal);

#endif
