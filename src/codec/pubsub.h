/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The little of XEP-0060 that personal eventing (XEP-0163) needs: items asked for, answered, and
 * announced.
 */
#ifndef CODEC_PUBSUB_H
#define CODEC_PUBSUB_H

#include "xml/node.h"

enum { PUBSUB_MAX_ITEMS = 32 };

/* Strings are borrowed from the tree. */
struct pubsub_request {
	const char *node;
	const char *item_ids[PUBSUB_MAX_ITEMS]; /* none: all, or the last ones */
	size_t item_count;
	unsigned max_items; /* 0: as many as there are */
};

/*
 * <pubsub><items/></pubsub>, sent or answered. False when it is something else or names too many
 * items.
 */
bool pubsub_read_request(const struct xml_node *pubsub, struct pubsub_request *out);

/*
 * An answer below the iq: returns <items/>; each item is then added with its content below. The id
 * may be NULL.
 */
struct xml_node *pubsub_write_items(struct xml_node *iq, const char *node);
struct xml_node *pubsub_add_item(struct xml_node *items, const char *id);

/*
 * An event below a message of type headline: returns the <item/> to be given its content. The id
 * may be NULL.
 */
struct xml_node *pubsub_write_event(struct xml_node *message, const char *node,
		const char *item_id);

#endif
