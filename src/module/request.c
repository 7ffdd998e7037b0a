/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Requests: one answer each. The request has two ends: the asker, who goes at the answer, the deadline or the end of the
 * scope; and the module, which keeps it until it has answered. When nobody waits any more, the owner's end is the last
 * moment for that.
 *
 * What modules hold is no pointer: a place in a table, and how often the place had been used. So a handle that was answered
 * already is known as such, and whatever is done with it does nothing.
 */
#include "module/request.h"

#include "net/loop.h"
#include "util/mem.h"
#include "util/text.h"
#include "xmpp/condition.h"

#include <gangway/module.h>
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

enum {
	REQUEST_TIMEOUT_MS = 60000,
	FAILURE_MAX_BYTES = 4000, /* of the text that says why */
};

/* What was given to the module to look at. */
struct kept {
	struct kept *next;
	void *pointer;
	void (*release)(void *pointer);
};

struct request {
	struct request *prev, *next; /* of the unanswered ones */
	struct gw_request *handle;
	const char *name;
	unsigned answers;
	const struct gw_log *log;
	struct gw_gateway *gateway;
	struct gw_loop *loop;
	struct gw_scope *owner;     /* NULL: the core answers itself */
	struct scope_item on_scope; /* of the asker; of the owner when nobody waits any more */
	struct gw_scope scope;      /* of the module's work for this answer; opened when it asks for it */
	struct gw_timer *deadline;
	void (*answered)(struct request_result *result, void *data); /* NULL: nobody waits any more */
	void *data;
	void (*late)(struct request_result *result, void *data);
	bool is_late; /* the asker has heard of the deadline */
	void (*cancelled)(struct gw_request *req, void *data);
	void *cancelled_data;
	struct kept *kept;
};

static size_t open_requests;
static struct request *unanswered; /* nobody waits for them any more, and the module has not answered */

static void handle_deadline(void *data);
static void handle_scope_end(struct scope_item *item);
static void handle_owner_end(struct scope_item *item);

/* --- Handles --- */

enum { PLACE_BITS = 20, PLACES_FIRST = 64 };

struct place {
	struct request *req; /* NULL: free, or answered */
	uintptr_t uses;      /* never 0 in a handle, so that none is NULL */
	const char *name;    /* of the last request */
	uint32_t next_free;
};

static struct place *places;
static uint32_t place_count, first_free, last_free; /* free ones are used again as late as possible */
static struct gw_scope closed_scope;

static struct gw_request *handle_of(uint32_t place) {
	return (struct gw_request *)(places[place].uses << PLACE_BITS | place);
}

static void free_place(uint32_t place) {
	if (first_free == 0) {
		first_free = place;
	} else {
		places[last_free].next_free = place;
	}
	last_free = place;
	places[place].next_free = 0;
}

/* Place 0 is never used: it ends the list of free ones. */
static void grow(void) {
	uint32_t old = place_count ? place_count : 1;
	place_count = place_count ? place_count * 2 : PLACES_FIRST;
	assert(place_count <= 1 << PLACE_BITS);
	places = mem_resize(places, place_count * sizeof(*places));
	for (uint32_t place = old; place < place_count; place++) {
		places[place] = (struct place){ 0 };
		free_place(place);
	}
}

static void take_place(struct request *req) {
	if (first_free == 0) {
		grow();
	}
	uint32_t place = first_free;
	first_free = places[place].next_free;
	places[place].req = req;
	places[place].name = req->name;
	if (places[place].uses++ == UINTPTR_MAX >> PLACE_BITS) {
		places[place].uses = 1;
	}
	req->handle = handle_of(place);
}

static uint32_t place_of(const struct gw_request *handle) {
	return (uint32_t)((uintptr_t)handle & ((1 << PLACE_BITS) - 1));
}

static void leave_place(struct request *req) {
	uint32_t place = place_of(req->handle);
	places[place].req = NULL;
	free_place(place);
}

/* NULL: it was answered already. */
static struct request *look_up(const struct gw_request *handle) {
	uint32_t place = place_of(handle);
	struct request *req = place > 0 && place < place_count ? places[place].req : NULL;
	return req && req->handle == handle ? req : NULL;
}

/* The same, and the log tells. */
static struct request *find(const struct gw_request *handle) {
	struct request *req = look_up(handle);
	if (req) {
		return req;
	}
	uint32_t place = place_of(handle);
	bool is_ours = place > 0 && place < place_count;
	bool is_last = is_ours && places[place].uses == (uintptr_t)handle >> PLACE_BITS;
	gw_log_error(NULL, "the module used a request (%s) that it had answered already: passed over",
			is_last ? places[place].name : "an old one");
	return NULL;
}

/* --- The asker's end --- */

struct gw_request *request_new(struct gw_scope *scope, const struct request_options *options,
		void (*answered)(struct request_result *result, void *data), void *data) {
	struct request *req = mem_new(sizeof(*req));
	req->name = options->name;
	take_place(req);
	req->answers = options->answers;
	req->log = options->log;
	req->gateway = options->gateway;
	if (!options->is_own) {
		req->owner = options->owner ? options->owner : scope;
	}
	req->loop = req->scope.loop = closed_scope.loop = scope->loop;
	req->answered = answered;
	req->data = data;
	scope_add(scope, &req->on_scope, handle_scope_end);
	if (options->timeout_ms >= 0) {
		int64_t timeout_ms = options->timeout_ms > 0 ? options->timeout_ms : REQUEST_TIMEOUT_MS;
		req->deadline = gw_timer_start(scope, timeout_ms, handle_deadline, req);
	}
	open_requests++;
	return req->handle;
}

/* The asker hears the result and is out of the game; calling out comes last. */
static void tell_asker(struct request *req, struct request_result *result) {
	void (*answered)(struct request_result *, void *) = req->answered;
	req->answered = NULL;
	gw_timer_stop(req->deadline);
	req->deadline = NULL;
	if (result->condition != GW_OK && text_is_blank(result->text)) {
		result->text = condition_text(result->condition);
	}
	answered(result, req->data);
	gw_table_free(result->table);
}

/* Nobody waits any more. Who closes at this very moment is not asked: the module is only just told. */
static void await_owner(struct request *req) {
	scope_remove(&req->on_scope);
	if (!req->owner) {
		return;
	}
	DL_APPEND(unanswered, req);
	if (scope_is_open(req->owner)) {
		scope_add(req->owner, &req->on_scope, handle_owner_end);
	}
}

/*
 * Nobody waits any more: the module's work for it ends, the handle stays until the module has answered. It may do so
 * while its work ends, or in the hook; both come too late to be heard.
 */
static void give_up(struct request *req, struct request_result *result) {
	void (*answered)(struct request_result *, void *) = req->answered;
	req->answered = NULL;
	gw_timer_stop(req->deadline);
	req->deadline = NULL;
	await_owner(req);
	scope_close(&req->scope);
	if (req->cancelled) {
		void (*cancelled)(struct gw_request *, void *) = req->cancelled;
		req->cancelled = NULL;
		cancelled(req->handle, req->cancelled_data);
	}
	if (!result->text) {
		result->text = condition_text(result->condition);
	}
	answered(result, req->data);
}

static void handle_deadline(void *data) {
	struct request *req = data;
	req->deadline = NULL;
	gw_log_warning(req->log, "the module did not answer %s in time", req->name);
	give_up(req, &(struct request_result){ .condition = GW_REMOTE_SERVER_TIMEOUT, .is_timed_out = true });
	req->is_late = true; /* its memory lasts as long as the turn, whatever has happened */
}

static void handle_scope_end(struct scope_item *item) {
	struct request *req = container_of(item, struct request, on_scope);
	give_up(req, &(struct request_result){ .condition = GW_SERVICE_UNAVAILABLE, .is_cancelled = true });
}

static void handle_owner_end(struct scope_item *item) {
	struct request *req = container_of(item, struct request, on_scope);
	req->late = NULL;
	gw_log_warning(req->log, "the module never answered %s", req->name);
}

static void keep(struct request *req, void *pointer, void (*release)(void *pointer)) {
	struct kept *kept = mem_new(sizeof(*kept));
	*kept = (struct kept){ .next = req->kept, .pointer = pointer, .release = release };
	req->kept = kept;
}

void request_keep(struct gw_request *handle, void *pointer, void (*release)(void *pointer)) {
	keep(find(handle), pointer, release);
}

static void request_free(void *pointer) {
	struct request *req = pointer;
	while (req->kept) {
		struct kept *kept = req->kept;
		req->kept = kept->next;
		kept->release(kept->pointer);
		free(kept);
	}
	free(req);
}

void request_cancel(struct gw_request *handle) {
	struct request *req = handle ? find(handle) : NULL;
	if (req && req->answered) {
		handle_scope_end(&req->on_scope);
	}
}

void request_on_late(struct gw_request *handle, void (*late)(struct request_result *result, void *data)) {
	struct request *req = handle ? look_up(handle) : NULL;
	if (req) {
		req->late = late;
	}
}

size_t request_count_open(void) {
	return open_requests;
}

size_t request_count_unanswered(const struct gw_gateway *gateway) {
	size_t count = 0;
	const struct request *req;
	DL_FOREACH(unanswered, req) {
		count += req->gateway == gateway;
	}
	return count;
}

/* --- The module's end --- */

/*
 * For the turn: the asker may close what the module's work for the answer, and its text with it, hangs on. Why something
 * failed may be a whole page of a network's, which no error could carry.
 */
static void keep_text(struct request *req, struct request_result *result) {
	if (result->text) {
		char *copy = mem_strdup(result->text);
		if (result->condition != GW_OK) {
			copy[text_cut(copy, strlen(copy), FAILURE_MAX_BYTES)] = '\0';
		}
		keep(req, copy, free);
		result->text = copy;
	}
}

/*
 * The answer ends the request, whoever still waits. The asker is told before the module's work for it ends: what ends then
 * often owns what was answered.
 */
static void answer(struct gw_request *handle, unsigned kind, struct request_result *result) {
	struct request *req = find(handle);
	if (!req) {
		gw_table_free(result->table);
		return;
	}
	assert(open_requests > 0);
	leave_place(req);
	open_requests--;
	req->cancelled = NULL;
	scope_remove(&req->on_scope);
	loop_free_later(req->loop, req, request_free);
	if (!req->answered) {
		if (req->owner) {
			DL_DELETE(unanswered, req);
		}
		if (req->late && req->is_late && (!kind || req->answers & kind)) {
			req->late(result, req->data);
		}
		gw_table_free(result->table);
		return;
	}
	if (kind && !(req->answers & kind)) {
		gw_log_error(req->log, "the module answered %s with something that is no answer to it", req->name);
		gw_table_free(result->table);
		*result = (struct request_result){ .condition = GW_INTERNAL_SERVER_ERROR };
	}
	keep_text(req, result);
	tell_asker(req, result);
	scope_close(&req->scope);
}

void gw_request_ok(struct gw_request *req) {
	answer(req, ANSWER_PLAIN, &(struct request_result){ 0 });
}

void gw_request_ok_text(struct gw_request *req, const char *text) {
	answer(req, text ? ANSWER_TEXT : ANSWER_PLAIN, &(struct request_result){ .text = text });
}

void gw_request_ok_id(struct gw_request *req, const char *id) {
	answer(req, ANSWER_ID, &(struct request_result){ .id = text_not_empty(id) });
}

void gw_request_ok_form(struct gw_request *req, const struct gw_form *form) {
	answer(req, ANSWER_FORM, &(struct request_result){ .form = form });
}

void gw_request_ok_without_code(struct gw_request *req, const struct gw_form *form) {
	answer(req, ANSWER_WITHOUT_CODE, &(struct request_result){ .form = form, .without_code = true });
}

void gw_request_ok_table(struct gw_request *req, struct gw_table *table) {
	answer(req, ANSWER_TABLE, &(struct request_result){ .table = table });
}

static enum gw_loss loss_of(enum gw_condition condition) {
	switch (condition) {
	case GW_NOT_AUTHORIZED:
		return GW_LOSS_CREDENTIALS;
	case GW_FORBIDDEN:
		return GW_LOSS_BANNED;
	case GW_RESOURCE_CONSTRAINT:
		return GW_LOSS_THROTTLED;
	default:
		return GW_LOSS_NETWORK;
	}
}

void gw_request_fail(struct gw_request *req, enum gw_condition condition, const char *text) {
	if (condition == GW_OK) {
		condition = GW_UNDEFINED_CONDITION;
	}
	answer(req, 0, &(struct request_result){ .condition = condition, .text = text, .loss = loss_of(condition) });
}

void gw_request_fail_login(struct gw_request *req, enum gw_loss loss, const char *text) {
	static const enum gw_condition conditions[] = {
		[GW_LOSS_NETWORK] = GW_RECIPIENT_UNAVAILABLE,
		[GW_LOSS_THROTTLED] = GW_RESOURCE_CONSTRAINT,
		[GW_LOSS_BANNED] = GW_FORBIDDEN,
		[GW_LOSS_CREDENTIALS] = GW_NOT_AUTHORIZED,
	};
	if ((size_t)loss >= ARRAY_LENGTH(conditions)) {
		loss = GW_LOSS_NETWORK;
	}
	answer(req, ANSWER_LOGIN, &(struct request_result){ .condition = conditions[loss], .text = text, .loss = loss });
}

void gw_request_not_sent(struct gw_request *req) {
	answer(req, ANSWER_NOT_SENT, &(struct request_result){ .condition = GW_RECIPIENT_UNAVAILABLE, .is_not_sent = true });
}

void gw_command_ask(struct gw_request *req, const struct gw_form_template *questions,
		void (*submitted)(struct gw_request *req, struct gw_command_run *run, const struct gw_form *form)) {
	answer(req, ANSWER_STEP, &(struct request_result){ .template = questions, .submitted = submitted });
}

void gw_command_confirm(struct gw_request *req, const char *prompt,
		void (*confirmed)(struct gw_request *req, struct gw_command_run *run)) {
	answer(req, ANSWER_STEP, &(struct request_result){ .prompt = prompt, .confirmed = confirmed });
}

struct gw_gateway *gw_request_gateway(const struct gw_request *handle) {
	const struct request *req = find(handle);
	return req ? req->gateway : NULL;
}

struct gw_scope *gw_request_scope(struct gw_request *handle) {
	struct request *req = find(handle);
	if (!req) {
		return &closed_scope;
	}
	if (req->answered && !scope_is_open(&req->scope)) {
		scope_init(&req->scope, req->on_scope.scope);
	}
	return &req->scope;
}

bool gw_request_is_cancelled(const struct gw_request *handle) {
	const struct request *req = find(handle);
	return !req || !req->answered;
}

void gw_request_on_cancel(struct gw_request *handle, void (*cancelled)(struct gw_request *req, void *data), void *data) {
	struct request *req = find(handle);
	if (req) {
		req->cancelled = cancelled;
		req->cancelled_data = data;
	}
}
