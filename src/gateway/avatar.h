/* SPDX-License-Identifier: MPL-2.0 */
/* The gateway's own picture (component_avatar): a PNG or JPEG from memory, a file or the web. Having none is fine (W-4). */
#ifndef GATEWAY_AVATAR_H
#define GATEWAY_AVATAR_H

#include "gateway/gateway.h"

struct avatar {
	void *bytes;
	size_t size;
	const char *type; /* "image/png" */
	char id[41];      /* SHA-1, lower-case hexadecimal */
	unsigned width, height;
};

/* Loads what the module names. When it is on the web it comes later, and `gateway->avatar` is NULL until then. */
void avatar_load(struct gw_gateway *gateway, void (*loaded)(struct gw_gateway *gateway));
void avatar_free(struct avatar *avatar);

/* From the bytes of a PNG or JPEG picture of at most 512 KiB; NULL when it is none. Copied. */
struct avatar *avatar_new(const void *bytes, size_t size);

#endif
