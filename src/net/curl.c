/* SPDX-License-Identifier: MPL-2.0 */
/* libcurl's multi interface, driven by watches and a timer of the loop. */
#include "net/curl.h"

#include "net/loop.h"
#include "util/mem.h"

#include <dlfcn.h>
#include <stdlib.h>

static const char *const LIBRARY = "libcurl.so.4";

enum {
	IDLE_CONNECTIONS_MAX = 8,
	CONNECTIONS_MAX = 64,
	HOST_CONNECTIONS_MAX = 8,
};

struct pool {
	struct curl *curl;
	CURLM *multi;
	struct gw_timer *timer;
	void (*done)(CURLcode code, void *private);
};

/* The part of the loop. */
struct curl {
	struct gw_loop *loop;
	struct gw_scope scope; /* of the timers and the watches */
	bool is_loaded;
	struct curl_functions functions;
	struct pool pools[CURL_POOLS];
};

/* One of libcurl's sockets. */
struct curl_socket {
	struct pool *pool;
	curl_socket_t fd;
	struct gw_watch *watch;
};

/* Loading */

#define LOAD(name) \
	{ "curl_" #name, offsetof(struct curl_functions, name) }

static const struct {
	const char *name;
	size_t offset;
} symbols[] = {
	LOAD(global_init),
	LOAD(global_cleanup),
	LOAD(easy_init),
	LOAD(easy_setopt),
	LOAD(easy_getinfo),
	LOAD(easy_strerror),
	LOAD(easy_cleanup),
	LOAD(slist_append),
	LOAD(slist_free_all),
	LOAD(multi_init),
	LOAD(multi_setopt),
	LOAD(multi_assign),
	LOAD(multi_add_handle),
	LOAD(multi_remove_handle),
	LOAD(multi_socket_action),
	LOAD(multi_info_read),
	LOAD(multi_cleanup),
};

static bool load(struct curl_functions *functions) {
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (library == NULL) {
		return false;
	}
	for (size_t i = 0; i < ARRAY_LENGTH(symbols); i++) {
		void *symbol = dlsym(library, symbols[i].name);
		if (symbol == NULL) {
			return false;
		}
		*(void **)((char *)functions + symbols[i].offset) = symbol;
	}
	return functions->global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

/* What libcurl asks for */

/* Tells about the transfers that are over. What is told may start and stop others. */
static void tell_done(struct pool *pool) {
	const struct curl_functions *curl = &pool->curl->functions;
	int left;
	for (CURLMsg *message; (message = curl->multi_info_read(pool->multi, &left)) != NULL;) {
		if (message->msg == CURLMSG_DONE) {
			void *private = NULL;
			CURLcode code = message->data.result;
			curl->easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);
			pool->done(code, private);
		}
	}
}

static void handle_ready(int events, void *data) {
	struct curl_socket *socket = data;
	struct pool *pool = socket->pool;
	int running;
	int mask = (events & GW_READABLE ? CURL_CSELECT_IN : 0) |
			(events & GW_WRITABLE ? CURL_CSELECT_OUT : 0);
	pool->curl->functions.multi_socket_action(pool->multi, socket->fd, mask, &running);
	tell_done(pool);
}

static void handle_time(void *data) {
	struct pool *pool = data;
	int running;
	pool->timer = NULL;
	pool->curl->functions.multi_socket_action(pool->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	tell_done(pool);
}

static int handle_timer_wish(CURLM *multi, long timeout_ms, void *data) {
	struct pool *pool = data;
	(void)multi;
	gw_timer_stop(pool->timer);
	pool->timer = NULL;
	if (timeout_ms >= 0) {
		pool->timer = gw_timer_start(&pool->curl->scope, timeout_ms, handle_time, pool);
	}
	return 0;
}

static int handle_socket_wish(CURL *easy, curl_socket_t fd, int wish, void *data, void *known) {
	struct pool *pool = data;
	struct curl_socket *socket = known;
	(void)easy;
	if (wish == CURL_POLL_REMOVE) {
		if (socket != NULL) {
			gw_watch_stop(socket->watch);
			loop_free_later(pool->curl->loop, socket, NULL);
		}
		return 0;
	}

	int events = (wish & CURL_POLL_IN ? GW_READABLE : 0) | (wish & CURL_POLL_OUT ? GW_WRITABLE : 0);
	if (socket == NULL) {
		socket = mem_new(sizeof(*socket));
		socket->pool = pool;
		socket->fd = fd;
		socket->watch = gw_watch_start(&pool->curl->scope, fd, events, handle_ready, socket);
		pool->curl->functions.multi_assign(pool->multi, fd, socket);
	} else if (socket->watch != NULL) {
		loop_watch_for(socket->watch, events);
	}
	return 0;
}

/* Life */

static void pool_init(struct pool *pool, struct curl *curl) {
	__typeof__(curl_multi_setopt) *set = curl->functions.multi_setopt;
	pool->curl = curl;
	pool->multi = curl->functions.multi_init();
	set(pool->multi, CURLMOPT_SOCKETFUNCTION, handle_socket_wish);
	set(pool->multi, CURLMOPT_SOCKETDATA, pool);
	set(pool->multi, CURLMOPT_TIMERFUNCTION, handle_timer_wish);
	set(pool->multi, CURLMOPT_TIMERDATA, pool);
	set(pool->multi, CURLMOPT_MAXCONNECTS, (long)IDLE_CONNECTIONS_MAX);
	set(pool->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)CONNECTIONS_MAX);
	set(pool->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)HOST_CONNECTIONS_MAX);
}

/* The root scope has closed: no transfer is left, only idle connections. */
static void curl_free_part(void *state) {
	struct curl *curl = state;
	for (size_t i = 0; curl->is_loaded && i < CURL_POOLS; i++) {
		CURLM *multi = curl->pools[i].multi;
		curl->functions.multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, NULL);
		curl->functions.multi_setopt(multi, CURLMOPT_TIMERFUNCTION, NULL);
		curl->functions.multi_cleanup(multi);
	}
	if (curl->is_loaded) {
		curl->functions.global_cleanup();
	}
	scope_close(&curl->scope);
	free(curl);
}

struct curl *curl_get(struct gw_loop *loop) {
	struct curl *curl = loop_part(loop, LOOP_PART_HTTP);
	if (curl == NULL) {
		curl = mem_new(sizeof(*curl));
		curl->loop = loop;
		curl->is_loaded = load(&curl->functions);
		scope_init(&curl->scope, loop_scope(loop));
		for (size_t i = 0; curl->is_loaded && i < CURL_POOLS; i++) {
			pool_init(&curl->pools[i], curl);
		}
		loop_set_part(loop, LOOP_PART_HTTP, curl, curl_free_part);
	}
	return curl->is_loaded ? curl : NULL;
}

const struct curl_functions *curl_functions(const struct curl *curl) {
	return &curl->functions;
}

void curl_add(struct curl *curl, enum curl_pool pool, CURL *easy,
		void (*done)(CURLcode code, void *private)) {
	curl->pools[pool].done = done;
	curl->functions.multi_add_handle(curl->pools[pool].multi, easy);
}

void curl_remove(struct curl *curl, enum curl_pool pool, CURL *easy) {
	curl->functions.multi_remove_handle(curl->pools[pool].multi, easy);
}
