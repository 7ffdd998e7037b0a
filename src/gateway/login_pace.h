/* SPDX-License-Identifier: MPL-2.0 */
/*
 * How often users may ask for a login: by registering, by changing their registration, by `re-login`. Each makes the gateway
 * knock at the network's door, which is one for all users: whoever knocks too often shuts it for everybody.
 */
#ifndef GATEWAY_LOGIN_PACE_H
#define GATEWAY_LOGIN_PACE_H

#include "gateway/gateway.h"

enum {
	LOGIN_PACE_AT_ONCE = 20,            /* unless the options say otherwise */
	LOGIN_PACE_INTERVAL_MS = 10 * 1000, /* after those */
};

struct login_paces *login_paces_new(void);
void login_paces_free(struct login_paces *paces);

/* NULL: this one may go ahead, and is counted. Otherwise a sentence that says when to try again. */
const char *login_pace_refusal(struct gw_gateway *gateway, struct arena *arena, const char *bare_jid);

#endif
