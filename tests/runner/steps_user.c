/* SPDX-License-Identifier: MPL-2.0 */
/* Short cuts to where most cases begin, and dialogues of the gateway with the user. */
#include "steps.h"

#include "gateway/contact.h"
#include "gateway/registration.h"
#include "scripted.h"
#include "xml/ns.h"
#include "xml/write.h"
#include "xmpp/jid.h"

#include <stdlib.h>
#include <string.h>

/* --- Short cuts: whatever is sent on the way is not looked at --- */

static bool may_cut_short(struct world *world) {
	return sent_next(&world->sent) == NULL ||
			world_fail(world, "something was sent that nobody looked at, before this short cut");
}

/* The gateway may see the user's presence; contacts have to be accepted by the scenario. */
static bool is_request_of_gateway(const struct xml_node *xml) {
	const char *type = xml_get(xml, "type");
	return strcmp(xml->name, "presence") == 0 && type != NULL && strcmp(type, "subscribe") == 0 &&
			strchr(xml_get(xml, "from"), '@') == NULL;
}

static void accept(struct world *world, const struct sent_stanza *stanza) {
	struct arena arena = { 0 };
	struct xml_node *presence = stanza_make(&arena, "presence", "subscribed", xml_get(stanza->xml, "to"),
			xml_get(stanza->xml, "from"), NULL);
	world_feed(world, xml_to_string(&arena, presence, NS_COMPONENT));
	arena_finish(&arena);
}

/* Contact lists are changed as asked; everything else that is asked on the way, nobody knows. */
static void answer_one(struct world *world, const struct sent_stanza *stanza) {
	struct arena arena = { 0 };
	bool is_roster = xml_find(stanza->xml, "query", NS_ROSTER) != NULL;
	struct xml_node *iq = stanza_make(&arena, "iq", is_roster ? "result" : "error", xml_get(stanza->xml, "to"),
			xml_get(stanza->xml, "from"), xml_get(stanza->xml, "id"));
	if (!is_roster) {
		stanza_add_error(iq, GW_SERVICE_UNAVAILABLE, NULL);
	}
	world_feed(world, xml_to_string(&arena, iq, NS_COMPONENT));
	arena_finish(&arena);
}

static bool is_question(const struct xml_node *xml) {
	const char *type = xml_get(xml, "type");
	return strcmp(xml->name, "iq") == 0 && type != NULL && (strcmp(type, "get") == 0 || strcmp(type, "set") == 0);
}

static void finish_short_cut(struct world *world) {
	world_settle(world);
	for (struct sent_stanza *stanza; (stanza = sent_next(&world->sent)) != NULL;) {
		stanza->is_seen = true;
		if (is_question(stanza->xml)) {
			answer_one(world, stanza);
		} else if (is_request_of_gateway(stanza->xml)) {
			accept(world, stanza);
		}
	}
	if (world->scripted != NULL) {
		scripted_forget_calls(world->scripted);
	}
}

/* --- Registering --- */

struct registering {
	struct world *world;
	const struct gw_jid *jid;
	struct registration_result result;
	bool is_answered;
};

static void registered(const struct registration_result *result, void *data) {
	struct registering *registering = data;
	registering->result = *result;
	registering->result.text = result->text != NULL ?
			arena_strdup(&registering->world->arena, result->text) : NULL;
	registering->is_answered = true;
}

/* What a user would fill in: the preset, their own name, a password, or the name of the field. */
static const char *usual_value(struct world *world, const struct gw_form_field *field, const char *address) {
	if (field->value != NULL) {
		return field->value;
	} else if (strcmp(field->var, "username") == 0) {
		return arena_strndup(&world->arena, address, strcspn(address, "@"));
	}
	return strcmp(field->var, "password") == 0 ? "secret" : field->var;
}

static struct gw_form *usual_form(struct world *world, const char *address) {
	struct gw_form *form = gw_form_new();
	for (const struct gw_form_field *field = gateway_registration_fields(world->gateway); field->var != NULL;
			field++) {
		gw_form_set(form, field->var, usual_value(world, field, address));
	}
	return form;
}

static bool take_step(struct registering *registering) {
	struct gw_gateway *gateway = registering->world->gateway;
	registering->is_answered = false;
	if (registering->result.step == REGISTRATION_NEEDS_CODE) {
		registration_submit_code(gateway, &gateway->scope, registering->jid, "123456", registered, registering);
	} else {
		registration_await_qr(gateway, &gateway->scope, registering->jid, registered, registering);
		gw_gateway_confirm_qr(gateway, registering->jid->bare, GW_OK, NULL, NULL);
	}
	world_settle(registering->world);
	return registering->is_answered;
}

static bool run_registration(struct world *world, const struct gw_jid *jid, struct gw_form *form) {
	struct registering registering = { .world = world, .jid = jid };
	struct gw_gateway *gateway = world->gateway;
	registration_submit(gateway, &gateway->scope, jid, form, registered, &registering);
	world_settle(world);
	bool goes_on = registering.is_answered;
	while (goes_on && (registering.result.step == REGISTRATION_NEEDS_CODE ||
			registering.result.step == REGISTRATION_NEEDS_QR)) {
		goes_on = take_step(&registering);
	}
	if (!goes_on) {
		/* The callback would come back here later. */
		registration_abandon(gateway, jid->bare);
		world_settle(world);
		return world_fail(world, "the registration was not answered at once");
	}
	return registering.result.step == REGISTRATION_DONE ||
			world_fail(world, "the registration was refused: %s", registering.result.text);
}

static bool register_user(struct world *world, const char *address, struct gw_form *form) {
	struct gw_jid jid;
	bool is_fine = may_cut_short(world) && (jid_parse(&world->arena, address, &jid) ||
			world_fail(world, "“%s” is no address", address)) && run_registration(world, &jid, form);
	gw_form_free(form);
	if (is_fine) {
		world->user = jid.bare;
		finish_short_cut(world);
	}
	return is_fine;
}

static bool is_registered(struct world *world, const struct step_input *input) {
	return register_user(world, input->values[0], usual_form(world, input->values[0]));
}

static bool is_registered_with(struct world *world, const struct step_input *input) {
	return register_user(world, input->values[0], scripted_form(input->lines, input->line_count));
}

static bool is_logged_in(struct world *world, const struct step_input *input) {
	const char *address = input->values[0];
	if (gw_gateway_find_session(world->gateway, address) == NULL &&
			!register_user(world, address, usual_form(world, address))) {
		return false;
	}
	world->user = address;
	return gw_session_is_logged_in(gw_gateway_find_session(world->gateway, address)) ||
			world_fail(world, "the login is not through");
}

static bool is_a_contact_of(struct world *world, const struct step_input *input) {
	struct gw_session *session = world_session(world, input->values[1]);
	if (session == NULL || !may_cut_short(world)) {
		return false;
	}
	world->user = input->values[1];
	struct gw_contact *contact = gw_session_contact(session, input->values[0]);
	gw_contact_set_presence(contact, GW_SHOW_AVAILABLE, NULL);
	gw_contact_add_to_roster(contact);
	finish_short_cut(world);
	return true;
}

/* --- What is known --- */

static bool session_is_logged_in(struct world *world, const struct step_input *input) {
	struct gw_session *session = world_session(world, input->values[0]);
	return session != NULL && (gw_session_is_logged_in(session) || world_fail(world, "it is not"));
}

static bool session_is_not_logged_in(struct world *world, const struct step_input *input) {
	struct gw_session *session = world_session(world, input->values[0]);
	return session != NULL && (!gw_session_is_logged_in(session) || world_fail(world, "it is"));
}

static bool gateway_knows(struct world *world, const struct step_input *input) {
	return gw_gateway_find_session(world->gateway, input->values[0]) != NULL || world_fail(world, "it does not");
}

static bool gateway_does_not_know(struct world *world, const struct step_input *input) {
	return gw_gateway_find_session(world->gateway, input->values[0]) == NULL || world_fail(world, "it does");
}

/* As `gangway users delete` does, with a store that is kept. */
struct deletion {
	struct store *store;
	const char *jid;
	bool is_found;
};

static bool delete_if_named(const struct store_user *user, void *data) {
	struct deletion *deletion = data;
	if (strcmp(user->jid, deletion->jid) == 0) {
		deletion->is_found = true;
		store_user_set_leaving(deletion->store, user->id);
	}
	return true;
}

static bool admin_deletes(struct world *world, const struct step_input *input) {
	char *error = NULL;
	struct deletion deletion = {
		.store = store_open(world->loop, &world->options.store, &error),
		.jid = input->values[0],
	};
	if (deletion.store == NULL) {
		world_fail(world, "%s", error);
		free(error);
		return false;
	}
	store_users_each(deletion.store, delete_if_named, &deletion);
	store_commit(deletion.store);
	store_close(deletion.store);
	return deletion.is_found || world_fail(world, "nobody by this address is registered");
}

/* All values of an answer, in their order. */
static bool has_values(struct world *world, const struct gw_form *form, const char *var, const struct gw_form *expected) {
	size_t count, expected_count;
	const char *const *values = gw_form_values(form, var, &count);
	const char *const *patterns = gw_form_values(expected, var, &expected_count);
	if (count != expected_count) {
		return world_fail(world, "%s has %zu values", var, count);
	}
	for (size_t i = 0; i < count; i++) {
		if (!glob_match(patterns[i], values[i])) {
			return world_fail(world, "%s is “%s”", var, values[i]);
		}
	}
	return true;
}

static bool credentials_are(struct world *world, const struct step_input *input) {
	struct gw_session *session = world_session(world, input->values[0]);
	if (session == NULL) {
		return false;
	}
	const struct gw_form *credentials = gw_session_credentials(session);
	struct gw_form *expected = scripted_form(input->lines, input->line_count);
	bool is_fine = true;
	const char *var;
	for (size_t i = 0; is_fine && (var = gw_form_var(expected, i)) != NULL; i++) {
		is_fine = has_values(world, credentials, var, expected);
	}
	for (size_t i = 0; is_fine && (var = gw_form_var(credentials, i)) != NULL; i++) {
		is_fine = gw_form_value(expected, var) != NULL || world_fail(world, "there is %s too", var);
	}
	gw_form_free(expected);
	return is_fine;
}

/* --- Questions --- */

struct world_answer {
	struct world_answer *next;
	struct world *world;
	bool is_given, is_seen, is_cancelled;
	const char *text;
};

static void answered(const struct gw_input_result *result, void *data) {
	struct world_answer *answer = data;
	answer->is_given = true;
	answer->is_cancelled = result->is_cancelled;
	answer->text = result->text != NULL ? arena_strdup(&answer->world->arena, result->text) : NULL;
}

static bool ask_for(struct world *world, struct gw_scope *scope, const struct step_input *input) {
	struct world_answer *answer = arena_new(&world->arena, sizeof(*answer));
	struct world_answer **end = &world->answers;
	while (*end != NULL) {
		end = &(*end)->next;
	}
	*end = answer;
	answer->world = world;
	gw_gateway_input(world->gateway, scope, input->values[0],
			input->arguments.count > 1 ? input->values[1] : NULL, answered, answer);
	return true;
}

static bool ask(struct world *world, const struct step_input *input) {
	return ask_for(world, gw_gateway_scope(world->gateway), input);
}

static bool session_asks(struct world *world, const struct step_input *input) {
	struct gw_session *session = world_session(world, input->values[0]);
	return session != NULL && ask_for(world, gw_session_scope(session), input);
}

static struct world_answer *next_answer(struct world *world) {
	struct world_answer *answer = world->answers;
	while (answer != NULL && answer->is_seen) {
		answer = answer->next;
	}
	if (answer == NULL || !answer->is_given) {
		world_fail(world, answer == NULL ? "nothing was asked" : "there is no answer yet");
		return NULL;
	}
	answer->is_seen = true;
	return answer;
}

static bool the_answer_was(struct world *world, const struct step_input *input) {
	const struct world_answer *answer = next_answer(world);
	return answer != NULL && ((answer->text != NULL && glob_match(input->values[0], answer->text)) ||
			world_fail(world, "the answer was “%s”", answer->text != NULL ? answer->text : "(none)"));
}

static bool there_was_no_answer(struct world *world, const struct step_input *input) {
	(void)input;
	const struct world_answer *answer = next_answer(world);
	return answer != NULL && ((answer->text == NULL && !answer->is_cancelled) ||
			world_fail(world, answer->is_cancelled ? "the question was cancelled" : "there was one"));
}

static bool the_question_was_cancelled(struct world *world, const struct step_input *input) {
	(void)input;
	const struct world_answer *answer = next_answer(world);
	return answer != NULL && (answer->is_cancelled || world_fail(world, "it was not cancelled"));
}

static bool the_question_waits(struct world *world, const struct step_input *input) {
	(void)input;
	for (const struct world_answer *answer = world->answers; answer != NULL; answer = answer->next) {
		if (!answer->is_given) {
			return true;
		}
	}
	return world_fail(world, "it does not wait any more");
}

/* --- QR codes --- */

static bool shows_qr(struct world *world, const struct step_input *input) {
	gw_gateway_send_qr(world->gateway, input->values[1], input->values[0]);
	return true;
}

static bool qr_is_confirmed(struct world *world, const struct step_input *input) {
	return gw_gateway_confirm_qr(world->gateway, input->values[0], GW_OK, NULL, NULL) ||
			world_fail(world, "nobody waits for it");
}

static bool qr_is_confirmed_with(struct world *world, const struct step_input *input) {
	struct gw_form *form = scripted_form(input->lines, input->line_count);
	bool is_fine = gw_gateway_confirm_qr(world->gateway, input->values[0], GW_OK, NULL, form);
	gw_form_free(form);
	return is_fine || world_fail(world, "nobody waits for it");
}

static bool qr_is_refused(struct world *world, const struct step_input *input) {
	enum gw_condition condition;
	if (!steps_read_condition(input->values[1], &condition)) {
		return world_fail(world, "“%s” is no condition", input->values[1]);
	}
	return gw_gateway_confirm_qr(world->gateway, input->values[0], condition, input->values[2], NULL) ||
			world_fail(world, "nobody waits for it");
}

static bool qr_is_not_expected(struct world *world, const struct step_input *input) {
	return !gw_gateway_confirm_qr(world->gateway, input->values[0], GW_OK, NULL, NULL) ||
			world_fail(world, "somebody waited for it");
}

const struct step user_steps[] = {
	{ "WORD is registered", STEP_ALONE, STEP_RUNNING, is_registered },
	{ "WORD is registered with", STEP_LINES, STEP_RUNNING, is_registered_with },
	{ "WORD is logged in", STEP_ALONE, STEP_RUNNING, is_logged_in },
	{ "WORD is a contact of WORD", STEP_ALONE, STEP_RUNNING, is_a_contact_of },
	{ "session of WORD is logged in", STEP_ALONE, STEP_RUNNING, session_is_logged_in },
	{ "session of WORD is not logged in", STEP_ALONE, STEP_RUNNING, session_is_not_logged_in },
	{ "gateway knows WORD", STEP_ALONE, STEP_RUNNING, gateway_knows },
	{ "gateway does not know WORD", STEP_ALONE, STEP_RUNNING, gateway_does_not_know },
	{ "the admin deletes WORD", STEP_ALONE, STEP_BEFORE, admin_deletes },
	{ "credentials of WORD are", STEP_LINES, STEP_RUNNING, credentials_are },
	{ "gateway asks WORD TEXT", STEP_ALONE, STEP_RUNNING, ask },
	{ "gateway asks WORD", STEP_ALONE, STEP_RUNNING, ask },
	{ "session of WORD asks TEXT", STEP_ALONE, STEP_RUNNING, session_asks },
	{ "the answer was TEXT", STEP_ALONE, STEP_RUNNING, the_answer_was },
	{ "there was no answer", STEP_ALONE, STEP_RUNNING, there_was_no_answer },
	{ "the question was cancelled", STEP_ALONE, STEP_RUNNING, the_question_was_cancelled },
	{ "the question waits", STEP_ALONE, STEP_RUNNING, the_question_waits },
	{ "gateway shows QR TEXT to WORD", STEP_ALONE, STEP_RUNNING, shows_qr },
	{ "qr of WORD is confirmed", STEP_ALONE, STEP_RUNNING, qr_is_confirmed },
	{ "qr of WORD is confirmed with", STEP_LINES, STEP_RUNNING, qr_is_confirmed_with },
	{ "qr of WORD is refused WORD TEXT", STEP_ALONE, STEP_RUNNING, qr_is_refused },
	{ "qr of WORD is not expected", STEP_ALONE, STEP_RUNNING, qr_is_not_expected },
	{ 0 },
};
