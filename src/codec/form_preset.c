/* SPDX-License-Identifier: MPL-2.0 */
/* Forms that are filled in before anyone sees them, and what of that stays when they come back. */
#include "codec/form.h"

#include <string.h>

/* No client and no module can have sent it: XML does not know this character. */
const char form_kept_secret[] = "\1";

struct gw_form_field *form_fields_copy(struct arena *arena, const struct gw_form_field *fields) {
	size_t count = form_field_count(fields);
	struct gw_form_field *copy = arena_new(arena, (count + 1) * sizeof(*copy));
	if (count > 0) {
		memcpy(copy, fields, count * sizeof(*copy));
	}
	return copy;
}

void form_preset(struct arena *arena, struct gw_form_field *fields, const struct gw_form *values) {
	for (size_t i = 0, total = form_field_count(fields); i < total; i++) {
		size_t count = 0;
		const char *const *answers = fields[i].var ? gw_form_values(values, fields[i].var, &count) : NULL;
		if (count > 0 && fields[i].type != GW_FIELD_FIXED) {
			fields[i].value = form_join_lines(arena, answers, count, FORM_MAX_BYTES);
		}
	}
}

/* One value for each line. */
static void add_lines(struct gw_form *form, const char *var, const char *text) {
	struct arena arena = { 0 };
	while (text) {
		size_t size = strcspn(text, "\n");
		gw_form_add(form, var, arena_strndup(&arena, text, size));
		text = text[size] == '\n' ? text + size + 1 : NULL;
	}
	arena_finish(&arena);
}

struct gw_form *form_defaults(const struct gw_form_field *fields) {
	struct gw_form *form = gw_form_new();
	for (size_t i = 0, count = form_field_count(fields); i < count; i++) {
		const struct gw_form_field *field = &fields[i];
		if (!form_field_has_answer(field)) {
			continue;
		}
		if (form_field_takes_several(field)) {
			add_lines(form, field->var, field->value);
		} else {
			gw_form_set(form, field->var, field->value);
		}
	}
	return form;
}

bool form_is_kept_secret(const struct gw_form_field *field) {
	return field->type == GW_FIELD_TEXT_PRIVATE && field->value && strcmp(field->value, form_kept_secret) == 0;
}

/* So that "1" is no other answer than "true". What is not acceptable stands as it is. */
static const char *canonical(struct arena *arena, const struct gw_form_field *field, const char *value) {
	struct form_problem ignored;
	form_check_value(arena, field, value, &value, &ignored);
	return value;
}

bool form_keeps_secrets(struct arena *arena, const struct gw_form_field *fields, const struct gw_form *answers) {
	for (size_t i = 0, total = form_field_count(fields); i < total; i++) {
		const struct gw_form_field *field = &fields[i];
		if (!field->binds_secrets || !field->var || !form_has(answers, field->var)) {
			continue;
		}
		size_t count;
		const char *const *values = gw_form_values(answers, field->var, &count);
		const char *now = form_join_lines(arena, values, count, FORM_MAX_BYTES);
		const char *before = field->value ? field->value : "";
		if (strcmp(canonical(arena, field, now), canonical(arena, field, before)) != 0) {
			return false;
		}
	}
	return true;
}

static void keep_secret(struct gw_form *answers, const char *var, const struct gw_form *stored, bool may_stay) {
	const char *answer = gw_form_text(answers, var);
	if (*gw_form_text(stored, var) && strcmp(answer, FORM_NO_SECRET) == 0) {
		gw_form_set(answers, var, "");
	} else if (*answer == '\0' && may_stay) {
		form_take(answers, stored, var);
	}
}

void form_keep_stored(struct arena *arena, struct gw_form *answers, const struct gw_form_field *fields,
		const struct gw_form *stored) {
	struct gw_form_field *known = form_fields_copy(arena, fields);
	form_preset(arena, known, stored);
	bool may_stay = form_keeps_secrets(arena, known, answers);
	for (size_t i = 0, count = form_field_count(fields); i < count; i++) {
		const struct gw_form_field *field = &fields[i];
		if (!form_field_has_answer(field) || !form_has(stored, field->var)) {
			continue;
		}
		if (field->type == GW_FIELD_TEXT_PRIVATE) {
			keep_secret(answers, field->var, stored, may_stay);
		} else if (!form_has(answers, field->var)) {
			form_take(answers, stored, field->var);
		}
	}
}
