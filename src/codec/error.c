/* SPDX-License-Identifier: MPL-2.0 */
/* <error/> in full. */
#include "codec/error.h"

#include "util/mem.h"
#include "xml/ns.h"
#include "xmpp/condition.h"

#include <string.h>

/* Without an entry: 500. */
static const int codes[] = {
	[GW_BAD_REQUEST] = 400,
	[GW_CONFLICT] = 409,
	[GW_FEATURE_NOT_IMPLEMENTED] = 501,
	[GW_FORBIDDEN] = 403,
	[GW_GONE] = 302,
	[GW_INTERNAL_SERVER_ERROR] = 500,
	[GW_ITEM_NOT_FOUND] = 404,
	[GW_JID_MALFORMED] = 400,
	[GW_NOT_ACCEPTABLE] = 406,
	[GW_NOT_ALLOWED] = 405,
	[GW_NOT_AUTHORIZED] = 401,
	[GW_PAYMENT_REQUIRED] = 402,
	[GW_POLICY_VIOLATION] = 406,
	[GW_RECIPIENT_UNAVAILABLE] = 404,
	[GW_REGISTRATION_REQUIRED] = 407,
	[GW_REMOTE_SERVER_NOT_FOUND] = 404,
	[GW_REMOTE_SERVER_TIMEOUT] = 504,
	[GW_RESOURCE_CONSTRAINT] = 500,
	[GW_SERVICE_UNAVAILABLE] = 503,
	[GW_SUBSCRIPTION_REQUIRED] = 407,
	[GW_UNDEFINED_CONDITION] = 500,
	[GW_UNEXPECTED_REQUEST] = 400,
};

int error_code(enum gw_condition condition) {
	int code = (size_t)condition < ARRAY_LENGTH(codes) ? codes[condition] : 0;
	return code != 0 ? code : 500;
}

struct xml_node *error_write(struct xml_node *stanza, const struct error_content *content) {
	struct xml_node *error = xml_add(stanza, "error", NULL);
	xml_set(error, "type", condition_type(content->condition));
	xml_set_integer(error, "code", error_code(content->condition));
	xml_set(error, "by", content->by);
	xml_add(error, gw_condition_name(content->condition), NS_STANZAS);
	xml_add_text(error, "text", NS_STANZAS, content->text);
	if (content->application != NULL) {
		xml_add(error, content->application, content->application_ns);
	}
	return error;
}

bool error_read(const struct xml_node *stanza, struct error_content *out) {
	const struct xml_node *error = stanza;
	if (stanza != NULL && !xml_is(stanza, "error", NULL)) {
		error = xml_find(stanza, "error", stanza->ns);
	}
	if (error == NULL) {
		return false;
	}
	*out = (struct error_content){ .condition = GW_UNDEFINED_CONDITION,
		.by = xml_get(error, "by") };
	for (const struct xml_node *child = xml_first_element(error); child != NULL;
			child = xml_next_element(child)) {
		if (!xml_is(child, NULL, NS_STANZAS)) {
			if (out->application == NULL) {
				out->application = child->name;
				out->application_ns = child->ns;
			}
		} else if (xml_is(child, "text", NULL)) {
			out->text = out->text == NULL ? xml_content(child) : out->text;
		} else if (out->condition == GW_UNDEFINED_CONDITION) {
			out->condition = condition_find(child->name);
		}
	}
	return true;
}
