/* SPDX-License-Identifier: MPL-2.0 */
/* Bits of Binary: a ring of the last few. */
#include "gateway/bob.h"

#include "codec/bob.h"
#include "util/mem.h"

#include <stdlib.h>
#include <string.h>

enum { BOBS_MAX = 32 };

struct entry {
	char *cid, *type;
	void *bytes;
	size_t size;
	int64_t expires_at_ms;
};

struct bobs {
	struct gw_gateway *gateway;
	struct entry entries[BOBS_MAX];
	size_t next;
};

struct bobs *bobs_new(struct gw_gateway *gateway) {
	struct bobs *bobs = mem_new(sizeof(*bobs));
	bobs->gateway = gateway;
	return bobs;
}

static void entry_clear(struct entry *entry) {
	free(entry->cid);
	free(entry->type);
	free(entry->bytes);
	*entry = (struct entry){ 0 };
}

void bobs_free(struct bobs *bobs) {
	for (size_t i = 0; bobs && i < BOBS_MAX; i++) {
		entry_clear(&bobs->entries[i]);
	}
	free(bobs);
}

const char *bobs_put(struct bobs *bobs, struct arena *arena, const char *type, const void *bytes, size_t size) {
	struct entry *entry = &bobs->entries[bobs->next++ % BOBS_MAX];
	entry_clear(entry);
	const char *cid = bob_cid(arena, bytes, size);
	*entry = (struct entry){
		.cid = mem_strdup(cid),
		.type = mem_strdup(type),
		.bytes = mem_dup(bytes, size),
		.size = size,
		.expires_at_ms = gw_now_ms(bobs->gateway->loop) + (int64_t)BOB_MAX_AGE_S * 1000,
	};
	return cid;
}

bool bobs_find(struct bobs *bobs, const char *cid, struct bob *out) {
	int64_t now_ms = gw_now_ms(bobs->gateway->loop);
	for (size_t i = 0; i < BOBS_MAX; i++) {
		const struct entry *entry = &bobs->entries[i];
		if (entry->cid && entry->expires_at_ms > now_ms && strcmp(entry->cid, cid) == 0) {
			*out = (struct bob){ .type = entry->type, .bytes = entry->bytes, .size = entry->size };
			return true;
		}
	}
	return false;
}
