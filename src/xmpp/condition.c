/* SPDX-License-Identifier: MPL-2.0 */
/* RFC 6120 section 8.3.3: every condition once, with its error type and a sentence. */
#include "xmpp/condition.h"

#include "util/mem.h"

#include <stdbool.h>
#include <string.h>

struct row {
	const char *name, *type, *text;
};

static const struct row rows[] = {
	[GW_OK] = { "", "", "" },
	[GW_BAD_REQUEST] = { "bad-request", "modify", "This request cannot be understood." },
	[GW_CONFLICT] = { "conflict", "cancel", "This name is already in use." },
	[GW_FEATURE_NOT_IMPLEMENTED] = { "feature-not-implemented", "cancel", "This is not possible here." },
	[GW_FORBIDDEN] = { "forbidden", "auth", "You are not allowed to do this." },
	[GW_GONE] = { "gone", "cancel", "This is no longer here." },
	[GW_INTERNAL_SERVER_ERROR] = { "internal-server-error", "cancel", "Something went wrong in the gateway." },
	[GW_ITEM_NOT_FOUND] = { "item-not-found", "cancel", "There is nobody and nothing by this name." },
	[GW_JID_MALFORMED] = { "jid-malformed", "modify", "This is not an XMPP address." },
	[GW_NOT_ACCEPTABLE] = { "not-acceptable", "modify", "This is not acceptable as it is." },
	[GW_NOT_ALLOWED] = { "not-allowed", "cancel", "Nobody may do this here." },
	[GW_NOT_AUTHORIZED] = { "not-authorized", "auth", "The credentials were refused." },
	[GW_PAYMENT_REQUIRED] = { "payment-required", "auth", "This has to be paid for." },
	[GW_POLICY_VIOLATION] = { "policy-violation", "modify", "This is more than the gateway takes." },
	[GW_RECIPIENT_UNAVAILABLE] = { "recipient-unavailable", "wait", "The network is not connected right now." },
	[GW_REGISTRATION_REQUIRED] = { "registration-required", "auth",
			"You are not registered with this gateway yet." },
	[GW_REMOTE_SERVER_NOT_FOUND] = { "remote-server-not-found", "cancel", "The server was not found." },
	[GW_REMOTE_SERVER_TIMEOUT] = { "remote-server-timeout", "wait", "The network did not answer in time." },
	[GW_RESOURCE_CONSTRAINT] = { "resource-constraint", "wait", "This is too much at once; try again later." },
	[GW_SERVICE_UNAVAILABLE] = { "service-unavailable", "cancel", "This is not available here." },
	[GW_SUBSCRIPTION_REQUIRED] = { "subscription-required", "auth", "This needs a subscription." },
	[GW_UNDEFINED_CONDITION] = { "undefined-condition", "cancel", "Something went wrong." },
	[GW_UNEXPECTED_REQUEST] = { "unexpected-request", "wait", "This came out of order." },
};

static const struct row *find(enum gw_condition condition) {
	if ((size_t)condition >= ARRAY_LENGTH(rows) || !rows[condition].name) {
		return &rows[GW_UNDEFINED_CONDITION];
	}
	return &rows[condition];
}

const char *gw_condition_name(enum gw_condition condition) {
	return find(condition)->name;
}

const char *condition_type(enum gw_condition condition) {
	return find(condition)->type;
}

const char *condition_text(enum gw_condition condition) {
	return find(condition)->text;
}

enum gw_condition condition_find(const char *name) {
	for (size_t i = 1; i < ARRAY_LENGTH(rows); i++) {
		if (rows[i].name && strcmp(rows[i].name, name) == 0) {
			return (enum gw_condition)i;
		}
	}
	return GW_UNDEFINED_CONDITION;
}
