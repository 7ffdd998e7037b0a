/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The answers of a form: an ordered list of names with values, and the compact string it is stored
 * as.
 */
#include "codec/form.h"

#include "util/mem.h"
#include "util/strbuf.h"
#include "util/text.h"

#include <stdlib.h>
#include <string.h>

/* What every stored string begins with. */
#define STORED_PREFIX "1\n"

struct answer {
	char *var;
	char **values;
	size_t count;
};

struct gw_form {
	struct answer *answers;
	size_t count, capacity;
};

struct gw_form *gw_form_new(void) {
	return mem_new(sizeof(struct gw_form));
}

static void clear_answer(struct answer *answer) {
	for (size_t i = 0; i < answer->count; i++) {
		free(answer->values[i]);
	}
	free(answer->values);
	answer->values = NULL;
	answer->count = 0;
}

void gw_form_free(struct gw_form *form) {
	if (form == NULL) {
		return;
	}
	for (size_t i = 0; i < form->count; i++) {
		clear_answer(&form->answers[i]);
		free(form->answers[i].var);
	}
	free(form->answers);
	free(form);
}

static struct answer *find_answer(const struct gw_form *form, const char *var) {
	for (size_t i = 0; form != NULL && i < form->count; i++) {
		if (strcmp(form->answers[i].var, var) == 0) {
			return &form->answers[i];
		}
	}
	return NULL;
}

static struct answer *get_answer(struct gw_form *form, const char *var) {
	struct answer *answer = find_answer(form, var);
	if (answer != NULL) {
		return answer;
	}
	if (form->count == form->capacity) {
		form->capacity = form->capacity == 0 ? 8 : form->capacity * 2;
		form->answers = mem_resize(form->answers, form->capacity * sizeof(*form->answers));
	}
	answer = &form->answers[form->count++];
	*answer = (struct answer){ .var = mem_strdup(var) };
	return answer;
}

static void remove_answer(struct gw_form *form, const char *var) {
	struct answer *answer = find_answer(form, var);
	if (answer == NULL) {
		return;
	}
	clear_answer(answer);
	free(answer->var);
	size_t index = (size_t)(answer - form->answers);
	form->count--;
	memmove(answer, answer + 1, (form->count - index) * sizeof(*answer));
}

void gw_form_add(struct gw_form *form, const char *var, const char *value) {
	if (value == NULL) {
		return;
	}
	struct answer *answer = get_answer(form, var);
	answer->values = mem_resize(answer->values, (answer->count + 1) * sizeof(*answer->values));
	answer->values[answer->count++] = mem_strdup(value);
}

void gw_form_set(struct gw_form *form, const char *var, const char *value) {
	if (value == NULL) {
		remove_answer(form, var);
		return;
	}
	char *copy = mem_strdup(value); /* the value may be the one that is replaced */
	form_set_empty(form, var);
	gw_form_add(form, var, copy);
	free(copy);
}

void form_set_empty(struct gw_form *form, const char *var) {
	clear_answer(get_answer(form, var));
}

bool form_has(const struct gw_form *form, const char *var) {
	return find_answer(form, var) != NULL;
}

struct gw_form *gw_form_copy(const struct gw_form *form) {
	struct gw_form *copy = gw_form_new();
	form_merge(copy, form);
	return copy;
}

void form_merge(struct gw_form *into, const struct gw_form *from) {
	if (into == from) {
		return;
	}
	for (size_t i = 0; from != NULL && i < from->count; i++) {
		form_take(into, from, from->answers[i].var);
	}
}

void form_take(struct gw_form *into, const struct gw_form *from, const char *var) {
	size_t count;
	const char *const *values = gw_form_values(from, var, &count);
	form_set_empty(into, var);
	for (size_t i = 0; i < count; i++) {
		gw_form_add(into, var, values[i]);
	}
}

const char *gw_form_value(const struct gw_form *form, const char *var) {
	const struct answer *answer = find_answer(form, var);
	return answer != NULL && answer->count > 0 ? answer->values[0] : NULL;
}

const char *gw_form_text(const struct gw_form *form, const char *var) {
	const char *value = gw_form_value(form, var);
	return value != NULL ? value : "";
}

bool gw_form_boolean(const struct gw_form *form, const char *var) {
	bool value = false;
	text_read_boolean(gw_form_text(form, var), &value);
	return value;
}

int64_t gw_form_integer(const struct gw_form *form, const char *var, int64_t otherwise) {
	int64_t value = otherwise;
	text_read_integer(gw_form_text(form, var), INT64_MIN, INT64_MAX, &value);
	return value;
}

const char *const *gw_form_values(const struct gw_form *form, const char *var, size_t *out_count) {
	const struct answer *answer = find_answer(form, var);
	*out_count = answer != NULL ? answer->count : 0;
	return answer != NULL ? (const char *const *)answer->values : NULL;
}

const char *gw_form_var(const struct gw_form *form, size_t index) {
	return form != NULL && index < form->count ? form->answers[index].var : NULL;
}

/* Line breaks, tabs and backslashes are what the stored string is built with. */
static void add_escaped(struct strbuf *out, const char *text) {
	for (; *text != '\0'; text++) {
		switch (*text) {
		case '\n': strbuf_add_text(out, "\\n"); break;
		case '\t': strbuf_add_text(out, "\\t"); break;
		case '\\': strbuf_add_text(out, "\\\\"); break;
		default: strbuf_add_char(out, *text);
		}
	}
}

/* A version, then a line for each answer: its name, and each value behind a tab. */
const char *form_serialize(struct arena *arena, const struct gw_form *form) {
	struct strbuf out;
	strbuf_init(&out, STRBUF_UNLIMITED);
	strbuf_add_text(&out, STORED_PREFIX);
	for (size_t i = 0; form != NULL && i < form->count; i++) {
		const struct answer *answer = &form->answers[i];
		add_escaped(&out, answer->var);
		for (size_t j = 0; j < answer->count; j++) {
			strbuf_add_char(&out, '\t');
			add_escaped(&out, answer->values[j]);
		}
		strbuf_add_char(&out, '\n');
	}
	const char *text = arena_strndup(arena, out.bytes, out.size);
	strbuf_finish(&out);
	return text;
}

/*
 * Moves past one name or value, which is put into `out` unescaped; the tab or line break behind it
 * is left.
 */
static bool read_escaped(const char **text, struct strbuf *out) {
	strbuf_clear(out);
	const char *at = *text;
	for (; *at != '\0' && *at != '\t' && *at != '\n'; at++) {
		char c = *at;
		if (c == '\\') {
			at++;
			if (*at != 'n' && *at != 't' && *at != '\\') {
				return false;
			}
			c = *at;
			if (c == 'n') {
				c = '\n';
			} else if (c == 't') {
				c = '\t';
			}
		}
		strbuf_add_char(out, c);
	}
	*text = at;
	return *at != '\0';
}

static bool read_answer(const char **text, struct gw_form *form, struct strbuf *piece) {
	if (!read_escaped(text, piece)) {
		return false;
	}
	char *var = mem_strdup(piece->bytes);
	form_set_empty(form, var);
	bool is_good = true;
	while (is_good && **text == '\t') {
		++*text;
		is_good = read_escaped(text, piece);
		if (is_good) {
			gw_form_add(form, var, piece->bytes);
		}
	}
	free(var);
	++*text; /* the line break */
	return is_good;
}

struct gw_form *form_deserialize(const char *text) {
	if (text == NULL || !text_starts_with(text, STORED_PREFIX)) {
		return NULL;
	}
	struct gw_form *form = gw_form_new();
	struct strbuf piece;
	strbuf_init(&piece, STRBUF_UNLIMITED);
	bool is_good = true;
	for (text += strlen(STORED_PREFIX); is_good && *text != '\0';) {
		is_good = read_answer(&text, form, &piece);
	}
	strbuf_finish(&piece);
	if (!is_good) {
		gw_form_free(form);
		return NULL;
	}
	return form;
}
