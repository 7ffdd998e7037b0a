/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Files to where users can get them: the server's upload service (XEP-0363), the configured one or the one that service
 * discovery finds on the server.
 */
#ifndef GATEWAY_UPLOAD_H
#define GATEWAY_UPLOAD_H

#include "gateway/gateway.h"

struct upload_file {
	const void *bytes;
	size_t size;
	const char *name;
	const char *type; /* "image/png" */
};

struct upload_result {
	const char *url;   /* NULL: it did not work */
	const char *error; /* why not, for the log */
	bool is_cancelled;
};

struct upload *upload_new(struct gw_gateway *gateway);
void upload_free(struct upload *upload);

/* The link is back: what was discovered may have changed. */
void upload_forget(struct gw_gateway *gateway);

/* The bytes are copied. Calls back exactly once, never from inside this call. */
void upload_start(struct gw_gateway *gateway, struct gw_scope *scope, const struct upload_file *file,
		void (*uploaded)(const struct upload_result *result, void *data), void *data);

#endif
