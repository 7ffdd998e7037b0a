/* SPDX-License-Identifier: MPL-2.0 */
/* XEP-0231 Bits of Binary: small pictures that are asked for by the hash of what they are. */
#ifndef CODEC_BOB_H
#define CODEC_BOB_H

#include "xml/node.h"

#include <stdint.h>

enum { BOB_MAX_BYTES = 64 * 1024 };

/* "sha1+HEX@bob.xmpp.org" */
const char *bob_cid(struct arena *arena, const void *bytes, size_t size);

/* <data/> with content; max_age_s: how long it may be kept, 0: not at all. */
struct xml_node *bob_write(struct xml_node *parent, const char *cid, const char *type,
		const void *bytes, size_t size, unsigned max_age_s);

/* The question for one. */
struct xml_node *bob_write_request(struct xml_node *iq, const char *cid);

/* The cid that a <data/> asks for or carries; NULL when it is not one. */
const char *bob_read_cid(const struct xml_node *data);

/*
 * The bytes of an answer, decoded into the arena; false unless they have the hash that their cid
 * says.
 */
bool bob_read(struct arena *arena, const struct xml_node *data, uint8_t **out_bytes,
		size_t *out_size, const char **out_type);

#endif
