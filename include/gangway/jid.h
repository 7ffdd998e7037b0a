/* SPDX-License-Identifier: MPL-2.0 */
/* XMPP addresses (RFC 7622): local@domain/resource. */
#ifndef GANGWAY_JID_H
#define GANGWAY_JID_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A prepared address, read-only. Handed out by the core only; the strings live as long as the object it belongs to, in a
 * callback for the duration of the call.
 */
struct gw_jid {
	const char *local;    /* NULL when absent: the address of a server or component */
	const char *domain;
	const char *resource; /* NULL when absent: a bare address */
	const char *bare;     /* "local@domain" or "domain" */
	const char *full;     /* with the resource; the same as bare when there is none */
};

/* The same account? Compares without the resources. */
bool gw_jid_is_same_account(const struct gw_jid *a, const struct gw_jid *b);

#ifdef __cplusplus
}
#endif

#endif
