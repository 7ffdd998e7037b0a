/* SPDX-License-Identifier: MPL-2.0 */
/* The scripted module: what it remembers, and how it answers. Its callbacks stand in scripted_module.c. */
#include "scripted.h"

#include "scripted_calls.h"
#include "pattern.h"
#include "util/mem.h"
#include "world.h"

#include <stdlib.h>
#include <string.h>

enum { TABLE_MAX_COLUMNS = 16 };

/* One call, as words that a script can compare. */
struct call {
	struct call *next;
	const char *name;
	const char *words[SCRIPT_MAX_WORDS];
	size_t word_count;
	unsigned line;
	bool is_seen, is_life; /* of the module's own life, not of what a user does */
};

struct held {
	struct held *next;
	const char *name;
	struct gw_request *req;
	unsigned command_slot;
	struct scripted *scripted;
};

struct prepared {
	struct prepared *next;
	const char *name;
	unsigned line;
	bool always;
	struct scripted_answer answer;
};

struct held_name {
	struct held_name *next;
	const char *name;
};

struct scripted {
	struct world *world;
	struct call *calls, **calls_end;
	struct held *held;
	struct prepared *prepared;
	struct held_name *held_names;
	const struct script_word *known;
	size_t known_count;
	bool knows_only;
};

struct scripted *scripted_new(struct world *world) {
	struct scripted *scripted = mem_new(sizeof(*scripted));
	scripted->world = world;
	scripted->calls_end = &scripted->calls;
	return scripted;
}

void scripted_free(struct scripted *scripted) {
	free(scripted);
}

struct scripted *scripted_of(const struct gw_gateway *gateway) {
	return world_of(gateway)->scripted;
}

/* --- What was called --- */

static void add_word(struct scripted *scripted, struct call *call, const char *word) {
	if (word != NULL && call->word_count < SCRIPT_MAX_WORDS) {
		call->words[call->word_count++] = arena_strdup(&scripted->world->arena, word);
	}
}

static struct call *note(struct scripted *scripted, const char *name) {
	struct call *call = arena_new(&scripted->world->arena, sizeof(*call));
	call->name = name;
	call->line = scripted->world->line_number;
	*scripted->calls_end = call;
	scripted->calls_end = &call->next;
	return call;
}

static void add_form(struct scripted *scripted, struct call *call, const struct gw_form *form) {
	const char *var;
	for (size_t i = 0; form != NULL && (var = gw_form_var(form, i)) != NULL; i++) {
		size_t count;
		const char *const *values = gw_form_values(form, var, &count);
		for (size_t k = 0; k < count; k++) {
			add_word(scripted, call, arena_printf(&scripted->world->arena, "%s=%s", var, values[k]));
		}
	}
}

void scripted_note(struct scripted *scripted, const struct scripted_call *what) {
	struct call *call = note(scripted, what->name);
	call->is_life = what->is_life;
	for (size_t i = 0; i < ARRAY_LENGTH(what->words); i++) {
		add_word(scripted, call, what->words[i]);
	}
	add_form(scripted, call, what->form);
}

static bool has_word(const struct call *call, const char *pattern) {
	for (size_t i = 0; i < call->word_count; i++) {
		if (glob_match(pattern, call->words[i])) {
			return true;
		}
	}
	return false;
}

/* In this order; but what stands behind the word `without` nowhere. */
static bool has_words(const struct call *call, const struct script_word *words, size_t count) {
	size_t at = 0;
	for (size_t i = 0; i < count; i++, at++) {
		if (!words[i].is_quoted && strcmp(words[i].text, "without") == 0 && i + 1 < count) {
			return !has_word(call, words[i + 1].text) && i + 2 == count;
		}
		while (at < call->word_count && !glob_match(words[i].text, call->words[at])) {
			at++;
		}
		if (at == call->word_count) {
			return false;
		}
	}
	return true;
}

static void describe(struct world *world, const struct call *call) {
	strbuf_printf(&world->report, "  in line %u: %s", call->line, call->name);
	for (size_t i = 0; i < call->word_count; i++) {
		bool is_plain = *call->words[i] != '\0' && strpbrk(call->words[i], " \n\"") == NULL;
		strbuf_printf(&world->report, is_plain ? " %s" : " \"%s\"", call->words[i]);
	}
	strbuf_add_text(&world->report, call->is_seen ? " (was looked at)\n" : "\n");
}

static void describe_calls(struct scripted *scripted, const char *name) {
	struct world *world = scripted->world;
	world_fail(world, "the module was called:");
	size_t count = 0;
	for (const struct call *call = scripted->calls; call != NULL; call = call->next) {
		if (name == NULL || strcmp(call->name, name) == 0) {
			describe(world, call);
			count++;
		}
	}
	if (count == 0) {
		world_fail(world, "  not at all");
	}
}

bool scripted_was_called(struct scripted *scripted, const char *name, const struct script_word *words, size_t count) {
	for (struct call *call = scripted->calls; call != NULL; call = call->next) {
		if (!call->is_seen && strcmp(call->name, name) == 0) {
			if (has_words(call, words, count)) {
				call->is_seen = true;
				return true;
			}
			break;
		}
	}
	describe_calls(scripted, name);
	return false;
}

bool scripted_was_not_called(struct scripted *scripted, const char *name) {
	for (const struct call *call = scripted->calls; call != NULL; call = call->next) {
		bool is_meant = name != NULL ? strcmp(call->name, name) == 0 : !call->is_life;
		if (is_meant && !call->is_seen) {
			describe_calls(scripted, name);
			return false;
		}
	}
	return true;
}

void scripted_forget_calls(struct scripted *scripted) {
	for (struct call *call = scripted->calls; call != NULL; call = call->next) {
		call->is_seen = true;
	}
}

/* --- Answers --- */

struct gw_form *scripted_form(const char *const *lines, size_t count) {
	struct gw_form *form = gw_form_new();
	for (size_t i = 0; i < count; i++) {
		struct arena arena = { 0 };
		size_t size = strcspn(lines[i], ":");
		const char *value = lines[i] + size + (lines[i][size] == ':');
		gw_form_add(form, arena_strndup(&arena, lines[i], size), value + strspn(value, " "));
		arena_finish(&arena);
	}
	return form;
}

/* Cells are separated by bars; the first line names the columns, a star marks one with addresses. */
static size_t split(struct arena *arena, const char *line, const char *cells[static TABLE_MAX_COLUMNS]) {
	size_t count = 0;
	while (count < TABLE_MAX_COLUMNS) {
		size_t size = strcspn(line, "|"), kept = size;
		while (kept > 0 && line[kept - 1] == ' ') {
			kept--;
		}
		cells[count++] = arena_strndup(arena, line, kept);
		if (line[size] == '\0') {
			break;
		}
		line += size + 1;
		line += strspn(line, " ");
	}
	return count;
}

static struct gw_table *make_table(const struct scripted_answer *answer) {
	struct arena arena = { 0 };
	const char *cells[TABLE_MAX_COLUMNS];
	struct gw_table_column columns[TABLE_MAX_COLUMNS + 1] = { { 0 } };
	size_t column_count = answer->line_count > 0 ? split(&arena, answer->lines[0], cells) : 0;
	for (size_t i = 0; i < column_count; i++) {
		columns[i].is_jid = *cells[i] == '*';
		columns[i].var = cells[i] + columns[i].is_jid;
	}
	struct gw_table *table = gw_table_new(answer->text, columns);
	for (size_t row = 1; row < answer->line_count; row++) {
		size_t cell_count = split(&arena, answer->lines[row], cells);
		while (cell_count < column_count) {
			cells[cell_count++] = NULL;
		}
		gw_table_add_row(table, cells);
	}
	arena_finish(&arena);
	return table;
}

static void give(struct gw_request *req, unsigned command_slot, const struct scripted_answer *answer) {
	struct gw_form *form = NULL;
	if (answer->line_count > 0 && answer->kind != SCRIPTED_TABLE) {
		form = scripted_form(answer->lines, answer->line_count);
	}
	switch (answer->kind) {
	case SCRIPTED_OK: gw_request_ok(req); break;
	case SCRIPTED_TEXT: gw_request_ok_text(req, answer->text); break;
	case SCRIPTED_ID: gw_request_ok_id(req, answer->text); break;
	case SCRIPTED_FORM: gw_request_ok_form(req, form); break;
	case SCRIPTED_NOT_SENT: gw_request_not_sent(req); break;
	case SCRIPTED_WITHOUT_CODE: gw_request_ok_without_code(req, form); break;
	case SCRIPTED_TABLE: gw_request_ok_table(req, make_table(answer)); break;
	case SCRIPTED_FAIL: gw_request_fail(req, answer->condition, answer->text); break;
	case SCRIPTED_FAIL_LOGIN: gw_request_fail_login(req, answer->loss, answer->text); break;
	case SCRIPTED_ASK: scripted_commands_ask(req, command_slot, answer->template); break;
	case SCRIPTED_CONFIRM: scripted_commands_confirm(req, command_slot, answer->text); break;
	}
	gw_form_free(form);
}

static bool is_held_name(const struct scripted *scripted, const char *name) {
	for (const struct held_name *one = scripted->held_names; one != NULL; one = one->next) {
		if (strcmp(one->name, name) == 0) {
			return true;
		}
	}
	return false;
}

/* Nobody waits for this answer any more: the script may ask whether the module heard so. */
static void handle_cancel(struct gw_request *req, void *data) {
	struct held *held = data;
	(void)req;
	scripted_note(held->scripted, &(struct scripted_call){ .name = "cancelled", .words = { held->name } });
}

static void hold(struct scripted *scripted, const struct scripted_call *what, struct gw_request *req) {
	struct held *held = arena_new(&scripted->world->arena, sizeof(*held));
	*held = (struct held){
		.name = what->name,
		.req = req,
		.command_slot = what->command_slot,
		.scripted = scripted,
	};
	struct held **end = &scripted->held;
	while (*end != NULL) {
		end = &(*end)->next;
	}
	*end = held;
	gw_request_on_cancel(req, handle_cancel, held);
}

static struct prepared *take_prepared(struct scripted *scripted, const char *name, bool always) {
	for (struct prepared **slot = &scripted->prepared; *slot != NULL; slot = &(*slot)->next) {
		struct prepared *one = *slot;
		if (one->always == always && strcmp(one->name, name) == 0) {
			if (!always) {
				*slot = one->next;
			}
			return one;
		}
	}
	return NULL;
}

void scripted_ask(struct scripted *scripted, struct gw_request *req, const struct scripted_call *what) {
	scripted_note(scripted, what);
	const struct prepared *prepared = take_prepared(scripted, what->name, false);
	if (prepared == NULL && is_held_name(scripted, what->name)) {
		hold(scripted, what, req);
		return;
	}
	if (prepared == NULL) {
		prepared = take_prepared(scripted, what->name, true);
	}
	give(req, what->command_slot, prepared != NULL ? &prepared->answer : &what->usual_answer);
}

void scripted_hold(struct scripted *scripted, const char *name, bool hold) {
	struct held_name **slot = &scripted->held_names;
	while (*slot != NULL && strcmp((*slot)->name, name) != 0) {
		slot = &(*slot)->next;
	}
	if (hold && *slot == NULL) {
		*slot = arena_new(&scripted->world->arena, sizeof(**slot));
		(*slot)->name = name;
	} else if (!hold && *slot != NULL) {
		*slot = (*slot)->next;
	}
}

void scripted_answer(struct scripted *scripted, const char *name, const struct scripted_answer *answer, bool always) {
	for (struct held **slot = &scripted->held; !always && *slot != NULL; slot = &(*slot)->next) {
		if (strcmp((*slot)->name, name) == 0) {
			const struct held *held = *slot;
			*slot = held->next;
			give(held->req, held->command_slot, answer);
			return;
		}
	}
	struct prepared *prepared = arena_new(&scripted->world->arena, sizeof(*prepared));
	*prepared = (struct prepared){ .name = name, .line = scripted->world->line_number, .always = always,
			.answer = *answer };
	if (always) {
		prepared->next = scripted->prepared;
		scripted->prepared = prepared;
		return;
	}
	struct prepared **end = &scripted->prepared;
	while (*end != NULL) {
		end = &(*end)->next;
	}
	*end = prepared;
}

bool scripted_has_no_answers_left(struct scripted *scripted) {
	for (const struct prepared *one = scripted->prepared; one != NULL; one = one->next) {
		if (!one->always) {
			return world_fail(scripted->world,
					"the answer to %s that line %u prepared was never asked for", one->name, one->line);
		}
	}
	return true;
}

bool scripted_answer_abandoned(struct scripted *scripted) {
	bool is_fine = true;
	while (scripted->held != NULL) {
		struct held *held = scripted->held;
		scripted->held = held->next;
		if (!gw_request_is_cancelled(held->req)) {
			is_fine = world_fail(scripted->world, "the gateway is gone and still waits for the answer to %s",
					held->name);
		}
		gw_request_ok(held->req);
	}
	return is_fine;
}

/* --- Who there is --- */

static bool is_known(struct gw_session *session, const char *id) {
	const struct scripted *scripted = scripted_of(gw_session_gateway(session));
	for (size_t i = 0; i < scripted->known_count; i++) {
		if (strcmp(scripted->known[i].text, id) == 0) {
			return true;
		}
	}
	return false;
}

void scripted_know_only(struct scripted *scripted, struct gw_module *module, const struct script_word *ids,
		size_t count) {
	scripted->known = ids;
	scripted->known_count = count;
	module->is_contact_id = is_known;
}
