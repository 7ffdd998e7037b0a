/* SPDX-License-Identifier: MPL-2.0 */
/* What the gateway sent, in order: what the scenario has looked at, and what it has not. */
#ifndef RUNNER_SENT_H
#define RUNNER_SENT_H

#include "util/strbuf.h"
#include "xml/node.h"
#include "xml/parse.h"

struct sent_stanza {
	struct sent_stanza *next;
	struct arena *arena; /* holds the tree */
	struct xml_node *xml;
	unsigned line;       /* of the scenario, in which it was sent */
	bool is_seen;        /* matched, or ignored */
	bool is_held; /* for the gateway itself: the server is too busy to bring it back */
};

struct sent {
	struct xml_parser *parser;
	struct sent_stanza *first, **end;
	const unsigned *line; /* where the scenario stands; borrowed */
	const char *problem;  /* what was sent is no XML; borrowed from the parser */
	struct strbuf raw;    /* what was sent since the last stanza was whole, for the report */
};

void sent_init(struct sent *sent, const unsigned *line);
void sent_finish(struct sent *sent);

/* Bytes that the gateway wrote. */
void sent_feed(struct sent *sent, const char *bytes, size_t size);

/* The oldest that was not looked at, and the one behind it; NULL when there is none. */
struct sent_stanza *sent_next(const struct sent *sent);
struct sent_stanza *sent_next_after(const struct sent_stanza *stanza);
size_t sent_count_new(const struct sent *sent);

/* All that was sent counts as looked at. */
void sent_ignore(struct sent *sent);

/* Every stanza sent in this line of the scenario or later, and whatever nobody looked at. */
void sent_describe(const struct sent *sent, struct strbuf *out, unsigned since_line, const char *prefix);

#endif
