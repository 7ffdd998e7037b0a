/* SPDX-License-Identifier: MPL-2.0 */
/* The end of a registration: an account in the store with its session, and what its user sees of that. */
#ifndef GATEWAY_ACCOUNT_H
#define GATEWAY_ACCOUNT_H

#include "gateway/gateway.h"

/*
 * Stores a new account. When the caller has finished, row B15 follows: the gateway comes into the contact list, admins are
 * told, the user is welcomed, the login begins.
 */
void account_open(struct gw_gateway *gateway, const char *bare_jid, const struct gw_form *credentials);

/* Stores what changed, and logs in anew with it when the caller has finished (W-13). */
void account_change(struct gw_session *session, const struct gw_form *credentials);

#endif
