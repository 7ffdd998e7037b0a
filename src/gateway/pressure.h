/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What happens when the gateway can take no more from the network, because too much waits for the XMPP server or the disk is
 * full: modules hear so, and their connections are not read. While nothing can be stored, nothing leaves by them either: it
 * might tell the network that something is safe which is not.
 */
#ifndef GATEWAY_PRESSURE_H
#define GATEWAY_PRESSURE_H

#include "gateway/gateway.h"

/* Looks at the journal and the store again, and acts when something has changed. */
void pressure_update(struct gw_gateway *gateway);

#endif
