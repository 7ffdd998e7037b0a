/* SPDX-License-Identifier: MPL-2.0 */
/* What is kept in memory while the link to the server is away, as it will be written when it is back. */
#ifndef XMPP_BACKLOG_H
#define XMPP_BACKLOG_H

#include "util/strbuf.h"
#include "xml/node.h"

/*
 * Is it an answer that somebody may still wait for? Messages and subscriptions have a journal (gateway/journal.h); how
 * somebody is doing is told anew, and our own questions have nobody any more who asks.
 */
bool backlog_wants(const struct xml_node *stanza);

/* Adds what it wants of this output, which was held back when the link broke. */
void backlog_take_over(struct strbuf *backlog, const struct strbuf *output);

#endif
