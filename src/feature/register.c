/* SPDX-License-Identifier: MPL-2.0 */
/*
 * XEP-0077: the form a user fills in to open, change or close an account on the gateway.
 *
 * A result means "registered" and nothing less. Where the network wants a code or a QR code after the form, the form is
 * answered with not-acceptable, the error for information that is still missing (section 3.1), a sentence that says what
 * to do, and the form for it; the same is asked in the chat, for clients that show no form with an error. The account is
 * opened by whichever way the last step comes: chat, or the next IQ.
 */
#include "codec/register.h"

#include "feature/features.h"
#include "gateway/attachment.h"
#include "gateway/outbox.h"
#include "gateway/prompt.h"
#include "gateway/registration.h"
#include "gateway/registration_form.h"
#include "util/mem.h"
#include "util/text.h"
#include "xml/ns.h"
#include "xmpp/jid.h"

#include <stdlib.h>
#include <string.h>

static const char code_text[] = "Almost there: the network has sent you a code. Enter it here, or write it to me in the "
		"chat.";
static const char qr_text[] = "Almost there: scan the QR code that I have just sent you in the chat with the app of the "
		"network.";
static const char question_text[] = "The network has sent you a code to make sure that it is you. What is it? (Or “abort”.)";
static const char code_accepted_text[] = "Thank you, that was the right code.";
static const char farewell_text[] = "You are not registered any more. Goodbye!";

/* One IQ that waits for a step of the registration. */
struct step {
	struct gw_gateway *gateway;
	struct iq *iq;
};

/* A code asked for in the chat. */
struct question {
	struct gw_gateway *gateway;
	struct arena arena;
	struct gw_jid user; /* bare */
};

static void stepped(const struct registration_result *result, void *data);
static void qr_sent(const char *url, void *data);
static void removed(void *data);
static void ask_for_code(struct gw_gateway *gateway, const struct gw_jid *user, const char *text);
static void code_typed(const struct gw_input_result *result, void *data);
static void code_checked(const struct registration_result *result, void *data);

static struct step *step_new(const struct incoming *in) {
	struct step *step = mem_new(sizeof(*step));
	step->gateway = in->gateway;
	step->iq = iq_ref(in->iq);
	return step;
}

static void step_free(struct step *step) {
	iq_unref(step->iq);
	free(step);
}

/* --- The form --- */

/* The form of the step that this user has come to. */
static struct gw_form_template *present_form(struct arena *arena, const struct incoming *in) {
	const char *user = in->stanza->from.bare;
	switch (registration_pending(in->gateway, user)) {
	case REGISTRATION_NEEDS_CODE:
		return registration_code_form(arena, in->gateway, NULL);
	case REGISTRATION_NEEDS_QR:
		return registration_qr_form(arena, in->gateway, registration_qr_text(in->gateway, user), NULL);
	default:
		return registration_form(arena, in->gateway, in->session);
	}
}

static bool handle_form_request(const struct incoming *in) {
	if (!in->session && !gateway_allows_user(in->gateway, &in->stanza->from)) {
		iq_fail(in->iq, GW_NOT_ALLOWED, "Your address is not among those that may use this gateway.");
		return true;
	}
	struct xml_node *result = iq_result(in->iq);
	struct gw_form *values = in->session ? gw_form_copy(gw_session_credentials(in->session)) : NULL;
	register_write(result, present_form(iq_arena(in->iq), in), values, in->session != NULL);
	gw_form_free(values);
	iq_send(in->iq, result);
	return true;
}

/* --- What was submitted --- */

/* Section 3.1 and row B7: an error with its old number too. */
static void add_error(struct xml_node *stanza, enum gw_condition condition, const char *text) {
	stanza_add_error(stanza, condition, text);
	const char *number = condition == GW_NOT_ACCEPTABLE ? "406" : condition == GW_REGISTRATION_REQUIRED ? "407" : NULL;
	xml_set(xml_find(stanza, "error", NULL), "code", number);
}

/* What was sent comes back with it, unless it is about a password that is changed (section 3.3). */
static void refuse(const struct incoming *in, const struct form_problem *problem) {
	struct xml_node *error = stanza_reply(in->stanza, "error");
	if (!in->session) {
		xml_append(error, xml_copy(iq_arena(in->iq), in->payload));
	}
	add_error(error, problem->condition, problem->text);
	iq_send(in->iq, error);
}

/* The answer in a form, or its old element; NULL when there is none. */
static const struct xml_node *find_answer(const struct incoming *in, const char *var) {
	const struct xml_node *x = xml_find(in->payload, "x", NS_DATA_FORM);
	for (const struct xml_node *field = x ? xml_find(x, "field", NS_DATA_FORM) : NULL; field;
			field = xml_find_next(field, "field", NS_DATA_FORM)) {
		const char *name = xml_get(field, "var");
		if (name && strcmp(name, var) == 0) {
			return field;
		}
	}
	return x ? NULL : xml_find(in->payload, var, NS_REGISTER);
}

/* An answer to any other question of the registration form than one for a code means that the user begins anew. */
static bool has_registration_answer(const struct incoming *in) {
	const struct gw_form_field *fields = gateway_registration_fields(in->gateway);
	for (size_t i = 0, count = form_field_count(fields); i < count; i++) {
		const char *var = fields[i].var;
		if (var && strcmp(var, REGISTRATION_CODE_VAR) != 0 && find_answer(in, var)) {
			return true;
		}
	}
	return false;
}

/* Those who are registered have a box for it in every form. */
static bool wants_removal(const struct incoming *in) {
	const struct xml_node *answer = find_answer(in, "remove");
	const char *value = answer ? xml_child_text(answer, "value", NS_DATA_FORM) : NULL;
	bool is_ticked = false;
	return xml_find(in->payload, "remove", NS_REGISTER) || (value && text_read_boolean(value, &is_ticked) && is_ticked);
}

static void handle_code(const struct incoming *in) {
	struct register_request request;
	struct form_problem problem;
	const struct gw_form_field *fields = registration_code_form(iq_arena(in->iq), in->gateway, NULL)->fields;
	if (!register_read(iq_arena(in->iq), in->payload, fields, NULL, &request, &problem)) {
		refuse(in, &problem);
		return;
	}
	registration_submit_code(in->gateway, &in->gateway->scope, &in->stanza->from,
			gw_form_text(request.form, REGISTRATION_CODE_VAR), stepped, step_new(in));
	gw_form_free(request.form);
}

static void handle_removal(const struct incoming *in) {
	if (in->session) {
		registration_remove(in->session, removed, step_new(in));
	} else if (registration_pending(in->gateway, in->stanza->from.bare) != REGISTRATION_REFUSED) {
		registration_abandon(in->gateway, in->stanza->from.bare);
		iq_ok(in->iq);
	} else {
		refuse(in, &(struct form_problem){ .condition = GW_REGISTRATION_REQUIRED, .text = "You are not registered here." });
	}
}

static void removed(void *data) {
	struct step *step = data;
	iq_ok(step->iq);
	step_free(step);
}

static void handle_form(const struct incoming *in) {
	const char *text;
	enum gw_condition condition = registration_allows(in->gateway, &in->stanza->from, &text);
	struct register_request request;
	struct form_problem problem;
	struct gw_form *stored = in->session ? gw_form_copy(gw_session_credentials(in->session)) : NULL;
	bool is_good = register_read(iq_arena(in->iq), in->payload, gateway_registration_fields(in->gateway), stored,
			&request, &problem);
	gw_form_free(stored);
	if (is_good && request.is_remove) {
		handle_removal(in);
	} else if (condition != GW_OK) {
		iq_fail(in->iq, condition, text);
	} else if (!is_good) {
		refuse(in, &problem);
	} else {
		registration_submit(in->gateway, &in->gateway->scope, &in->stanza->from, request.form, stepped, step_new(in));
	}
	if (is_good) {
		gw_form_free(request.form);
	}
}

static bool handle_submission(const struct incoming *in) {
	enum registration_step pending = registration_pending(in->gateway, in->stanza->from.bare);
	bool is_new = wants_removal(in) || has_registration_answer(in);
	if (pending == REGISTRATION_NEEDS_CODE && !is_new && find_answer(in, REGISTRATION_CODE_VAR)) {
		handle_code(in);
	} else if (pending == REGISTRATION_NEEDS_QR && !is_new) {
		registration_await_qr(in->gateway, &in->gateway->scope, &in->stanza->from, stepped, step_new(in));
	} else {
		handle_form(in);
	}
	return true;
}

/* --- How it went --- */

/* Not registered yet: says what is missing, and asks for it. */
static void ask_for_more(struct step *step, const struct gw_form_template *template, const char *text) {
	struct xml_node *error = stanza_reply(iq_stanza(step->iq), "error");
	register_write(error, template, NULL, false);
	add_error(error, GW_NOT_ACCEPTABLE, text);
	iq_send(step->iq, error);
}

static void stepped(const struct registration_result *result, void *data) {
	struct step *step = data;
	struct gw_gateway *gateway = step->gateway;
	const struct gw_jid *user = &iq_stanza(step->iq)->from;
	switch (result->step) {
	case REGISTRATION_REFUSED:
		iq_fail(step->iq, result->condition, result->text);
		break;
	case REGISTRATION_DONE:
		iq_ok(step->iq);
		break;
	case REGISTRATION_NEEDS_CODE:
		ask_for_more(step, registration_code_form(iq_arena(step->iq), gateway, NULL), code_text);
		ask_for_code(gateway, user, question_text);
		break;
	case REGISTRATION_NEEDS_QR:
		attachment_send_qr(gateway, user->full, result->text, qr_sent, step);
		return;
	}
	step_free(step);
}

static void qr_sent(const char *url, void *data) {
	struct step *step = data;
	struct arena *arena = iq_arena(step->iq);
	const char *text = registration_show_qr(step->gateway, iq_stanza(step->iq)->from.bare);
	if (text) {
		ask_for_more(step, registration_qr_form(arena, step->gateway, text, url), qr_text);
	} else if (session_find(step->gateway, iq_stanza(step->iq)->from.bare)) {
		iq_ok(step->iq); /* scanned faster than the picture was uploaded */
	} else {
		iq_fail(step->iq, GW_REMOTE_SERVER_TIMEOUT, "The QR code is not valid any more. Please register again.");
	}
	step_free(step);
}

/* --- The code by chat --- */

static void question_free(struct question *question) {
	arena_finish(&question->arena);
	free(question);
}

/* The question goes when the registration is finished in another way. */
static void ask_for_code(struct gw_gateway *gateway, const struct gw_jid *user, const char *text) {
	struct gw_scope *scope = registration_scope(gateway, user->bare);
	if (!scope) {
		return;
	}
	struct question *question = mem_new(sizeof(*question));
	question->gateway = gateway;
	jid_parse(&question->arena, user->bare, &question->user);
	prompt_ask(gateway, scope, question->user.bare, text, 0, code_typed, question);
}

static void code_typed(const struct gw_input_result *result, void *data) {
	struct question *question = data;
	if (result->text) {
		registration_submit_code(question->gateway, &question->gateway->scope, &question->user, result->text,
				code_checked, question);
		return;
	}
	if (result->is_aborted) {
		registration_abandon(question->gateway, question->user.bare);
	}
	question_free(question);
}

static void code_checked(const struct registration_result *result, void *data) {
	struct question *question = data;
	struct gw_gateway *gateway = question->gateway;
	const char *user = question->user.bare;
	if (result->step == REGISTRATION_DONE) {
		gateway_tell(gateway, user, code_accepted_text);
	} else if (!result->is_cancelled && registration_pending(gateway, user) == REGISTRATION_NEEDS_CODE) {
		ask_for_code(gateway, &question->user, arena_printf(&question->arena, "%s What is the code? (Or “abort”.)",
				result->text));
	} else if (!result->is_cancelled) {
		gateway_tell(gateway, user, result->text);
	}
	question_free(question);
}

/* --- The user takes the gateway out of the contact list (rows A21, B17) --- */

static bool handle_unsubscribe(const struct incoming *in) {
	outbox_presence(in->gateway, NULL, in->stanza->from.bare, "unsubscribed", GW_SHOW_AVAILABLE, NULL);
	if (!in->session->is_leaving) {
		gw_session_tell(in->session, farewell_text);
		registration_remove(in->session, NULL, NULL);
	}
	return true;
}

static const struct route routes[] = {
	{ IQ_GET, TO_GATEWAY, NS_REGISTER, "query", 0, handle_form_request },
	{ IQ_SET, TO_GATEWAY, NS_REGISTER, "query", 0, handle_submission },
	{ PRESENCE, TO_GATEWAY, NULL, "unsubscribe", NEEDS_USER, handle_unsubscribe },
	{ 0 },
};

static const char *const disco[] = { NS_REGISTER, NULL };

const struct feature feature_register = {
	.xep = "0077",
	.title = "In-Band Registration",
	.disco = disco,
	.routes = routes,
	.note = "Legacy fields and data form. A code or QR code that the network wants after the form is asked for in the chat; "
			"the IQ is answered with not-acceptable and the form for the last step until it is there.",
};
