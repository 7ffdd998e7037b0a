/* SPDX-License-Identifier: MPL-2.0 */
/*
 * libcurl on the loop. It is loaded when the first request starts: with everything that it brings
 * along it would be the largest part of a daemon that never makes one.
 */
#ifndef NET_CURL_H
#define NET_CURL_H

#include "net/scope.h"

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

/* The functions of libcurl that we use, without their curl_. */
struct curl_functions {
	__typeof__(curl_global_init) *global_init;
	__typeof__(curl_global_cleanup) *global_cleanup;
	__typeof__(curl_easy_init) *easy_init;
	__typeof__(curl_easy_setopt) *easy_setopt;
	__typeof__(curl_easy_getinfo) *easy_getinfo;
	__typeof__(curl_easy_strerror) *easy_strerror;
	__typeof__(curl_easy_cleanup) *easy_cleanup;
	__typeof__(curl_slist_append) *slist_append;
	__typeof__(curl_slist_free_all) *slist_free_all;
	__typeof__(curl_multi_init) *multi_init;
	__typeof__(curl_multi_setopt) *multi_setopt;
	__typeof__(curl_multi_assign) *multi_assign;
	__typeof__(curl_multi_add_handle) *multi_add_handle;
	__typeof__(curl_multi_remove_handle) *multi_remove_handle;
	__typeof__(curl_multi_socket_action) *multi_socket_action;
	__typeof__(curl_multi_info_read) *multi_info_read;
	__typeof__(curl_multi_cleanup) *multi_cleanup;
};

/*
 * Connections are kept for reuse inside a pool. Requests that may only go to public addresses have
 * a pool of their own, lest they reuse a connection that another request made to a private one.
 */
enum curl_pool {
	CURL_POOL_ANY,
	CURL_POOL_PUBLIC,
	CURL_POOLS,
};

struct curl;

/* The loop's, loaded at the first call. NULL when there is no libcurl on this system. */
struct curl *curl_get(struct gw_loop *loop);

const struct curl_functions *curl_functions(const struct curl *curl);

/* Starts a transfer; its CURLOPT_PRIVATE is what `done` gets, when it is over by itself. */
void curl_add(struct curl *curl, enum curl_pool pool, CURL *easy,
		void (*done)(CURLcode code, void *private));

/* Takes a transfer off, over or not. */
void curl_remove(struct curl *curl, enum curl_pool pool, CURL *easy);

#endif
