/* SPDX-License-Identifier: MPL-2.0 */
/* <query xmlns='jabber:iq:roster'/> */
#include "codec/roster.h"

#include "xml/ns.h"

#include <string.h>

struct xml_node *roster_write(struct xml_node *iq, const struct roster_item *item) {
	struct xml_node *query = xml_add(iq, "query", NS_ROSTER);
	if (item == NULL) {
		return query;
	}
	struct xml_node *node = xml_add(query, "item", NULL);
	xml_set(node, "jid", item->jid);
	xml_set(node, "name", item->name);
	xml_set(node, "subscription", item->subscription);
	for (size_t i = 0; i < item->group_count; i++) {
		xml_add_text(node, "group", NULL, item->groups[i]);
	}
	return query;
}

static bool read_item(const struct xml_node *node, struct roster_item *out) {
	const char *ask = xml_get(node, "ask"), *subscription = xml_get(node, "subscription");
	struct roster_item item = {
		.jid = xml_get(node, "jid"),
		.name = xml_get(node, "name"),
		.subscription = subscription != NULL ? subscription : "none",
		.is_asking = ask != NULL && strcmp(ask, "subscribe") == 0,
	};
	for (const struct xml_node *group = xml_find(node, "group", NS_ROSTER);
			group != NULL && item.group_count < ROSTER_MAX_GROUPS;
			group = xml_find_next(group, "group", NS_ROSTER)) {
		item.groups[item.group_count++] = xml_content(group);
	}
	if (item.jid == NULL) {
		return false;
	}
	*out = item;
	return true;
}

const struct xml_node *roster_read_next(const struct xml_node *query,
		const struct xml_node *previous, struct roster_item *out) {
	const struct xml_node *node = xml_find(query, "item", NS_ROSTER);
	if (previous != NULL) {
		node = xml_find_next(previous, "item", NS_ROSTER);
	}
	while (node != NULL && !read_item(node, out)) {
		node = xml_find_next(node, "item", NS_ROSTER);
	}
	return node;
}

bool roster_item_has_group(const struct roster_item *item, const char *group) {
	for (size_t i = 0; i < item->group_count; i++) {
		if (strcmp(item->groups[i], group) == 0) {
			return true;
		}
	}
	return false;
}
