/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Contact lists (RFC 6121 section 2): items pushed by privilege, and those that the user's server
 * tells.
 */
#ifndef CODEC_ROSTER_H
#define CODEC_ROSTER_H

#include "xml/node.h"

enum { ROSTER_MAX_GROUPS = 16 };

/* Strings are borrowed from the tree that was read, or from the caller who writes. */
struct roster_item {
	const char *jid;
	const char *name;         /* NULL: none */
	const char *subscription; /* "none", "to", "from", "both", "remove" */
	bool is_asking;           /* the user's request waits for an answer */
	const char *groups[ROSTER_MAX_GROUPS];
	size_t group_count;
};

/* <query><item/></query> below an iq of type set; NULL: an empty query, which asks for the list. */
struct xml_node *roster_write(struct xml_node *iq, const struct roster_item *item);

/*
 * Goes through the items of a <query/>: NULL gives the first, and NULL is returned behind the last.
 * Groups beyond the limit are left out.
 */
const struct xml_node *roster_read_next(const struct xml_node *query,
		const struct xml_node *previous, struct roster_item *out);

bool roster_item_has_group(const struct roster_item *item, const char *group);

#endif
