/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The commands `register` (rows B8 to B11, C21) and `credentials`: form, then the code or the QR code if the network wants
 * one, then the preferences of a new user.
 */
#include "command/builtin.h"
#include "command/preferences.h"
#include "command/run.h"
#include "gateway/attachment.h"
#include "gateway/registration.h"
#include "gateway/registration_form.h"
#include "util/mem.h"

#include <stdlib.h>

static const char registered_text[] = "You are registered. I am logging you in now.";
static const char changed_text[] = "Your login is changed. I am logging you in with it now.";
static const char preferences_note[] = "You are registered. One last question: how would you like this gateway to behave?";

/* Of each run. */
struct registering {
	bool is_new;
	struct gw_command_run *run;
	struct scope_item on_run_end, on_registration_end; /* while the registration waits for its code */
};

/* What a step of the registration has to answer. */
struct step {
	struct gw_request *req;
	struct gw_command_run *run;
};

static void form_submitted(struct gw_request *req, struct gw_command_run *run, const struct gw_form *form);
static void code_submitted(struct gw_request *req, struct gw_command_run *run, const struct gw_form *form);
static void qr_shown(const char *image_url, void *data);
static void qr_submitted(struct gw_request *req, struct gw_command_run *run, const struct gw_form *form);
static void preferences_submitted(struct gw_request *req, struct gw_command_run *run, const struct gw_form *form);
static void stepped(const struct registration_result *result, void *data);

static void ask_form(struct gw_request *req, struct gw_command_run *run) {
	gw_command_ask(req, registration_form(run_arena(run), gw_command_gateway(run), gw_command_session(run)),
			form_submitted);
}

static struct step *step_new(struct gw_request *req, struct gw_command_run *run) {
	struct step *step = mem_new(sizeof(*step));
	step->req = req;
	step->run = run;
	return step;
}

static void form_submitted(struct gw_request *req, struct gw_command_run *run, const struct gw_form *form) {
	struct gw_session *session = gw_command_session(run);
	struct form_problem problem;
	struct gw_form *whole = session ? registration_form_complete(run_arena(run), session, form, &problem) :
			gw_form_copy(form);
	if (!whole) {
		gw_request_fail(req, problem.condition, problem.text);
		return;
	}
	registration_submit(gw_command_gateway(run), gw_request_scope(req), gw_command_asker(run), whole, stepped,
			step_new(req, run));
	gw_form_free(whole);
}

static void code_submitted(struct gw_request *req, struct gw_command_run *run, const struct gw_form *form) {
	registration_submit_code(gw_command_gateway(run), gw_request_scope(req), gw_command_asker(run),
			gw_form_text(form, REGISTRATION_CODE_VAR), stepped, step_new(req, run));
}

static void qr_submitted(struct gw_request *req, struct gw_command_run *run, const struct gw_form *form) {
	(void)form;
	registration_await_qr(gw_command_gateway(run), gw_request_scope(req), gw_command_asker(run), stepped,
			step_new(req, run));
}

/* The picture goes into the chat too, for clients that do not show one in a form. */
static void show_qr(struct gw_request *req, struct gw_command_run *run, const char *text) {
	attachment_send_qr(gw_command_gateway(run), gw_command_asker(run)->full, text, qr_shown, step_new(req, run));
}

static void qr_shown(const char *image_url, void *data) {
	struct step step = *(struct step *)data;
	free(data);
	struct gw_gateway *gateway = gw_command_gateway(step.run);
	const char *text = registration_show_qr(gateway, gw_command_asker(step.run)->bare);
	if (text) {
		run_bar_way_back(step.run);
		gw_command_ask(step.req, registration_qr_form(run_arena(step.run), gateway, text, image_url), qr_submitted);
	} else {
		gw_request_fail(step.req, GW_REMOTE_SERVER_TIMEOUT, "The QR code is not valid any more. Please start again.");
	}
}

/* A wrong code can be typed again, as long as the registration waits for it. */
static void refused(struct gw_request *req, struct gw_command_run *run, const struct registration_result *result) {
	struct gw_gateway *gateway = gw_command_gateway(run);
	if (!result->is_cancelled &&
			registration_pending(gateway, gw_command_asker(run)->bare) == REGISTRATION_NEEDS_CODE) {
		run_bar_way_back(run);
		gw_command_ask(req, registration_code_form(run_arena(run), gateway, result->text), code_submitted);
	} else {
		gw_request_fail(req, result->condition, result->text);
	}
}

/* A new user is asked for preferences last; the registration does not depend on the answer. */
static void finish(struct gw_request *req, struct gw_command_run *run) {
	struct gw_session *session = gw_command_session(run);
	bool is_new = ((struct registering *)gw_command_data(run))->is_new;
	struct gw_form_template *template = is_new && session ? preferences_form(run_arena(run), session, true) : NULL;
	if (!template) {
		gw_request_ok_text(req, is_new ? registered_text : changed_text);
		return;
	}
	template->instructions = preferences_note;
	run_bar_way_back(run);
	gw_command_ask(req, template, preferences_submitted);
}

/* Whoever does not go on begins anew the next time, by whichever way. */
static void handle_run_end(struct scope_item *item) {
	struct registering *registering = container_of(item, struct registering, on_run_end);
	scope_remove(&registering->on_registration_end);
	registration_abandon(gw_command_gateway(registering->run), gw_command_asker(registering->run)->bare);
}

/* The code that the run asks for is none any more: it was too late, or given in another way. */
static void handle_registration_end(struct scope_item *item) {
	struct registering *registering = container_of(item, struct registering, on_registration_end);
	scope_remove(&registering->on_run_end);
	if (!run_is_busy(registering->run)) {
		run_cancel(registering->run);
	}
}

static void watch(struct gw_command_run *run) {
	struct registering *registering = gw_command_data(run);
	struct gw_gateway *gateway = gw_command_gateway(run);
	const char *asker = gw_command_asker(run)->bare;
	registering->run = run;
	scope_remove(&registering->on_run_end);
	scope_remove(&registering->on_registration_end);
	if (registration_pending(gateway, asker) != REGISTRATION_REFUSED && scope_is_open(run_scope(run))) {
		scope_add(run_scope(run), &registering->on_run_end, handle_run_end);
		scope_add(registration_scope(gateway, asker), &registering->on_registration_end, handle_registration_end);
	}
}

static void stepped(const struct registration_result *result, void *data) {
	struct step step = *(struct step *)data;
	free(data);
	watch(step.run);
	switch (result->step) {
	case REGISTRATION_REFUSED:
		refused(step.req, step.run, result);
		break;
	case REGISTRATION_NEEDS_CODE:
		gw_command_ask(step.req, registration_code_form(run_arena(step.run), gw_command_gateway(step.run), NULL),
				code_submitted);
		break;
	case REGISTRATION_NEEDS_QR:
		show_qr(step.req, step.run, result->text);
		break;
	case REGISTRATION_DONE:
		finish(step.req, step.run);
		break;
	}
}

static void preferences_submitted(struct gw_request *req, struct gw_command_run *run, const struct gw_form *form) {
	struct gw_session *session = gw_command_session(run);
	gw_request_ok_text(req, registered_text);
	if (session) {
		preferences_set(session, form);
	}
}

static void run_register(struct gw_request *req, struct gw_command_run *run) {
	struct registering *registering = gw_command_data(run);
	registering->is_new = true;
	ask_form(req, run);
}

const struct gw_command command_register = {
	.keyword = "register",
	.node = "jabber:iq:register",
	.title = "Register",
	.help = "Connects your account on the network with your XMPP address.",
	.access = GW_ACCESS_NON_USER,
	.run = run_register,
	.data_size = sizeof(struct registering),
};

const struct gw_command command_credentials = {
	.keyword = "credentials",
	.title = "Change your login",
	.help = "Changes what you registered with, for instance your password on the network.",
	.access = GW_ACCESS_USER,
	.run = ask_form,
	.data_size = sizeof(struct registering),
};
