/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A file that lies somewhere on the web, shared in each way that clients understand: XEP-0066
 * (everybody), XEP-0385 and XEP-0447 with the metadata of XEP-0446 (name, size, hash, measures
 * before the download).
 */
#ifndef CODEC_SHARING_H
#define CODEC_SHARING_H

#include "xml/node.h"

#include <stdint.h>

/* NULL and 0 mean not known; borrowed from the caller. */
struct shared_file {
	const char *url;
	const char *name;
	const char *type;       /* "image/png" */
	uint64_t size;
	const uint8_t *sha256;  /* DIGEST_SHA256_SIZE bytes */
	unsigned width, height;
	int64_t date_ms;        /* when the file was last changed */
};

/*
 * Below <message/>, whose body is the caller's: the same URL and nothing else, or clients show no
 * picture.
 */
void sharing_write(struct xml_node *message, const struct shared_file *file);

#endif
