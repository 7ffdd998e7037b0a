/* SPDX-License-Identifier: MPL-2.0 */
/* How the gateway and its scripted module are set up: what stands at the beginning of a scenario. */
#include "steps.h"

#include "scripted.h"
#include "util/mem.h"
#include "util/text.h"

#include <string.h>

enum { FIELD_MAX_OPTIONS = 16 };

/* --- The gateway --- */

static bool no_roster_push(struct world *world, const struct step_input *input) {
	(void)input;
	world->options.no_roster_push = true;
	return true;
}

static bool no_subscription_fallback(struct world *world, const struct step_input *input) {
	(void)input;
	world->options.no_subscription_fallback = true;
	return true;
}

static bool no_correction_as_retraction(struct world *world, const struct step_input *input) {
	(void)input;
	world->options.no_correction_empty_body_as_retraction = true;
	return true;
}

static bool retraction_workaround(struct world *world, const struct step_input *input) {
	(void)input;
	world->options.last_message_correction_retraction_workaround = true;
	return true;
}

static bool last_seen_fallback(struct world *world, const struct step_input *input) {
	(void)input;
	world->options.last_seen_fallback = true;
	return true;
}

static bool set_names(struct world *world, const char **names, const struct step_input *input) {
	size_t count = input->arguments.rest_count;
	if (count > WORLD_MAX_NAMES) {
		return world_fail(world, "more than %d are too many", WORLD_MAX_NAMES);
	}
	for (size_t i = 0; i < count; i++) {
		names[i] = input->arguments.rest[i].text;
	}
	names[count] = NULL;
	return true;
}

static bool user_domains(struct world *world, const struct step_input *input) {
	return set_names(world, world->user_domains, input);
}

static bool admins(struct world *world, const struct step_input *input) {
	return set_names(world, world->admins, input);
}

static bool logins_at_once(struct world *world, const struct step_input *input) {
	world->options.logins_at_once = (unsigned)input->arguments.number;
	return true;
}

static bool journal_bytes(struct world *world, const struct step_input *input) {
	world->options.journal_max_bytes = (uint64_t)input->arguments.number;
	return true;
}

static bool journal_reserve_bytes(struct world *world, const struct step_input *input) {
	world->options.journal_reserve_bytes = (uint64_t)input->arguments.number;
	return true;
}

static bool asked_logins(struct world *world, const struct step_input *input) {
	world->options.asked_logins = (unsigned)input->arguments.number;
	return true;
}

static bool remembered_messages(struct world *world, const struct step_input *input) {
	world->options.remembered_messages = (unsigned)input->arguments.number;
	return true;
}

static bool upload_service(struct world *world, const struct step_input *input) {
	world->options.upload_service = input->values[0];
	return true;
}

static bool upload_requester(struct world *world, const struct step_input *input) {
	world->options.upload_requester = input->values[0];
	return true;
}

static bool set_timeout(struct world *world, const struct step_input *input) {
	struct gateway_options *options = &world->options;
	const struct {
		const char *name;
		int64_t *slot_ms;
	} timeouts[] = {
		{ "request-timeout", &options->request_timeout_ms },
		{ "input-timeout", &options->input_timeout_ms },
		{ "qr-timeout", &options->qr_timeout_ms },
		{ "partial-registration-timeout", &options->partial_registration_timeout_ms },
		{ "command-timeout", &options->command_timeout_ms },
		{ "delay-threshold", &options->delay_threshold_ms },
		{ "keep-messages", &options->keep_messages_ms },
	};
	for (size_t i = 0; i < ARRAY_LENGTH(timeouts); i++) {
		if (strcmp(timeouts[i].name, input->values[0]) == 0) {
			return steps_read_duration(input->arguments.number, input->values[2], timeouts[i].slot_ms) ||
					world_fail(world, "“%s” is no unit of time", input->values[2]);
		}
	}
	return world_fail(world, "there is no option “%s”", input->values[0]);
}

static bool module_option(struct world *world, const struct step_input *input) {
	size_t at = 0;
	while (world->module_options[at] != NULL) {
		at += 2;
	}
	if (at >= 2 * WORLD_MAX_NAMES) {
		return world_fail(world, "more than %d are too many", WORLD_MAX_NAMES);
	}
	world->module_options[at] = input->values[0];
	world->module_options[at + 1] = input->values[1];
	return true;
}

static bool keep_store(struct world *world, const struct step_input *input) {
	(void)input;
	world_keep_store(world);
	return true;
}

/* --- The module --- */

static bool registration_type(struct world *world, const struct step_input *input) {
	const struct {
		const char *name;
		enum gw_registration_type type;
	} types[] = {
		{ "single-step", GW_REGISTRATION_SINGLE_STEP_FORM },
		{ "two-factor", GW_REGISTRATION_TWO_FACTOR_CODE },
		{ "qr", GW_REGISTRATION_QRCODE },
	};
	for (size_t i = 0; i < ARRAY_LENGTH(types); i++) {
		if (strcmp(types[i].name, input->values[0]) == 0) {
			world->module.registration_type = types[i].type;
			return true;
		}
	}
	return world_fail(world, "registration is single-step, two-factor or qr");
}

static bool has_no(struct world *world, const struct step_input *input) {
	return scripted_remove_callback(&world->module, input->values[0]) ||
			world_fail(world, "a module has no “%s” that it could lack", input->values[0]);
}

static bool recognises_messages(struct world *world, const struct step_input *input) {
	(void)input;
	world->module.recognises_messages = true;
	return true;
}

static bool takes_messages_at_once(struct world *world, const struct step_input *input) {
	world->module.messages_at_once = (unsigned)input->arguments.number;
	return true;
}

static bool marks_all_messages(struct world *world, const struct step_input *input) {
	(void)input;
	world->module.mark_all_messages = true;
	return true;
}

static bool has_proper_receipts(struct world *world, const struct step_input *input) {
	(void)input;
	world->module.proper_receipts = true;
	return true;
}

static bool tells_last_seen(struct world *world, const struct step_input *input) {
	(void)input;
	world->module.tells_last_seen = true;
	return true;
}

/* A text of the module's, by the name of the member. */
static bool has_text(struct world *world, const struct step_input *input) {
	struct gw_module *module = &world->module;
	const struct {
		const char *name;
		const char **slot;
	} texts[] = {
		{ "component_name", &module->component_name },
		{ "component_type", &module->component_type },
		{ "version", &module->version },
		{ "roster_group", &module->roster_group },
		{ "welcome_message", &module->welcome_message },
		{ "registration_instructions", &module->registration_instructions },
		{ "two_factor_title", &module->two_factor_title },
		{ "two_factor_instructions", &module->two_factor_instructions },
		{ "qr_instructions", &module->qr_instructions },
		{ "search_title", &module->search_title },
		{ "search_instructions", &module->search_instructions },
	};
	for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
		if (strcmp(texts[i].name, input->values[0]) == 0) {
			*texts[i].slot = input->values[1];
			return true;
		}
	}
	return world_fail(world, "a module has no text “%s”", input->values[0]);
}

/* One black pixel, as PNG. */
static const unsigned char picture[] = {
	0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d,
	0x49, 0x48, 0x44, 0x52, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01,
	0x08, 0x00, 0x00, 0x00, 0x00, 0x3a, 0x7e, 0x9b, 0x55, 0x00, 0x00, 0x00,
	0x0a, 0x49, 0x44, 0x41, 0x54, 0x78, 0xda, 0x63, 0x60, 0x00, 0x00, 0x00,
	0x02, 0x00, 0x01, 0xe5, 0x27, 0xde, 0xfc, 0x00, 0x00, 0x00, 0x00, 0x49,
	0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
};

static bool has_a_picture(struct world *world, const struct step_input *input) {
	(void)input;
	world->module.component_avatar = (struct gw_picture){ .bytes = picture, .size = sizeof(picture) };
	return true;
}

static bool knows_only(struct world *world, const struct step_input *input) {
	scripted_know_only(world->scripted, &world->module, input->arguments.rest, input->arguments.rest_count);
	return true;
}

/* --- Fields: username "User name" required private value "romeo" option a "The letter a"; - - fixed value "Hello" --- */

static bool set_type(struct gw_form_field *field, const char *word) {
	static const struct {
		const char *name;
		enum gw_field_type type;
	} types[] = {
		{ "private", GW_FIELD_TEXT_PRIVATE }, { "multi", GW_FIELD_TEXT_MULTI }, { "boolean", GW_FIELD_BOOLEAN },
		{ "list", GW_FIELD_LIST_SINGLE }, { "list-multi", GW_FIELD_LIST_MULTI }, { "jid", GW_FIELD_JID_SINGLE },
		{ "jid-multi", GW_FIELD_JID_MULTI }, { "fixed", GW_FIELD_FIXED }, { "hidden", GW_FIELD_HIDDEN },
	};
	for (size_t i = 0; i < ARRAY_LENGTH(types); i++) {
		if (strcmp(types[i].name, word) == 0) {
			field->type = types[i].type;
			return true;
		}
	}
	return false;
}

static bool set_datatype(struct gw_form_field *field, const char *word) {
	static const struct {
		const char *name;
		enum gw_field_datatype datatype;
	} types[] = {
		{ "integer", GW_DATATYPE_INTEGER }, { "decimal", GW_DATATYPE_DECIMAL }, { "date", GW_DATATYPE_DATE },
		{ "datetime", GW_DATATYPE_DATETIME }, { "time", GW_DATATYPE_TIME }, { "uri", GW_DATATYPE_URI },
		{ "language", GW_DATATYPE_LANGUAGE },
	};
	for (size_t i = 0; i < ARRAY_LENGTH(types); i++) {
		if (strcmp(types[i].name, word) == 0) {
			field->datatype = types[i].datatype;
			return true;
		}
	}
	return false;
}

static bool set_flag(struct gw_form_field *field, const char *word) {
	if (strcmp(word, "required") == 0) {
		field->required = true;
	} else if (strcmp(word, "open") == 0) {
		field->open = true;
	} else if (strcmp(word, "binds-secrets") == 0) {
		field->binds_secrets = true;
	} else {
		return set_type(field, word) || set_datatype(field, word);
	}
	return true;
}

/* A word that is followed by its value. */
static bool set_value(struct gw_form_field *field, const char *word, const char *value) {
	int64_t number;
	if (strcmp(word, "value") == 0) {
		field->value = value;
	} else if (strcmp(word, "description") == 0) {
		field->description = value;
	} else if (strcmp(word, "pattern") == 0) {
		field->pattern = value;
	} else if (strcmp(word, "min") == 0) {
		field->min = value;
	} else if (strcmp(word, "max") == 0) {
		field->max = value;
	} else if (strcmp(word, "max-bytes") == 0 && text_read_integer(value, 1, INT32_MAX, &number)) {
		field->max_bytes = (size_t)number;
	} else {
		return false;
	}
	return true;
}

static bool add_option(struct world *world, struct gw_form_field *field, struct gw_form_option **options,
		const struct script_word *words) {
	if (*options == NULL) {
		*options = arena_new(&world->arena, (FIELD_MAX_OPTIONS + 1) * sizeof(**options));
		field->options = *options;
	}
	size_t count = 0;
	while ((*options)[count].value != NULL) {
		count++;
	}
	if (count == FIELD_MAX_OPTIONS) {
		return false;
	}
	(*options)[count] = (struct gw_form_option){ .value = words[1].text, .label = words[2].text };
	return true;
}

static const char *unless_dash(const char *word) {
	return strcmp(word, "-") == 0 ? NULL : word;
}

static bool read_field(struct world *world, const char *line, struct gw_form_field *out) {
	struct script_word words[SCRIPT_MAX_WORDS];
	size_t count;
	if (!script_words(&world->arena, line, words, &count) || count < 2) {
		return world_fail(world, "a field is: name \"Label\" and what else is to be said of it");
	}
	struct gw_form_option *options = NULL;
	*out = (struct gw_form_field){ .var = unless_dash(words[0].text), .label = unless_dash(words[1].text) };
	for (size_t i = 2; i < count; i++) {
		if (set_flag(out, words[i].text)) {
			continue;
		}
		if (i + 2 < count && strcmp(words[i].text, "option") == 0 &&
				add_option(world, out, &options, &words[i])) {
			i += 2;
		} else if (i + 1 < count && set_value(out, words[i].text, words[i + 1].text)) {
			i++;
		} else {
			return world_fail(world, "“%s” cannot be said of a field", words[i].text);
		}
	}
	return true;
}

bool steps_read_fields(struct world *world, const struct step_input *input, const struct gw_form_field **out_fields) {
	struct gw_form_field *fields = arena_new(&world->arena, (input->line_count + 1) * sizeof(*fields));
	for (size_t i = 0; i < input->line_count; i++) {
		if (!read_field(world, input->lines[i], &fields[i])) {
			return false;
		}
	}
	*out_fields = fields;
	return true;
}

static bool has_fields(struct world *world, const struct step_input *input) {
	const struct gw_form_field *fields;
	if (!steps_read_fields(world, input, &fields)) {
		return false;
	}
	if (strcmp(input->values[0], "registration") == 0) {
		world->module.registration_fields = fields;
	} else if (strcmp(input->values[0], "search") == 0) {
		world->module.search_fields = fields;
	} else if (strcmp(input->values[0], "preference") == 0) {
		world->module.preferences = fields;
	} else {
		return world_fail(world, "a module has registration, search and preference fields");
	}
	return true;
}

static bool asks_nothing(struct world *world, const struct step_input *input) {
	(void)input;
	world->module.registration_fields = arena_new(&world->arena, sizeof(struct gw_form_field));
	return true;
}

const struct step option_steps[] = {
	{ "option no-roster-push", STEP_ALONE, STEP_BEFORE, no_roster_push },
	{ "option no-subscription-fallback", STEP_ALONE, STEP_BEFORE, no_subscription_fallback },
	{ "option no-correction-empty-body-as-retraction", STEP_ALONE, STEP_BEFORE, no_correction_as_retraction },
	{ "option last-message-correction-retraction-workaround", STEP_ALONE, STEP_BEFORE, retraction_workaround },
	{ "option last-seen-fallback", STEP_ALONE, STEP_BEFORE, last_seen_fallback },
	{ "option user-domains REST", STEP_ALONE, STEP_BEFORE, user_domains },
	{ "admin REST", STEP_ALONE, STEP_BEFORE, admins },
	{ "option logins-at-once NUMBER", STEP_ALONE, STEP_BEFORE, logins_at_once },
	{ "option journal-bytes NUMBER", STEP_ALONE, STEP_BEFORE, journal_bytes },
	{ "option journal-reserve-bytes NUMBER", STEP_ALONE, STEP_BEFORE, journal_reserve_bytes },
	{ "option asked-logins NUMBER", STEP_ALONE, STEP_BEFORE, asked_logins },
	{ "option remembered-messages NUMBER", STEP_ALONE, STEP_BEFORE, remembered_messages },
	{ "option upload-service WORD", STEP_ALONE, STEP_BEFORE, upload_service },
	{ "option upload-requester WORD", STEP_ALONE, STEP_BEFORE, upload_requester },
	{ "option WORD NUMBER WORD", STEP_ALONE, STEP_BEFORE, set_timeout },
	{ "the store is kept", STEP_ALONE, STEP_BEFORE, keep_store },
	{ "module option WORD TEXT", STEP_ALONE, STEP_BEFORE, module_option },
	{ "module WORD fields", STEP_LINES, STEP_BEFORE, has_fields },
	{ "module registration WORD", STEP_ALONE, STEP_BEFORE, registration_type },
	{ "module asks nothing to register", STEP_ALONE, STEP_BEFORE, asks_nothing },
	{ "module has no WORD", STEP_ALONE, STEP_BEFORE, has_no },
	{ "module has WORD TEXT", STEP_ALONE, STEP_BEFORE, has_text },
	{ "module takes NUMBER messages at once", STEP_ALONE, STEP_BEFORE, takes_messages_at_once },
	{ "module recognises messages", STEP_ALONE, STEP_BEFORE, recognises_messages },
	{ "module marks all messages", STEP_ALONE, STEP_BEFORE, marks_all_messages },
	{ "module has proper receipts", STEP_ALONE, STEP_BEFORE, has_proper_receipts },
	{ "module tells last seen", STEP_ALONE, STEP_BEFORE, tells_last_seen },
	{ "module has a picture", STEP_ALONE, STEP_BEFORE, has_a_picture },
	{ "module knows only REST", STEP_ALONE, STEP_BEFORE, knows_only },
	{ 0 },
};
