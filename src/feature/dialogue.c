/* SPDX-License-Identifier: MPL-2.0 */
/* From steps of a command to sentences, and from what the user types to answers (rows C12 to C15). */
#include "feature/dialogue.h"

#include "codec/form.h"
#include "gateway/prompt.h"
#include "util/mem.h"
#include "util/strbuf.h"
#include "util/text.h"

#include <stdlib.h>
#include <string.h>

enum { QUESTION_MAX_BYTES = 32 * 1024 };

static const char yes_or_no_text[] = "yes or no? (or “abort”)";
static const char go_on_text[] = "Write “ok” to go on, or “abort”.";
static const char private_text[] = "(Your answer will stand in the history of this chat; you may want to delete it there.)";
static const char several_text[] = "(You may give several, one a line.)";

struct dialogue {
	struct gw_gateway *gateway;
	char *jid; /* bare */

	/* The form that is being filled in. */
	struct gw_command_run *run;
	const struct gw_form_template *template;
	size_t next; /* field */
	bool has_questions;
	struct gw_form *answers;
};

static void stepped(const struct run_step *step, void *data);
static void ask_next(struct dialogue *dialogue);
static void typed(const struct gw_input_result *result, void *data);
static void went_on(const struct gw_input_result *result, void *data);
static void confirmed(const struct gw_input_result *result, void *data);

void dialogue_start(struct gw_gateway *gateway, const struct gw_command *command, const struct gw_jid *asker,
		const char *arguments) {
	struct dialogue *dialogue = mem_new(sizeof(*dialogue));
	dialogue->gateway = gateway;
	dialogue->jid = mem_strdup(asker->bare);
	run_start(gateway->runs, command, asker, arguments, stepped, dialogue);
}

static void dialogue_free(struct dialogue *dialogue) {
	gw_form_free(dialogue->answers);
	free(dialogue->jid);
	free(dialogue);
}

static void tell(const struct dialogue *dialogue, const char *text) {
	if (text && *text) {
		gateway_tell(dialogue->gateway, dialogue->jid, text);
	}
}

/* A question of this dialogue: it goes with the run. */
static void ask(struct dialogue *dialogue, const char *text,
		void (*answered)(const struct gw_input_result *result, void *data)) {
	prompt_ask(dialogue->gateway, run_scope(dialogue->run), dialogue->jid, text, 0, answered, dialogue);
}

/*
 * No answer: the run is over, or is over now because the user does not go on; the prompt has said so. Returns whether that
 * was it.
 */
static bool has_left(struct dialogue *dialogue, const struct gw_input_result *result) {
	if (result->text) {
		return false;
	}
	if (!result->is_cancelled) {
		run_cancel(dialogue->run);
	}
	dialogue_free(dialogue);
	return true;
}

/* --- Steps --- */

static void begin_form(struct dialogue *dialogue, const struct run_step *step) {
	dialogue->template = step->template;
	dialogue->next = 0;
	dialogue->has_questions = false;
	gw_form_free(dialogue->answers);
	dialogue->answers = gw_form_new();
	tell(dialogue, step->template->title);
	tell(dialogue, step->template->instructions);
	ask_next(dialogue);
}

static void ask_confirmation(struct dialogue *dialogue, const char *prompt) {
	struct arena arena = { 0 };
	ask(dialogue, arena_printf(&arena, "%s\n%s", prompt, yes_or_no_text), confirmed);
	arena_finish(&arena);
}

static void show_result(struct dialogue *dialogue, const struct run_step *step) {
	struct arena arena = { 0 };
	tell(dialogue, step->table ? table_to_text(&arena, step->table) : step->text);
	arena_finish(&arena);
	dialogue_free(dialogue);
}

static void stepped(const struct run_step *step, void *data) {
	struct dialogue *dialogue = data;
	dialogue->run = step->run;
	switch (step->state) {
	case RUN_FORM:
		begin_form(dialogue, step);
		break;
	case RUN_CONFIRMATION:
		ask_confirmation(dialogue, step->prompt);
		break;
	case RUN_DONE:
		show_result(dialogue, step);
		break;
	case RUN_FAILED:
		if (!step->is_cancelled) {
			tell(dialogue, step->text);
		}
		dialogue_free(dialogue);
		break;
	}
}

/* Row C15 */
static void confirmed(const struct gw_input_result *result, void *data) {
	struct dialogue *dialogue = data;
	if (!has_left(dialogue, result)) {
		char first = text_lower(result->text[strspn(result->text, " \t\r\n")]);
		run_confirm(dialogue->run, first == 'y', stepped, dialogue);
	}
}

/* --- Questions --- */

/*
 * The field that is asked now. A secret is kept only as long as what it is bound to; the fields before it have been answered,
 * and say so.
 */
static struct gw_form_field present_field(const struct dialogue *dialogue, struct arena *arena) {
	const struct gw_form_field *fields = dialogue->template->fields;
	struct gw_form_field field = fields[dialogue->next];
	if (form_is_kept_secret(&field) && !form_keeps_secrets(arena, fields, dialogue->answers)) {
		field.value = NULL;
	}
	return field;
}

static bool has_preset(const struct gw_form_field *field) {
	return field->value && *field->value && field->type != GW_FIELD_TEXT_PRIVATE;
}

/* "Juliet: xmpp:irc.example.org?message;body=juliet": something to click instead of typing (XEP-0147). */
static void add_choice(struct strbuf *out, struct arena *arena, const struct dialogue *dialogue, const char *label,
		const char *value) {
	strbuf_printf(out, "\n%s: xmpp:%s?message;body=%s", label, dialogue->gateway->jid.bare,
			text_percent_encode(arena, value));
}

static void add_choices(struct strbuf *out, struct arena *arena, const struct dialogue *dialogue,
		const struct gw_form_field *field) {
	for (const struct gw_form_option *option = field->options; option && option->value; option++) {
		add_choice(out, arena, dialogue, option->label ? option->label : option->value, option->value);
	}
	if (field->type == GW_FIELD_BOOLEAN) {
		add_choice(out, arena, dialogue, "Yes", "yes");
		add_choice(out, arena, dialogue, "No", "no");
	}
}

static const char *option_label(const struct gw_form_field *field, const char *value) {
	for (const struct gw_form_option *option = field->options; option && option->value; option++) {
		if (option->label && strcmp(option->value, value) == 0) {
			return option->label;
		}
	}
	return value;
}

/* What stands there already, in the words that the user reads: "yes"; "Monday, Tuesday". */
static const char *preset_text(struct arena *arena, const struct gw_form_field *field) {
	bool value;
	if (field->type == GW_FIELD_BOOLEAN && text_read_boolean(field->value, &value)) {
		return value ? "yes" : "no";
	}
	if (!form_field_takes_several(field)) {
		return option_label(field, field->value);
	}
	struct strbuf out;
	strbuf_init(&out, QUESTION_MAX_BYTES);
	for (const char *line = field->value; *line;) {
		size_t size = strcspn(line, "\n");
		strbuf_printf(&out, "%s%s", out.size > 0 ? ", " : "", option_label(field, arena_strndup(arena, line, size)));
		line += size + (line[size] != '\0');
	}
	const char *text = arena_strndup(arena, out.bytes, out.size);
	strbuf_finish(&out);
	return text;
}

/* "Port? (“ok” for 6697, “-” for none, or “abort”)" */
static void add_prompt(struct strbuf *out, struct arena *arena, const struct gw_form_field *field) {
	strbuf_printf(out, "\n%s? (", form_field_label(field));
	if (form_is_kept_secret(field)) {
		strbuf_add_text(out, "“ok” for the one there is, ");
	} else if (has_preset(field)) {
		strbuf_printf(out, "“ok” for %s, ", preset_text(arena, field));
	}
	if (!field->required && field->type != GW_FIELD_BOOLEAN) {
		strbuf_add_text(out, "“-” for none, ");
	}
	strbuf_add_text(out, "or “abort”)");
}

static const char *question(struct arena *arena, const struct dialogue *dialogue, const struct gw_form_field *field) {
	struct strbuf out;
	strbuf_init(&out, QUESTION_MAX_BYTES);
	if (field->description) {
		strbuf_printf(&out, "\n%s", field->description);
	}
	if (form_field_takes_several(field)) {
		strbuf_printf(&out, "\n%s", several_text);
	}
	if (field->type == GW_FIELD_TEXT_PRIVATE) {
		strbuf_printf(&out, "\n%s", private_text);
	}
	add_choices(&out, arena, dialogue, field);
	add_prompt(&out, arena, field);
	const char *text = arena_strndup(arena, out.bytes + 1, out.size - 1);
	strbuf_finish(&out);
	return text;
}

static void show_fixed(const struct dialogue *dialogue, const struct gw_form_field *field) {
	struct arena arena = { 0 };
	if (field->value) {
		tell(dialogue, field->label ? arena_printf(&arena, "%s: %s", field->label, field->value) : field->value);
	}
	arena_finish(&arena);
}

static void submit(struct dialogue *dialogue);

/* The next question; what is none is shown or carried along. */
static void ask_next(struct dialogue *dialogue) {
	const struct gw_form_field *fields = dialogue->template->fields;
	size_t count = form_field_count(fields);
	for (; dialogue->next < count; dialogue->next++) {
		const struct gw_form_field *field = &fields[dialogue->next];
		if (field->type == GW_FIELD_FIXED) {
			show_fixed(dialogue, field);
		} else if (field->type == GW_FIELD_HIDDEN) {
			gw_form_set(dialogue->answers, field->var, field->value);
		} else {
			struct arena arena = { 0 };
			struct gw_form_field present = present_field(dialogue, &arena);
			dialogue->has_questions = true;
			ask(dialogue, question(&arena, dialogue, &present), typed);
			arena_finish(&arena);
			return;
		}
	}
	if (dialogue->has_questions) {
		submit(dialogue);
	} else {
		ask(dialogue, go_on_text, went_on);
	}
}

static void went_on(const struct gw_input_result *result, void *data) {
	struct dialogue *dialogue = data;
	if (!has_left(dialogue, result)) {
		submit(dialogue);
	}
}

/* --- Answers --- */

/* Adds one value if there is anything in it. */
static bool add_value(struct dialogue *dialogue, struct arena *arena, const struct gw_form_field *field,
		const char *text, struct form_problem *out_problem) {
	const char *value;
	if (!form_check_value(arena, field, text, &value, out_problem)) {
		return false;
	}
	if (*value) {
		gw_form_add(dialogue->answers, field->var, value);
	}
	return true;
}

/* One value a line. Lines that are empty say nothing, unless nothing at all was said where something has to be. */
static bool add_lines(struct dialogue *dialogue, struct arena *arena, const struct gw_form_field *field,
		const char *text, struct form_problem *out_problem) {
	bool has_any = false;
	while (*text) {
		size_t size = strcspn(text, "\r\n");
		const char *line = arena_strndup(arena, text, size);
		if (line[strspn(line, " \t")] != '\0') {
			has_any = true;
			if (!add_value(dialogue, arena, field, line, out_problem)) {
				return false;
			}
		}
		text += size + (text[size] != '\0');
	}
	return has_any || add_value(dialogue, arena, field, "", out_problem);
}

/* "-" and blanks are nothing; "ok" is what stands there already. Of a secret that is kept, blanks change nothing. */
static const char *interpret(const struct gw_form_field *field, struct arena *arena, const char *text) {
	const char *start = text + strspn(text, " \t\r\n");
	size_t size = strlen(start);
	while (size > 0 && strchr(" \t\r\n", start[size - 1])) {
		size--;
	}
	const char *word = arena_strndup(arena, start, size);
	if (form_is_kept_secret(field)) {
		bool is_removal = strcmp(word, FORM_NO_SECRET) == 0;
		return text_equal_ignoring_case(word, "ok") ? "" : is_removal ? word : text;
	}
	if (!*word || strcmp(word, "-") == 0) {
		return "";
	}
	if (has_preset(field) && text_equal_ignoring_case(word, "ok")) {
		return field->value;
	}
	/* Spaces may belong to a password, and to nothing else. */
	return field->type == GW_FIELD_TEXT_PRIVATE ? text : word;
}

static bool take_answer(struct dialogue *dialogue, struct arena *arena, const char *text,
		struct form_problem *out_problem) {
	struct gw_form_field field = present_field(dialogue, arena);
	const char *answer = interpret(&field, arena, text);
	if (field.type == GW_FIELD_BOOLEAN) {
		gw_form_set(dialogue->answers, field.var, NULL); /* neither yes nor no is no answer */
	} else {
		form_set_empty(dialogue->answers, field.var);
	}
	return form_field_takes_several(&field) ? add_lines(dialogue, arena, &field, answer, out_problem) :
			add_value(dialogue, arena, &field, answer, out_problem);
}

/* What is not acceptable is asked again, with the reason. */
static void typed(const struct gw_input_result *result, void *data) {
	struct dialogue *dialogue = data;
	if (has_left(dialogue, result)) {
		return;
	}
	struct arena arena = { 0 };
	struct form_problem problem;
	if (take_answer(dialogue, &arena, result->text, &problem)) {
		dialogue->next++;
	} else {
		tell(dialogue, problem.text);
	}
	arena_finish(&arena);
	ask_next(dialogue);
}

static void submit(struct dialogue *dialogue) {
	struct arena arena = { 0 };
	struct form_problem problem;
	struct gw_form *form = form_check(&arena, dialogue->answers, dialogue->template->fields, &problem);
	if (form) {
		run_submit(dialogue->run, form, stepped, dialogue);
		gw_form_free(form);
	} else {
		tell(dialogue, problem.text);
		run_cancel(dialogue->run);
		dialogue_free(dialogue);
	}
	arena_finish(&arena);
}
