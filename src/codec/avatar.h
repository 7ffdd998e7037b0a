/* SPDX-License-Identifier: MPL-2.0 */
/* XEP-0084 user avatars: what is in the items of the two nodes, metadata and data. */
#ifndef CODEC_AVATAR_H
#define CODEC_AVATAR_H

#include "xml/node.h"

#include <stdint.h>

enum { AVATAR_MAX_BYTES = 512 * 1024, AVATAR_ID_SIZE = 40 };

/* Borrowed from the tree that was read, or from the caller who writes. */
struct avatar_info {
	const char *id;       /* the SHA-1 of the image, lower-case hexadecimal */
	const char *type;     /* "image/png" */
	uint64_t bytes;
	unsigned width, height; /* 0: not told */
	const char *url;      /* where the image is, when it is not in the data node; else NULL */
};

/* <metadata/> below an item; NULL: there is no avatar (any more). */
struct xml_node *avatar_write_metadata(struct xml_node *item, const struct avatar_info *info);

/* <data/> below an item. */
struct xml_node *avatar_write_data(struct xml_node *item, const void *bytes, size_t size);

/*
 * The variant that can be had from the data node, PNG if there is one. False when there is none;
 * *out_is_empty then tells an avatar that was taken away from one that we cannot use.
 */
bool avatar_read_metadata(const struct xml_node *metadata, struct avatar_info *out,
		bool *out_is_empty);

/* Decoded into the arena; false when it is not base64 or too large. */
bool avatar_read_data(struct arena *arena, const struct xml_node *data, uint8_t **out_bytes,
		size_t *out_size);

#endif
