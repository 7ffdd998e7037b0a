/* SPDX-License-Identifier: MPL-2.0 */
/* XEP-0231: small pictures of ours that clients may ask for, kept for a day, a few at a time. */
#ifndef GATEWAY_BOB_H
#define GATEWAY_BOB_H

#include "gateway/gateway.h"

struct bobs;

struct bob {
	const char *type;
	const void *bytes;
	size_t size;
};

enum { BOB_MAX_AGE_S = 86400 };

struct bobs *bobs_new(struct gw_gateway *gateway);
void bobs_free(struct bobs *bobs);

/* Copies the bytes; the cid by which clients ask is in the arena. */
const char *bobs_put(struct bobs *bobs, struct arena *arena, const char *type, const void *bytes, size_t size);

/* Borrowed; false when there is none by this cid. */
bool bobs_find(struct bobs *bobs, const char *cid, struct bob *out);

#endif
