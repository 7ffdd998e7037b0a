/* SPDX-License-Identifier: MPL-2.0 */
/* XEP-0363 HTTP file upload: asking for a slot, and what comes back. */
#ifndef CODEC_UPLOAD_H
#define CODEC_UPLOAD_H

#include "codec/disco.h"

#include <gangway/http.h>
#include <stdint.h>

enum { UPLOAD_MAX_HEADERS = 16, UPLOAD_MAX_URL_BYTES = 8 * 1024 };

/*
 * A place to put the bytes and the place where others get them. Strings are in the arena that was
 * given.
 */
struct upload_slot {
	const char *put_url, *get_url;

	/* To be sent with the PUT; ends with a zeroed one. */
	struct gw_http_header headers[UPLOAD_MAX_HEADERS + 1];
};

/* <request/> below an iq of type get; content_type may be NULL. */
struct xml_node *upload_write_request(struct xml_node *iq, const char *file_name, uint64_t size,
		const char *content_type);

/*
 * False unless both are web addresses. Only the headers that the XEP allows are taken, without line
 * breaks.
 */
bool upload_read_slot(struct arena *arena, const struct xml_node *slot, struct upload_slot *out);

/* The largest file that the service takes, by its disco#info; false when it does not say. */
bool upload_read_limit(const struct disco_info *info, uint64_t *out_max_bytes);

/* The same from the <file-too-large/> of an error answer. */
bool upload_read_error_limit(const struct xml_node *iq, uint64_t *out_max_bytes);

#endif
