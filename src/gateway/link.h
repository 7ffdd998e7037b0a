/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What follows when the link to the XMPP server comes and goes. When it is there and the server has said what it grants,
 * the link is *ready* (gateway->is_link_ready), and every user sees again what there is to see: nothing of it twice, and
 * nothing that changed meanwhile is forgotten.
 */
#ifndef GATEWAY_LINK_H
#define GATEWAY_LINK_H

#include "gateway/gateway.h"

/* Events of the component; `data` is the gateway. */
void link_comes(void *data);
void link_came(void *data);
void link_went(const char *text, bool is_complete, void *data);

/* Neither the server nor clients are waited for any more. */
void link_stop_settling(struct gw_gateway *gateway);

/* It is there for so long that it is known which clients are there; who has missed something is told about now. */
bool link_is_settled(const struct gw_gateway *gateway);

/* Something that is told with the gateway's presence has changed: all users hear it anew. */
void link_announce(struct gw_gateway *gateway);

#endif
