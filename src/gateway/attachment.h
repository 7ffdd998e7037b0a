/* SPDX-License-Identifier: MPL-2.0 */
/* Files that the gateway itself sends: uploaded, then told in each way that clients understand (shape S-13). */
#ifndef GATEWAY_ATTACHMENT_H
#define GATEWAY_ATTACHMENT_H

#include "gateway/gateway.h"

/* Sends one file from the gateway to an address. What cannot be sent is told in its place. */
void attachment_send(struct gw_gateway *gateway, const char *recipient, const struct gw_attachment *attachment);

#endif
