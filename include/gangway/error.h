/* SPDX-License-Identifier: MPL-2.0 */
/* What went wrong, in the words of XMPP (RFC 6120 section 8.3.3). */
#ifndef GANGWAY_ERROR_H
#define GANGWAY_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Clients show the text that goes with a condition and often translate the condition itself, so choose it with care. The
 * error type (cancel, modify, auth, wait) follows from the condition.
 */
enum gw_condition {
	GW_OK = 0,                  /* nothing went wrong */
	GW_BAD_REQUEST,             /* modify: the request makes no sense */
	GW_CONFLICT,                /* cancel: the name is taken */
	GW_FEATURE_NOT_IMPLEMENTED, /* cancel: this network or module cannot do that */
	GW_FORBIDDEN,               /* auth: this user may not */
	GW_GONE,                    /* cancel: was here, has left for good */
	GW_INTERNAL_SERVER_ERROR,   /* cancel: our own fault */
	GW_ITEM_NOT_FOUND,          /* cancel: nobody and nothing by that name */
	GW_JID_MALFORMED,           /* modify */
	GW_NOT_ACCEPTABLE,          /* modify: understood, but a value is not acceptable */
	GW_NOT_ALLOWED,             /* cancel: nobody may */
	GW_NOT_AUTHORIZED,          /* auth: wrong password, wrong code */
	GW_PAYMENT_REQUIRED,        /* auth */
	GW_POLICY_VIOLATION,        /* modify: too big, too many */
	GW_RECIPIENT_UNAVAILABLE,   /* wait: not connected right now */
	GW_REGISTRATION_REQUIRED,   /* auth: not registered with the gateway */
	GW_REMOTE_SERVER_NOT_FOUND, /* cancel: the network's server does not exist */
	GW_REMOTE_SERVER_TIMEOUT,   /* wait: the network did not answer */
	GW_RESOURCE_CONSTRAINT,     /* wait: too busy; also: the network tells us to slow down */
	GW_SERVICE_UNAVAILABLE,     /* cancel */
	GW_SUBSCRIPTION_REQUIRED,   /* auth */
	GW_UNDEFINED_CONDITION,     /* cancel: see the text */
	GW_UNEXPECTED_REQUEST,      /* wait: out of order */
};

/* "not-authorized" and so on; "" for GW_OK. */
const char *gw_condition_name(enum gw_condition condition);

#ifdef __cplusplus
}
#endif

#endif
