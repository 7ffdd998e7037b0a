/* SPDX-License-Identifier: MPL-2.0 */
/* <pubsub/> and <event/> */
#include "codec/pubsub.h"

#include "util/text.h"
#include "xml/ns.h"

bool pubsub_read_request(const struct xml_node *pubsub, struct pubsub_request *out) {
	const struct xml_node *items = xml_is(pubsub, "pubsub", NS_PUBSUB)
			? xml_find(pubsub, "items", NS_PUBSUB)
			: NULL;
	struct pubsub_request request = { .node = items != NULL ? xml_get(items, "node") : NULL };
	if (request.node == NULL) {
		return false;
	}
	int64_t max_items;
	if (xml_get(items, "max_items") != NULL &&
			text_read_integer(xml_get(items, "max_items"), 1, 1000000, &max_items)) {
		request.max_items = (unsigned)max_items;
	}
	for (const struct xml_node *item = xml_find(items, "item", NS_PUBSUB); item != NULL;
			item = xml_find_next(item, "item", NS_PUBSUB)) {
		const char *id = xml_get(item, "id");
		if (id == NULL) {
			continue;
		}
		if (request.item_count == PUBSUB_MAX_ITEMS) {
			return false;
		}
		request.item_ids[request.item_count++] = id;
	}
	*out = request;
	return true;
}

struct xml_node *pubsub_write_items(struct xml_node *iq, const char *node) {
	struct xml_node *items = xml_add(xml_add(iq, "pubsub", NS_PUBSUB), "items", NULL);
	xml_set(items, "node", node);
	return items;
}

struct xml_node *pubsub_add_item(struct xml_node *items, const char *id) {
	struct xml_node *item = xml_add(items, "item", NULL);
	xml_set(item, "id", id);
	return item;
}

struct xml_node *pubsub_write_event(struct xml_node *message, const char *node,
		const char *item_id) {
	struct xml_node *items = xml_add(xml_add(message, "event", NS_PUBSUB_EVENT), "items", NULL);
	xml_set(items, "node", node);
	return pubsub_add_item(items, item_id);
}
