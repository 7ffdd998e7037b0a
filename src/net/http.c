/* SPDX-License-Identifier: MPL-2.0 */
/* HTTP requests: what libcurl is told, what it may not do, and the one answer. */
#include <gangway/http.h>

#include "net/curl.h"
#include "net/loop.h"
#include "net/resolve.h"
#include "util/mem.h"
#include "util/strbuf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum {
	TIMEOUT_MS = 30000,
	CONNECT_TIMEOUT_MS = 15000,
	ANSWER_MAX = 1024 * 1024,
	REDIRECTS_MAX = 5,
	HEADER_MAX = 1024, /* of an answer's header that is kept */
};

/* An upload that moves less than this for so long stands still. */
enum {
	STALLED_BYTES_PER_S = 64,
	STALLED_S = 20,
	UPLOAD_MIN = 64 * 1024, /* smaller ones are gone in a moment */
};

static const char *const PRIVATE_ADDRESS = "the address is not a public one";

struct gw_http {
	struct gw_scope scope;
	struct scope_item item; /* the first one there: cancels */
	struct curl *curl;
	enum curl_pool pool;
	CURL *easy;
	struct curl_slist *headers;
	void *request_body;

	struct strbuf body;
	char *content_type, *etag, *last_modified;
	bool is_refused; /* a private address was about to be connected to */
	bool is_over;
	const char *error;
	int status;

	void (*answered)(const struct gw_http_result *result, void *data);
	void *data;
};

static void handle_done(CURLcode code, void *private);
static void handle_answer(void *data);
static void handle_timeout(void *data);

/* The end */

static void release(void *pointer) {
	struct gw_http *http = pointer;
	strbuf_finish(&http->body);
	free(http->request_body);
	free(http->content_type);
	free(http->etag);
	free(http->last_modified);
	free(http);
}

/* Ends the transfer; the memory stays until the end of the turn. */
static void forget(struct gw_http *http) {
	http->is_over = true;
	if (http->easy != NULL) {
		const struct curl_functions *curl = curl_functions(http->curl);
		curl_remove(http->curl, http->pool, http->easy);
		curl->easy_cleanup(http->easy);
		curl->slist_free_all(http->headers);
		http->easy = NULL;
	}
	scope_remove(&http->item);
	scope_close(&http->scope);
	loop_free_later(http->scope.loop, http, release);
}

static const char *or_empty(const char *text) {
	return text != NULL ? text : "";
}

static void answer(struct gw_http *http) {
	bool is_answer = http->error == NULL;
	const struct gw_http_result result = {
		.status = is_answer ? http->status : 0,
		.error = http->error,
		.body = is_answer ? http->body.bytes : "",
		.size = is_answer ? http->body.size : 0,
		.content_type = or_empty(http->content_type),
		.etag = or_empty(http->etag),
		.last_modified = or_empty(http->last_modified),
	};
	forget(http);
	http->answered(&result, http->data);
}

static void cancel(struct gw_http *http) {
	const struct gw_http_result result = {
		.error = "cancelled",
		.is_cancelled = true,
		.body = "",
		.content_type = "",
		.etag = "",
		.last_modified = "",
	};
	forget(http);
	http->answered(&result, http->data);
}

static void handle_scope_end(struct scope_item *item) {
	cancel(container_of(item, struct gw_http, item));
}

static void handle_closed_already(void *data) {
	struct gw_http *http = data;
	if (!http->is_over) {
		cancel(http);
	}
}

/* What the server says */

static size_t handle_body(char *bytes, size_t one, size_t size, void *data) {
	struct gw_http *http = data;
	(void)one;
	return strbuf_add(&http->body, bytes, size) ? size : 0;
}

/* Keeps the value if this line is the header; the last one of its name counts. */
static void keep_header(const char *line, size_t size, const char *name, char **out_value) {
	size_t name_size = strlen(name);
	if (size <= name_size || strncasecmp(line, name, name_size) != 0 || line[name_size] != ':') {
		return;
	}
	const char *value = line + name_size + 1;
	const char *end = line + size;
	while (value < end && (*value == ' ' || *value == '\t')) {
		value++;
	}
	while (end > value && strchr(" \t\r\n", end[-1]) != NULL) {
		end--;
	}
	if (end - value <= HEADER_MAX) {
		free(*out_value);
		*out_value = mem_strndup(value, (size_t)(end - value));
	}
}

/* Each answer on the way of redirects starts anew. */
static size_t handle_header(char *line, size_t one, size_t size, void *data) {
	struct gw_http *http = data;
	(void)one;
	if (size > 5 && memcmp(line, "HTTP/", 5) == 0) {
		mem_set_string(&http->content_type, NULL);
		mem_set_string(&http->etag, NULL);
		mem_set_string(&http->last_modified, NULL);
	}
	keep_header(line, size, "Content-Type", &http->content_type);
	keep_header(line, size, "ETag", &http->etag);
	keep_header(line, size, "Last-Modified", &http->last_modified);
	return size;
}

/* The last look at an address, after names were resolved and redirects followed. */
static curl_socket_t handle_socket_opening(void *data, curlsocktype purpose,
		struct curl_sockaddr *address) {
	struct gw_http *http = data;
	(void)purpose;
	if (!address_is_public(&address->addr)) {
		http->is_refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static const char *describe(const struct gw_http *http, CURLcode code) {
	switch (code) {
	case CURLE_OK: return NULL;
	case CURLE_URL_MALFORMAT: return "this is not a web address";
	case CURLE_UNSUPPORTED_PROTOCOL: return "only http and https addresses can be used";
	case CURLE_COULDNT_RESOLVE_HOST: return "there is no host of this name";
	case CURLE_COULDNT_CONNECT:
		return http->is_refused ? PRIVATE_ADDRESS : "cannot connect to the server";
	case CURLE_OPERATION_TIMEDOUT: return "the server does not answer in time";
	case CURLE_TOO_MANY_REDIRECTS: return "there are too many redirections";
	case CURLE_FILESIZE_EXCEEDED:
	case CURLE_WRITE_ERROR: return "the answer is too large";
	case CURLE_PEER_FAILED_VERIFICATION: return "the server's certificate is not trusted";
	case CURLE_SSL_CONNECT_ERROR: return "TLS could not be agreed on";
	case CURLE_SSL_CACERT_BADFILE: return "the file of trusted authorities cannot be used";
	case CURLE_GOT_NOTHING:
	case CURLE_PARTIAL_FILE:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR: return "the connection was lost";
	default: return curl_functions(http->curl)->easy_strerror(code);
	}
}

/* Called from between libcurl's wheels, hence the answer is put off. */
static void handle_done(CURLcode code, void *private) {
	struct gw_http *http = private;
	long status = 0;
	curl_functions(http->curl)->easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &status);
	http->status = (int)status;
	http->error = describe(http, code);
	gw_defer(&http->scope, handle_answer, http);
}

static void handle_answer(void *data) {
	answer(data);
}

static void handle_timeout(void *data) {
	struct gw_http *http = data;
	http->error = "the server does not answer in time";
	answer(http);
}

/* The request */

/* A method or a header's name; nothing that could end its line. */
static bool is_token(const char *text) {
	return text[0] != '\0' && text[strspn(text, "!#$%&'*+-.^_`|~0123456789"
												"abcdefghijklmnopqrstuvwxyz"
												"ABCDEFGHIJKLMNOPQRSTUVWXYZ")] == '\0';
}

static bool is_header_value(const char *text) {
	return strpbrk(text, "\r\n") == NULL;
}

static bool has_header(const struct gw_http_header *headers, const char *name) {
	for (; headers != NULL && headers->name != NULL; headers++) {
		if (strcasecmp(headers->name, name) == 0) {
			return true;
		}
	}
	return false;
}

static void add_header(struct gw_http *http, const char *name, const char *value) {
	/* libcurl leaves a header with an empty value out unless it is written with a semicolon. */
	char *line = value[0] != '\0' ? mem_printf("%s: %s", name, value) : mem_printf("%s;", name);
	http->headers = curl_functions(http->curl)->slist_append(http->headers, line);
	free(line);
}

/* False when a header is none. */
static bool set_headers(struct gw_http *http, const struct gw_http_options *options) {
	const struct curl_functions *curl = curl_functions(http->curl);
	const struct gw_http_header *header = options->headers;
	for (; header != NULL && header->name != NULL; header++) {
		if (!is_token(header->name) || !is_header_value(header->value)) {
			return false;
		}
		add_header(http, header->name, header->value);
	}
	/* Without these libcurl would call every body a form, and wait for permission to send it. */
	if (!has_header(options->headers, "Content-Type")) {
		http->headers = curl->slist_append(http->headers, "Content-Type:");
	}
	http->headers = curl->slist_append(http->headers, "Expect:");
	curl->easy_setopt(http->easy, CURLOPT_HTTPHEADER, http->headers);
	return true;
}

static bool set_method(struct gw_http *http, const struct gw_http_options *options) {
	__typeof__(curl_easy_setopt) *set = curl_functions(http->curl)->easy_setopt;
	const char *method = options->method != NULL ? options->method : "GET";
	bool is_get = strcmp(method, "GET") == 0, is_head = strcmp(method, "HEAD") == 0;
	if (!is_token(method)) {
		return false;
	}

	if (is_head) {
		set(http->easy, CURLOPT_NOBODY, 1L);
	} else if (!is_get || options->body != NULL) {
		http->request_body = mem_dup(options->body, options->body_size);
		set(http->easy, CURLOPT_POSTFIELDS, options->body != NULL ? http->request_body : "");
		set(http->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)options->body_size);
		set(http->easy, CURLOPT_CUSTOMREQUEST, method);
	}
	if (options->body_size >= UPLOAD_MIN) {
		set(http->easy, CURLOPT_LOW_SPEED_LIMIT, (long)STALLED_BYTES_PER_S);
		set(http->easy, CURLOPT_LOW_SPEED_TIME, (long)STALLED_S);
	}
	set(http->easy, CURLOPT_FOLLOWLOCATION, is_get || is_head ? 1L : 0L);
	set(http->easy, CURLOPT_MAXREDIRS, (long)REDIRECTS_MAX);
	return true;
}

static void set_limits(struct gw_http *http, const struct gw_http_options *options) {
	__typeof__(curl_easy_setopt) *set = curl_functions(http->curl)->easy_setopt;
	set(http->easy, CURLOPT_PROTOCOLS_STR, "http,https");
	set(http->easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	set(http->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS);
	set(http->easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)http->body.max_bytes);
	set(http->easy, CURLOPT_NOSIGNAL, 1L);
	set(http->easy, CURLOPT_QUICK_EXIT, 1L); /* do not wait for a resolver's thread when stopped */
	if (options->public_only) {
		/* A proxy would do the connecting, out of our sight. */
		set(http->easy, CURLOPT_PROXY, "");
		set(http->easy, CURLOPT_OPENSOCKETFUNCTION, handle_socket_opening);
		set(http->easy, CURLOPT_OPENSOCKETDATA, http);
	}
	if (options->ca_file != NULL) {
		set(http->easy, CURLOPT_CAINFO, options->ca_file);
		set(http->easy, CURLOPT_CAPATH, NULL);
	}
}

/* Returns an error, or NULL. */
static const char *start(struct gw_http *http, const struct gw_http_options *options) {
	http->curl = curl_get(http->scope.loop);
	if (http->curl == NULL) {
		return "libcurl, which is needed for this, is not installed";
	}
	__typeof__(curl_easy_setopt) *set = curl_functions(http->curl)->easy_setopt;
	http->pool = options->public_only ? CURL_POOL_PUBLIC : CURL_POOL_ANY;
	http->easy = curl_functions(http->curl)->easy_init();
	set(http->easy, CURLOPT_PRIVATE, http);
	set(http->easy, CURLOPT_URL, options->url);
	set(http->easy, CURLOPT_USERAGENT, "gangway");
	set(http->easy, CURLOPT_WRITEFUNCTION, handle_body);
	set(http->easy, CURLOPT_WRITEDATA, http);
	set(http->easy, CURLOPT_HEADERFUNCTION, handle_header);
	set(http->easy, CURLOPT_HEADERDATA, http);
	set_limits(http, options);
	if (!set_method(http, options) || !set_headers(http, options)) {
		return "the method or a header of this request is malformed";
	}
	curl_add(http->curl, http->pool, http->easy, handle_done);
	return NULL;
}

struct gw_http *gw_http_start(struct gw_scope *scope, const struct gw_http_options *options,
		void (*answered)(const struct gw_http_result *result, void *data), void *data) {
	struct gw_http *http = mem_new(sizeof(*http));
	http->answered = answered;
	http->data = data;
	strbuf_init(&http->body, options->max_bytes > 0 ? options->max_bytes : ANSWER_MAX);
	scope_init(&http->scope, scope);
	if (!scope_is_open(scope)) {
		loop_cancel_later(scope->loop, handle_closed_already, http);
		return http;
	}

	scope_add(&http->scope, &http->item, handle_scope_end);
	int64_t timeout_ms = options->timeout_ms > 0 ? options->timeout_ms : TIMEOUT_MS;
	gw_timer_start(&http->scope, timeout_ms, handle_timeout, http);
	http->error = start(http, options);
	if (http->error != NULL) {
		gw_defer(&http->scope, handle_answer, http);
	}
	return http;
}

void gw_http_stop(struct gw_http *http) {
	if (http != NULL && !http->is_over) {
		forget(http);
	}
}
