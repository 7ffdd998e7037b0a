/* SPDX-License-Identifier: MPL-2.0 */
/* HTTP requests on the loop: streamed, with limits, many at once. */
#ifndef GANGWAY_HTTP_H
#define GANGWAY_HTTP_H

#include <gangway/loop.h>

#ifdef __cplusplus
extern "C" {
#endif

struct gw_http;

struct gw_http_header {
	const char *name, *value;
};

struct gw_http_result {
	int status;          /* the HTTP status; 0 when there was no answer */
	const char *error;   /* NULL when there was an answer, whatever its status; else a phrase for people */
	bool is_cancelled;   /* the scope closed */
	const char *body;    /* followed by a NUL; "" when streamed; borrowed */
	size_t size;
	const char *content_type; /* "" when not told */
	const char *etag, *last_modified; /* "" when not told */
};

struct gw_http_options {
	const char *method;                   /* "GET" when NULL */
	const char *url;                      /* http or https */
	const struct gw_http_header *headers; /* ends with a zeroed one; may be NULL */
	const void *body;                     /* copied; may be NULL */
	size_t body_size;
	size_t max_bytes;                     /* of the answer; 0: 1 MiB. More ends with an error */
	int64_t timeout_ms;                   /* of the whole; 0: 30 s */
	bool public_only;                     /* refuse private addresses, also after a redirect: for URLs that others chose */
	const char *ca_file;                  /* NULL: the system's */
};

/*
 * Starts a request; all strings are copied. Calls back exactly once, never from inside this call: with the answer, an
 * error, or cancelled when the scope closes. At most 5 redirects are followed for GET and HEAD, none for others.
 */
struct gw_http *gw_http_start(struct gw_scope *scope, const struct gw_http_options *options,
		void (*answered)(const struct gw_http_result *result, void *data), void *data);

/* No callback after this. NULL is fine. */
void gw_http_stop(struct gw_http *http);

#ifdef __cplusplus
}
#endif

#endif
