/* SPDX-License-Identifier: MPL-2.0 */
/* <query xmlns='jabber:iq:gateway'/> */
#include "codec/gateway.h"

#include "util/text.h"
#include "xml/ns.h"

struct xml_node *gateway_prompt_write(struct xml_node *iq, const char *description,
		const char *prompt) {
	struct xml_node *query = xml_add(iq, "query", NS_GATEWAY);
	xml_add_text(query, "desc", NULL, description);
	xml_add_text(query, "prompt", NULL, prompt);
	return query;
}

const char *gateway_prompt_read(const struct xml_node *query) {
	return text_not_empty(xml_child_text(query, "prompt", NS_GATEWAY));
}

struct xml_node *gateway_jid_write(struct xml_node *iq, const char *jid) {
	struct xml_node *query = xml_add(iq, "query", NS_GATEWAY);
	xml_add_text(query, "jid", NULL, jid);
	return query;
}
