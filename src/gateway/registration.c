/* SPDX-License-Identifier: MPL-2.0 */
/* Registering, step by step; what is between two steps is one struct registration, under the bare address. */
#include "gateway/registration.h"

#include "codec/form.h"
#include "gateway/account.h"
#include "gateway/login_pace.h"
#include "gateway/prompt.h"
#include "util/arena.h"
#include "util/mem.h"
#include "xmpp/jid.h"

#include <stdlib.h>
#include <string.h>

enum {
	REGISTRATIONS_MAX = 1000, /* that are not finished, of one gateway */
	CODE_ATTEMPTS = 5,
	CODE_MAX_BYTES = 256,
	QR_TIMEOUT_MS = 60 * 1000,
	PARTIAL_TIMEOUT_MS = 60 * 60 * 1000,
	EXPIRY_POSTPONED_MS = 60 * 1000, /* when it falls into a step that is under way */
};

static const char busy_text[] = "Your last attempt is still being checked. Please wait for its answer.";
static const char leaving_text[] = "Your old registration is just being removed. Please try again in a moment.";
static const char full_text[] = "Too many people are registering right now. Please try again later.";
static const char no_code_text[] = "No registration waits for a code; perhaps it took too long. Please register again.";
static const char no_qr_text[] = "No registration waits for a QR code; perhaps it took too long. Please register again.";
static const char not_scanned_text[] = "The QR code was not scanned in time. Please register again to get a new one.";
static const char expired_text[] = "You did not finish registering in time, so my question is closed. Please start again.";
static const char empty_code_text[] = "The code is missing.";

struct registration {
	struct gw_gateway *gateway;
	struct arena arena;
	struct gw_jid user;      /* bare */
	struct gw_scope scope;   /* ends when the registration is finished or forgotten */
	struct gw_form *form;    /* what is going to be stored */
	enum registration_step waits_for; /* REGISTRATION_REFUSED: for nothing, the first step is under way */
	const char *qr_text;
	unsigned wrong_codes;
	struct gw_timer *expiry, *qr_deadline;

	/* The asker of the step that is under way; answered is NULL when there is none. */
	registration_fn *answered;
	void *data;
	struct gw_scope *asker;
	struct scope_item on_asker; /* while we wait for the QR code to be scanned */
	struct gw_request *request;

	/* The QR code was scanned, or refused, before anyone asked how that went. */
	bool has_outcome;
	enum gw_condition outcome;
	const char *outcome_text;

	UT_hash_handle hh;
};

struct registrations {
	struct registration *all;
};

static void validated(struct request_result *result, void *data);
static void code_validated(struct request_result *result, void *data);
static void got_qr_text(struct request_result *result, void *data);
static void handle_expiry(void *data);
static void handle_qr_deadline(void *data);
static void handle_asker_end(struct scope_item *item);

struct registrations *registrations_new(struct gw_gateway *gateway) {
	(void)gateway;
	return mem_new(sizeof(struct registrations));
}

/* --- The records --- */

static struct registration *find(struct gw_gateway *gateway, const char *bare_jid) {
	struct registration *registration;
	HASH_FIND_STR(gateway->registrations->all, bare_jid, registration);
	return registration;
}

static struct registration *begin(struct gw_gateway *gateway, const struct gw_jid *user, const struct gw_form *form) {
	struct registration *registration = mem_new(sizeof(*registration));
	registration->gateway = gateway;
	jid_parse(&registration->arena, user->bare, &registration->user);
	registration->form = gw_form_copy(form);
	registration->waits_for = REGISTRATION_REFUSED;
	scope_init(&registration->scope, &gateway->scope);
	HASH_ADD_KEYPTR(hh, gateway->registrations->all, registration->user.bare, strlen(registration->user.bare),
			registration);
	return registration;
}

static void registration_free(void *pointer) {
	struct registration *registration = pointer;
	gw_form_free(registration->form);
	arena_finish(&registration->arena);
	free(registration);
}

/* Leaves at once; the memory goes at the end of the turn, because callers still look at it. */
static void forget(struct registration *registration) {
	HASH_DEL(registration->gateway->registrations->all, registration);
	scope_remove(&registration->on_asker);
	scope_close(&registration->scope);
	loop_free_later(registration->gateway->loop, registration, registration_free);
}

void registrations_free(struct registrations *registrations) {
	if (!registrations) {
		return;
	}
	while (registrations->all) {
		struct registration *registration = registrations->all;
		HASH_DEL(registrations->all, registration);
		registration_free(registration);
	}
	free(registrations);
}

/* --- Askers and their answers --- */

static void refuse(registration_fn *answered, void *data, enum gw_condition condition, const char *text) {
	answered(&(struct registration_result){ .step = REGISTRATION_REFUSED, .condition = condition, .text = text }, data);
}

static void set_asker(struct registration *registration, struct gw_scope *scope, registration_fn *answered, void *data) {
	registration->asker = scope;
	registration->answered = answered;
	registration->data = data;
}

/* The step is over: the asker hears how it went, and is out of the game. */
static void answer(struct registration *registration, const struct registration_result *result) {
	registration_fn *answered = registration->answered;
	registration->answered = NULL;
	registration->asker = NULL;
	registration->request = NULL;
	scope_remove(&registration->on_asker);
	answered(result, registration->data);
}

static void end_refused(struct registration *registration, const struct registration_result *result) {
	forget(registration);
	answer(registration, result);
}

static struct registration_result refusal(const struct request_result *result) {
	return (struct registration_result){
		.step = REGISTRATION_REFUSED,
		.condition = result->condition,
		.text = result->text,
		.is_cancelled = result->is_cancelled,
	};
}

/* Starts a step that the module answers. */
static struct gw_request *ask_module(struct registration *registration, const char *name, unsigned answers,
		void (*answered)(struct request_result *result, void *data)) {
	struct gw_gateway *gateway = registration->gateway;
	registration->request = request_new(registration->asker, &(struct request_options){
		.name = name,
		.answers = answers,
		.timeout_ms = gateway->options->request_timeout_ms,
		.log = &gateway->log,
		.gateway = gateway,
		.owner = &gateway->scope,
	}, answered, registration);
	return registration->request;
}

/* --- The form --- */

enum gw_condition registration_allows(struct gw_gateway *gateway, const struct gw_jid *user, const char **out_text) {
	if (!gateway_allows_user(gateway, user)) {
		*out_text = "Your address is not among those that may use this gateway.";
		return GW_NOT_ALLOWED;
	}
	struct gw_session *session = session_find(gateway, user->bare);
	struct registration *registration = find(gateway, user->bare);
	if (session && session->is_leaving) {
		*out_text = leaving_text;
		return GW_CONFLICT;
	}
	if (registration && registration->answered) {
		*out_text = busy_text;
		return GW_CONFLICT;
	}
	if (!registration && HASH_COUNT(gateway->registrations->all) >= REGISTRATIONS_MAX) {
		*out_text = full_text;
		return GW_RESOURCE_CONSTRAINT;
	}
	return GW_OK;
}

static void release_form(void *form) {
	gw_form_free(form);
}

void registration_submit(struct gw_gateway *gateway, struct gw_scope *scope, const struct gw_jid *user,
		const struct gw_form *form, registration_fn *answered, void *data) {
	const char *text;
	enum gw_condition condition = registration_allows(gateway, user, &text);
	if (condition != GW_OK) {
		refuse(answered, data, condition, text);
		return;
	}
	struct arena arena = { 0 };
	text = login_pace_refusal(gateway, &arena, user->bare);
	if (text) {
		refuse(answered, data, GW_RESOURCE_CONSTRAINT, text);
		arena_finish(&arena);
		return;
	}
	registration_abandon(gateway, user->bare);
	struct registration *registration = begin(gateway, user, form);
	set_asker(registration, scope, answered, data);

	bool has_code = gateway->registration_type == GW_REGISTRATION_TWO_FACTOR_CODE;
	struct gw_request *req = ask_module(registration, "validate",
			ANSWER_PLAIN | ANSWER_FORM | (has_code ? ANSWER_WITHOUT_CODE : 0), validated);
	/* The module may look at the form until it answers, even when nobody waits any more. */
	struct gw_form *copy = gw_form_copy(form);
	request_keep(req, copy, release_form);
	gateway->module->validate(req, &registration->user, copy);
}

static void finish(struct registration *registration);

static void wait_for(struct registration *registration, enum registration_step step, const char *text) {
	const struct gateway_options *options = registration->gateway->options;
	int64_t timeout_ms = options->partial_registration_timeout_ms;
	registration->waits_for = step;
	registration->expiry = gw_timer_start(&registration->scope, timeout_ms > 0 ? timeout_ms : PARTIAL_TIMEOUT_MS,
			handle_expiry, registration);
	answer(registration, &(struct registration_result){ .step = step, .text = text });
}

static void replace_form(struct registration *registration, const struct gw_form *form) {
	if (form) {
		gw_form_free(registration->form);
		registration->form = gw_form_copy(form);
	}
}

static void ask_for_qr(struct registration *registration) {
	struct gw_request *req = ask_module(registration, "get_qr_text", ANSWER_TEXT, got_qr_text);
	registration->gateway->module->get_qr_text(req, &registration->user, registration->form);
}

static void validated(struct request_result *result, void *data) {
	struct registration *registration = data;
	if (result->condition != GW_OK) {
		struct registration_result refused = refusal(result);
		end_refused(registration, &refused);
		return;
	}
	replace_form(registration, result->form);
	switch (registration->gateway->registration_type) {
	case GW_REGISTRATION_SINGLE_STEP_FORM:
		finish(registration);
		break;
	case GW_REGISTRATION_TWO_FACTOR_CODE:
		if (result->without_code) {
			finish(registration);
		} else {
			wait_for(registration, REGISTRATION_NEEDS_CODE, NULL);
		}
		break;
	case GW_REGISTRATION_QRCODE:
		ask_for_qr(registration);
		break;
	}
}

/* Nobody came back to finish it. The question in the chat, as a rule the one for the code, goes with it. */
static void handle_expiry(void *data) {
	struct registration *registration = data;
	if (registration->answered) {
		registration->expiry = gw_timer_start(&registration->scope, EXPIRY_POSTPONED_MS, handle_expiry, registration);
		return;
	}
	struct gw_gateway *gateway = registration->gateway;
	const char *user = registration->user.bare;
	gw_log_info(&gateway->log, "%s did not finish registering", user);
	if (prompt_is_open(gateway, user)) {
		gateway_tell(gateway, user, expired_text);
	}
	forget(registration);
}

/* --- The code --- */

void registration_submit_code(struct gw_gateway *gateway, struct gw_scope *scope, const struct gw_jid *user,
		const char *code, registration_fn *answered, void *data) {
	struct registration *registration = find(gateway, user->bare);
	if (!registration || registration->waits_for != REGISTRATION_NEEDS_CODE) {
		refuse(answered, data, GW_UNEXPECTED_REQUEST, no_code_text);
		return;
	}
	if (registration->answered) {
		refuse(answered, data, GW_CONFLICT, busy_text);
		return;
	}
	code += strspn(code, " \t\r\n");
	size_t size = strcspn(code, "\r\n");
	while (size > 0 && (code[size - 1] == ' ' || code[size - 1] == '\t')) {
		size--;
	}
	if (size == 0 || size > CODE_MAX_BYTES) {
		refuse(answered, data, GW_NOT_ACCEPTABLE, empty_code_text);
		return;
	}
	set_asker(registration, scope, answered, data);
	struct gw_request *req = ask_module(registration, "validate_two_factor_code", ANSWER_PLAIN | ANSWER_FORM,
			code_validated);
	char *copy = mem_strndup(code, size);
	request_keep(req, copy, free);
	gateway->module->validate_two_factor_code(req, &registration->user, registration->form, copy);
}

static void code_validated(struct request_result *result, void *data) {
	struct registration *registration = data;
	if (result->condition == GW_OK) {
		if (result->form) {
			form_merge(registration->form, result->form);
		}
		finish(registration);
		return;
	}
	struct registration_result refused = refusal(result);
	if (result->is_cancelled || ++registration->wrong_codes < CODE_ATTEMPTS) {
		answer(registration, &refused);
		return;
	}
	refused.text = arena_printf(&registration->arena, "%s That were too many attempts: please register again.",
			result->text);
	end_refused(registration, &refused);
}

/* --- The QR code --- */

static void got_qr_text(struct request_result *result, void *data) {
	struct registration *registration = data;
	if (result->condition != GW_OK) {
		struct registration_result refused = refusal(result);
		end_refused(registration, &refused);
		return;
	}
	registration->qr_text = arena_strdup(&registration->arena, result->text);
	wait_for(registration, REGISTRATION_NEEDS_QR, registration->qr_text);
}

const char *registration_qr_text(struct gw_gateway *gateway, const char *bare_jid) {
	struct registration *registration = find(gateway, bare_jid);
	return registration ? registration->qr_text : NULL;
}

static void expect_scan(struct registration *registration) {
	int64_t timeout_ms = registration->gateway->options->qr_timeout_ms;
	gw_timer_stop(registration->qr_deadline);
	registration->qr_deadline = gw_timer_start(&registration->scope, timeout_ms > 0 ? timeout_ms : QR_TIMEOUT_MS,
			handle_qr_deadline, registration);
}

const char *registration_show_qr(struct gw_gateway *gateway, const char *bare_jid) {
	struct registration *registration = find(gateway, bare_jid);
	if (registration && registration->waits_for == REGISTRATION_NEEDS_QR && !registration->has_outcome) {
		expect_scan(registration);
	}
	return registration ? registration->qr_text : NULL;
}

/* It was scanned, or refused, before anyone asked. */
static void answer_outcome(struct registration *registration) {
	struct registration_result result = {
		.step = registration->outcome == GW_OK ? REGISTRATION_DONE : REGISTRATION_REFUSED,
		.condition = registration->outcome,
		.text = registration->outcome_text,
	};
	end_refused(registration, &result);
}

void registration_await_qr(struct gw_gateway *gateway, struct gw_scope *scope, const struct gw_jid *user,
		registration_fn *answered, void *data) {
	struct registration *registration = find(gateway, user->bare);
	if (!registration || registration->waits_for != REGISTRATION_NEEDS_QR) {
		refuse(answered, data, GW_UNEXPECTED_REQUEST, no_qr_text);
		return;
	}
	if (registration->answered) {
		refuse(answered, data, GW_CONFLICT, busy_text);
		return;
	}
	set_asker(registration, scope, answered, data);
	if (registration->has_outcome) {
		answer_outcome(registration);
		return;
	}
	scope_add(scope, &registration->on_asker, handle_asker_end);
	expect_scan(registration);
}

static void handle_qr_deadline(void *data) {
	struct registration *registration = data;
	registration->qr_deadline = NULL;
	if (!registration->answered) {
		gateway_tell(registration->gateway, registration->user.bare, not_scanned_text);
		forget(registration);
		return;
	}
	end_refused(registration, &(struct registration_result){
		.step = REGISTRATION_REFUSED,
		.condition = GW_REMOTE_SERVER_TIMEOUT,
		.text = not_scanned_text,
	});
}

static void handle_asker_end(struct scope_item *item) {
	struct registration *registration = container_of(item, struct registration, on_asker);
	answer(registration, &(struct registration_result){
		.step = REGISTRATION_REFUSED,
		.condition = GW_SERVICE_UNAVAILABLE,
		.is_cancelled = true,
	});
}

/* Nobody waits on the line, so a refusal is told in the chat; it is kept for whoever asks yet. */
static void keep_refusal(struct registration *registration, enum gw_condition condition, const char *text) {
	registration->has_outcome = true;
	registration->outcome = condition;
	registration->outcome_text = arena_strdup(&registration->arena, text);
	gateway_tell(registration->gateway, registration->user.bare, text);
}

static bool confirm(struct registration *registration, enum gw_condition condition, const char *text,
		const struct gw_form *credentials) {
	gw_timer_stop(registration->qr_deadline);
	registration->qr_deadline = NULL;
	if (condition == GW_OK) {
		if (credentials) {
			form_merge(registration->form, credentials);
		}
		finish(registration);
		return true;
	}
	if (!text) {
		text = "The network did not accept this login. Please register again.";
	}
	if (registration->answered) {
		end_refused(registration, &(struct registration_result){
			.step = REGISTRATION_REFUSED,
			.condition = condition,
			.text = text,
		});
	} else {
		keep_refusal(registration, condition, text);
	}
	return true;
}

bool gw_gateway_confirm_qr(struct gw_gateway *gateway, const char *jid, enum gw_condition condition, const char *text,
		const struct gw_form *credentials) {
	struct arena arena = { 0 };
	struct gw_jid user;
	struct registration *registration = jid_parse(&arena, jid, &user) ? find(gateway, user.bare) : NULL;
	arena_finish(&arena);
	if (!registration || registration->waits_for != REGISTRATION_NEEDS_QR || registration->has_outcome) {
		return false;
	}
	return confirm(registration, condition, text, credentials);
}

/* --- Registered --- */

/* The account is there, or changed, before the asker hears of it; what follows from that comes afterwards. */
static void finish(struct registration *registration) {
	struct gw_gateway *gateway = registration->gateway;
	struct gw_session *session = session_find(gateway, registration->user.bare);
	if (session && session->is_leaving) {
		end_refused(registration, &(struct registration_result){
			.step = REGISTRATION_REFUSED,
			.condition = GW_CONFLICT,
			.text = leaving_text,
		});
		return;
	}
	if (session) {
		account_change(session, registration->form);
	} else {
		account_open(gateway, registration->user.bare, registration->form);
	}
	if (registration->answered) {
		end_refused(registration, &(struct registration_result){ .step = REGISTRATION_DONE });
	} else {
		registration->has_outcome = true;
		registration->outcome = GW_OK;
	}
}

/* --- What interfaces ask --- */

enum registration_step registration_pending(struct gw_gateway *gateway, const char *bare_jid) {
	struct registration *registration = find(gateway, bare_jid);
	return registration && !registration->has_outcome ? registration->waits_for : REGISTRATION_REFUSED;
}

struct gw_scope *registration_scope(struct gw_gateway *gateway, const char *bare_jid) {
	struct registration *registration = find(gateway, bare_jid);
	return registration ? &registration->scope : NULL;
}

void registration_abandon(struct gw_gateway *gateway, const char *bare_jid) {
	struct registration *registration = find(gateway, bare_jid);
	if (!registration) {
		return;
	}
	if (registration->request) {
		/* Whoever asked hears so from the step that is under way; the first one takes the registration with it. */
		request_cancel(registration->request);
		registration = find(gateway, bare_jid);
	}
	if (registration) {
		forget(registration);
	}
	if (registration && registration->answered) {
		answer(registration, &(struct registration_result){
			.step = REGISTRATION_REFUSED,
			.condition = GW_SERVICE_UNAVAILABLE,
			.is_cancelled = true,
		});
	}
}
