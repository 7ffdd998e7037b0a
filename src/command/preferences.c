/* SPDX-License-Identifier: MPL-2.0 */
/* The command `preferences` (row C28). */
#include "command/preferences.h"

#include "codec/form.h"
#include "command/builtin.h"
#include "command/run.h"
#include "gateway/deliveries.h"
#include "util/mem.h"

#include <string.h>

/* Who has just come need not know yet that networks can be away. */
static void leave_out_details(struct gw_form_field *fields) {
	struct gw_form_field *kept = fields;
	for (size_t i = 0, count = form_field_count(fields); i < count; i++) {
		if (!fields[i].var || strcmp(fields[i].var, "keep_messages") != 0) {
			*kept++ = fields[i];
		}
	}
	*kept = (struct gw_form_field){ 0 };
}

struct gw_form_template *preferences_form(struct arena *arena, struct gw_session *session, bool is_first_time) {
	struct gw_form_field *fields = form_fields_copy(arena, gateway_preference_fields(session->gateway));
	if (is_first_time) {
		leave_out_details(fields);
	}
	if (form_field_count(fields) == 0) {
		return NULL;
	}
	form_preset(arena, fields, gw_session_preferences(session));
	struct gw_form_template *template = arena_new(arena, sizeof(*template));
	template->title = "Preferences";
	template->instructions = "How would you like this gateway to behave?";
	template->fields = fields;
	return template;
}

void preferences_set(struct gw_session *session, const struct gw_form *form) {
	const struct gw_form *before = gw_session_preferences(session);
	struct arena arena = { 0 };
	const char *text = form_serialize(&arena, form);
	mem_set_string(&session->preferences, text);
	store_user_set_preferences(session->gateway->store, session->id, text);
	arena_finish(&arena);
	deliveries_preferences_changed(session);
	if (session->gateway->module->on_preferences) {
		session->gateway->module->on_preferences(session, before, gw_session_preferences(session));
	}
}

static void submitted(struct gw_request *req, struct gw_command_run *run, const struct gw_form *form) {
	struct gw_session *session = gw_command_session(run);
	gw_request_ok_text(req, "Your preferences are stored.");
	preferences_set(session, form);
}

static void ask(struct gw_request *req, struct gw_command_run *run) {
	gw_command_ask(req, preferences_form(run_arena(run), gw_command_session(run), false), submitted);
}

const struct gw_command command_preferences = {
	.keyword = "preferences",
	.title = "Preferences",
	.help = "How the gateway should behave, for instance whether it shows your presence on the network.",
	.access = GW_ACCESS_USER,
	.run = ask,
};
