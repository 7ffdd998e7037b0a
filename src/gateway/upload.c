/* SPDX-License-Identifier: MPL-2.0 */
/*
 * One upload, step by step: find the service (once), ask for a slot, put the bytes.
 *
 *	upload_start -> [items_found -> info_found ...] -> slot_given -> put_done
 */
#include "gateway/upload.h"

#include "codec/disco.h"
#include "codec/upload.h"
#include "util/mem.h"
#include "util/text.h"
#include "xml/ns.h"

#include <gangway/http.h>
#include <stdlib.h>
#include <string.h>

enum { CANDIDATES_MAX = 16, PUT_TIMEOUT_MS = 120000 };

/* What is known about the service, for all uploads of the gateway. */
struct upload {
	char *service; /* NULL: not discovered yet, or there is none */
	uint64_t max_bytes; /* 0: no limit was told */
	bool is_known;      /* the service, or that there is none */
};

/* One file on its way. */
struct job {
	struct gw_gateway *gateway;
	struct gw_scope scope; /* child of the asker's */
	struct scope_item on_scope;
	char *name, *type;
	void *bytes;
	size_t size;
	char *candidates[CANDIDATES_MAX]; /* addresses that may be the service */
	size_t candidate_count, next_candidate;
	bool is_unheard; /* the server did not say what it has */
	char *get_url;
	void (*uploaded)(const struct upload_result *result, void *data);
	void *data;
};

static void begin(void *data);
static void items_found(const struct ask_result *result, void *data);
static void try_next_candidate(struct job *job);
static void info_found(const struct ask_result *result, void *data);
static void ask_for_slot(struct job *job);
static void slot_given(const struct ask_result *result, void *data);
static void put_done(const struct gw_http_result *result, void *data);
static void cancelled(struct scope_item *item);

struct upload *upload_new(struct gw_gateway *gateway) {
	struct upload *upload = mem_new(sizeof(*upload));
	upload->service = mem_strdup(gateway->options->upload_service);
	upload->is_known = upload->service != NULL;
	return upload;
}

void upload_free(struct upload *upload) {
	if (upload) {
		free(upload->service);
		free(upload);
	}
}

void upload_forget(struct gw_gateway *gateway) {
	if (!gateway->options->upload_service) {
		mem_set_string(&gateway->upload->service, NULL);
		gateway->upload->is_known = false;
		gateway->upload->max_bytes = 0;
	}
}

static void finish(struct job *job, const struct upload_result *result) {
	void (*uploaded)(const struct upload_result *, void *) = job->uploaded;
	void *data = job->data;
	job->uploaded = NULL;
	scope_remove(&job->on_scope);
	scope_close(&job->scope);
	uploaded(result, data);
	for (size_t i = 0; i < job->candidate_count; i++) {
		free(job->candidates[i]);
	}
	free(job->name);
	free(job->type);
	free(job->bytes);
	free(job->get_url);
	free(job);
}

static void fail(struct job *job, const char *error) {
	finish(job, &(struct upload_result){ .error = error });
}

/* The gateway has stopped before it began. */
static void handle_closed(void *data) {
	finish(data, &(struct upload_result){ .error = "cancelled", .is_cancelled = true });
}

static void cancelled(struct scope_item *item) {
	struct job *job = container_of(item, struct job, on_scope);
	finish(job, &(struct upload_result){ .error = "cancelled", .is_cancelled = true });
}

void upload_start(struct gw_gateway *gateway, struct gw_scope *scope, const struct upload_file *file,
		void (*uploaded)(const struct upload_result *result, void *data), void *data) {
	struct job *job = mem_new(sizeof(*job));
	*job = (struct job){
		.gateway = gateway,
		.name = mem_strdup(file->name),
		.type = mem_strdup(file->type),
		.bytes = mem_dup(file->bytes, file->size),
		.size = file->size,
		.uploaded = uploaded,
		.data = data,
	};
	scope_init(&job->scope, scope);
	if (!scope_is_open(scope)) {
		loop_cancel_later(gateway->loop, handle_closed, job);
		return;
	}
	scope_add(scope, &job->on_scope, cancelled);
	gw_defer(&job->scope, begin, job);
}

/* --- Finding the service --- */

static void ask_disco(struct job *job, const char *to, const char *ns,
		void (*answered)(const struct ask_result *result, void *data)) {
	struct arena arena = { 0 };
	struct xml_node *iq = stanza_make(&arena, "iq", "get", job->gateway->jid.bare, to, NULL);
	xml_add(iq, "query", ns);
	ask_send(job->gateway->asks, &job->scope, iq, ASK_TIMEOUT_MS, answered, job);
	arena_finish(&arena);
}

static void add_candidate(struct job *job, const char *jid) {
	if (jid && job->candidate_count < CANDIDATES_MAX) {
		job->candidates[job->candidate_count++] = mem_strdup(jid);
	}
}

/* The server itself first, then what it lists. */
static void begin(void *data) {
	struct job *job = data;
	struct upload *upload = job->gateway->upload;
	if (upload->is_known) {
		ask_for_slot(job);
		return;
	}
	const char *const *domains = job->gateway->options->user_domains;
	if (!domains || !domains[0]) {
		fail(job, "there is no server to look for an upload service on");
		return;
	}
	add_candidate(job, domains[0]);
	ask_disco(job, domains[0], NS_DISCO_ITEMS, items_found);
}

static void items_found(const struct ask_result *result, void *data) {
	struct job *job = data;
	if (result->is_cancelled) {
		return;
	}
	job->is_unheard = !result->iq;
	const struct xml_node *item = result->payload ? xml_find(result->payload, "item", NS_DISCO_ITEMS) : NULL;
	for (; item; item = xml_find_next(item, "item", NS_DISCO_ITEMS)) {
		add_candidate(job, xml_get(item, "jid"));
	}
	try_next_candidate(job);
}

static void try_next_candidate(struct job *job) {
	if (job->next_candidate < job->candidate_count) {
		ask_disco(job, job->candidates[job->next_candidate], NS_DISCO_INFO, info_found);
		return;
	}
	if (job->is_unheard || !component_is_online(job->gateway->component)) {
		fail(job, "the server does not answer"); /* the next file asks anew */
		return;
	}
	job->gateway->upload->is_known = true;
	gw_log_info(&job->gateway->log, "the server offers no file upload");
	ask_for_slot(job);
}

static void info_found(const struct ask_result *result, void *data) {
	struct job *job = data;
	struct disco_info info;
	if (result->is_cancelled) {
		return;
	}
	const char *candidate = job->candidates[job->next_candidate++];
	if (!result->payload || !disco_info_read(result->payload, &info) || !disco_has_feature(&info, NS_UPLOAD)) {
		try_next_candidate(job);
		return;
	}
	struct upload *upload = job->gateway->upload;
	mem_set_string(&upload->service, candidate);
	upload->is_known = true;
	if (!upload_read_limit(&info, &upload->max_bytes)) {
		upload->max_bytes = 0;
	}
	gw_log_info(&job->gateway->log, "files are uploaded to %s", upload->service);
	ask_for_slot(job);
}

/* --- Asking for a slot, and using it --- */

static void ask_for_slot(struct job *job) {
	const struct upload *upload = job->gateway->upload;
	if (!upload->service) {
		fail(job, "the server offers no file upload");
		return;
	}
	if (upload->max_bytes && job->size > upload->max_bytes) {
		fail(job, "the file is larger than the upload service takes");
		return;
	}
	struct arena arena = { 0 };
	const char *from = job->gateway->options->upload_requester;
	struct xml_node *iq = stanza_make(&arena, "iq", "get", from ? from : job->gateway->jid.bare, upload->service, NULL);
	upload_write_request(iq, job->name, job->size, job->type);
	ask_send(job->gateway->asks, &job->scope, iq, ASK_TIMEOUT_MS, slot_given, job);
	arena_finish(&arena);
}

static void slot_given(const struct ask_result *result, void *data) {
	struct job *job = data;
	struct arena arena = { 0 };
	struct upload_slot slot;
	if (result->is_cancelled) {
		return;
	}
	if (result->condition != GW_OK || !result->payload || !upload_read_slot(&arena, result->payload, &slot)) {
		const char *error = arena_strdup(&arena, result->text ? result->text : "the upload service gave no slot");
		fail(job, error);
		arena_finish(&arena);
		return;
	}
	job->get_url = mem_strdup(slot.get_url);
	struct gw_http_header headers[UPLOAD_MAX_HEADERS + 2];
	size_t count = 0;
	headers[count++] = (struct gw_http_header){ "Content-Type", job->type };
	for (const struct gw_http_header *header = slot.headers; header->name; header++) {
		headers[count++] = *header;
	}
	headers[count] = (struct gw_http_header){ 0 };
	gw_http_start(&job->scope, &(struct gw_http_options){
		.method = "PUT",
		.url = slot.put_url,
		.headers = headers,
		.body = job->bytes,
		.body_size = job->size,
		.timeout_ms = PUT_TIMEOUT_MS,
	}, put_done, job);
	arena_finish(&arena);
}

static void put_done(const struct gw_http_result *result, void *data) {
	struct job *job = data;
	if (result->is_cancelled) {
		return;
	}
	if (result->error || result->status < 200 || result->status >= 300) {
		struct arena arena = { 0 };
		const char *error = result->error ? arena_strdup(&arena, result->error) :
				arena_printf(&arena, "the upload was answered with HTTP status %d", result->status);
		fail(job, error);
		arena_finish(&arena);
		return;
	}
	finish(job, &(struct upload_result){ .url = job->get_url });
}
