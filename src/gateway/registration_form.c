/* SPDX-License-Identifier: MPL-2.0 */
/* What a user is asked when registering, made of the module's fields and of what is stored already. */
#include "gateway/registration_form.h"

#include <string.h>

static const char keep_text[] = "What you leave empty of your secrets stays as it is.";
static const char no_secret_text[] = " A “-” removes it.";
static const char anew_text[] = " Enter them anew when you change ";
static const char code_title[] = "Confirm your login";
static const char code_instructions[] = "The network has sent you a code. Enter it here.";
static const char qr_instructions[] = "Scan this code with the app of the network, then go on.";

static bool is_secret(const struct gw_form_field *field) {
	return field->var && field->type == GW_FIELD_TEXT_PRIVATE;
}

/* What is stored stands in the fields; secrets do not, and may be left empty. */
static void fill_in(struct arena *arena, struct gw_session *session, struct gw_form_field *fields) {
	const struct gw_form *stored = gw_session_credentials(session);
	form_preset(arena, fields, stored);
	for (size_t i = 0, count = form_field_count(fields); i < count; i++) {
		if (is_secret(&fields[i])) {
			fields[i].value = *gw_form_text(stored, fields[i].var) ? form_kept_secret : NULL;
		}
	}
}

/* “Server”, “Port” */
static const char *binding_labels(struct arena *arena, const struct gw_form_field *fields) {
	const char *labels = "";
	for (size_t i = 0, count = form_field_count(fields); i < count; i++) {
		if (fields[i].binds_secrets) {
			labels = arena_printf(arena, "%s%s“%s”", labels, *labels ? ", " : "", form_field_label(&fields[i]));
		}
	}
	return labels;
}

/* What becomes of secrets that are stored; NULL when there are none. */
static const char *keep_note(struct arena *arena, const struct gw_form_field *fields) {
	bool has_secrets = false, has_optional = false;
	for (size_t i = 0, count = form_field_count(fields); i < count; i++) {
		bool is_kept = form_is_kept_secret(&fields[i]);
		has_secrets = has_secrets || is_kept;
		has_optional = has_optional || (is_kept && !fields[i].required);
	}
	const char *labels = binding_labels(arena, fields);
	return !has_secrets ? NULL : arena_printf(arena, "%s%s%s%s%s", keep_text, has_optional ? no_secret_text : "",
			*labels ? anew_text : "", labels, *labels ? "." : "");
}

struct gw_form_template *registration_form(struct arena *arena, struct gw_gateway *gateway,
		struct gw_session *session) {
	struct gw_form_field *fields = form_fields_copy(arena, gateway_registration_fields(gateway));
	if (session) {
		fill_in(arena, session, fields);
	}
	struct gw_form_template *template = arena_new(arena, sizeof(*template));
	template->title = arena_printf(arena, session ? "Your registration with %s" : "Register with %s",
			gateway_name(gateway));
	template->instructions = gateway_registration_instructions(gateway);
	const char *note = keep_note(arena, fields);
	if (note) {
		template->instructions = arena_printf(arena, "%s\n%s", template->instructions, note);
	}
	template->fields = fields;
	return template;
}

struct gw_form *registration_form_complete(struct arena *arena, struct gw_session *session, const struct gw_form *form,
		struct form_problem *out_problem) {
	const struct gw_form_field *fields = gateway_registration_fields(session->gateway);
	struct gw_form *answers = gw_form_copy(form);
	form_keep_stored(arena, answers, fields, gw_session_credentials(session));
	struct gw_form *whole = form_check(arena, answers, fields, out_problem);
	gw_form_free(answers);
	return whole;
}

struct gw_form_template *registration_code_form(struct arena *arena, struct gw_gateway *gateway, const char *note) {
	static const struct gw_form_field fields[] = {
		{ .var = REGISTRATION_CODE_VAR, .label = "Code", .required = true, .max_bytes = 256 },
		{ 0 },
	};
	const struct gw_module *module = gateway->module;
	const char *instructions = module->two_factor_instructions ? module->two_factor_instructions : code_instructions;
	struct gw_form_template *template = arena_new(arena, sizeof(*template));
	template->title = module->two_factor_title ? module->two_factor_title : code_title;
	template->instructions = note ? arena_printf(arena, "%s\n%s", note, instructions) : instructions;
	template->fields = fields;
	return template;
}

struct gw_form_template *registration_qr_form(struct arena *arena, struct gw_gateway *gateway, const char *qr_text,
		const char *image_url) {
	struct gw_form_field *fields = arena_new(arena, 4 * sizeof(*fields)), *next = fields;
	qr_text = arena_strdup(arena, qr_text);
	image_url = arena_strdup(arena, image_url);
	if (image_url) {
		*next++ = (struct gw_form_field){
			.var = "qr_img",
			.type = GW_FIELD_FIXED,
			.value = qr_text,
			.image_url = image_url,
		};
	}
	*next++ = (struct gw_form_field){
		.var = "qr_text",
		.label = "Text of the code",
		.type = GW_FIELD_FIXED,
		.value = qr_text,
	};
	if (image_url) {
		*next = (struct gw_form_field){
			.var = "qr_img_url",
			.label = "Picture of the code",
			.type = GW_FIELD_FIXED,
			.value = image_url,
		};
	}
	struct gw_form_template *template = arena_new(arena, sizeof(*template));
	template->title = arena_printf(arena, "Register with %s", gateway_name(gateway));
	template->instructions = gateway->module->qr_instructions ? gateway->module->qr_instructions : qr_instructions;
	template->fields = fields;
	return template;
}
