/* SPDX-License-Identifier: MPL-2.0 */
/* Files that the gateway itself sends: uploaded, then told in each way that clients understand (shape S-13). */
#ifndef GATEWAY_ATTACHMENT_H
#define GATEWAY_ATTACHMENT_H

#include "gateway/gateway.h"

/* Sends one file from the gateway to an address. What cannot be sent is told in its place. */
void attachment_send(struct gw_gateway *gateway, const char *recipient, const struct gw_attachment *attachment);

/*
 * The QR code of a text, as gw_gateway_send_qr() sends it. Calls back exactly once, never from inside this call, with where
 * the picture is to be found ("https:..." or "cid:...", borrowed); NULL when there is none. `sent` may be NULL.
 */
void attachment_send_qr(struct gw_gateway *gateway, const char *recipient, const char *text,
		void (*sent)(const char *url, void *data), void *data);

#endif
