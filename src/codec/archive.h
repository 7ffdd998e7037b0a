/* SPDX-License-Identifier: MPL-2.0 */
/* XEP-0313 message archives: asking one, page by page (XEP-0059), and reading what comes; and what it keeps (XEP-0441). */
#ifndef CODEC_ARCHIVE_H
#define CODEC_ARCHIVE_H

#include "xml/node.h"

#include <stdint.h>

struct archive_query {
	const char *id;            /* comes back with each message */
	int64_t start_ms, end_ms;  /* by the archive's clock */
	const char *after;         /* the last message of the page before; NULL: the first page */
	unsigned max;              /* messages on a page */
};

/* Below an iq of type set. */
void archive_query_write(struct xml_node *iq, const struct archive_query *query);

/* One message of the answer; the strings and the stanza are borrowed from the tree. */
struct archive_result {
	const char *query_id;
	const char *id; /* in the archive */
	int64_t at_ms; /* when the archive took it, by its clock */
	struct xml_node *message;
};

/* False: it is none. */
bool archive_result_read(const struct xml_node *message, struct archive_result *out);

/* The end of a page. */
struct archive_end {
	bool is_complete; /* there is no other page */
	const char *last; /* NULL: the page was empty */
};
bool archive_end_read(const struct xml_node *fin, struct archive_end *out);

/* Below an iq of type get. */
void archive_preferences_ask(struct xml_node *iq);

/* True when the owner has chosen that not all of what they write to this domain is kept. */
bool archive_preferences_leave_out(const struct xml_node *preferences, const char *domain);

#endif
