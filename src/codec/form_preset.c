/* SPDX-License-Identifier: MPL-2.0 */
/* Forms that are filled in before anyone sees them. */
#include "codec/form.h"

#include "util/strbuf.h"

#include <string.h>

struct gw_form_field *form_fields_copy(struct arena *arena, const struct gw_form_field *fields) {
	size_t count = form_field_count(fields);
	struct gw_form_field *copy = arena_new(arena, (count + 1) * sizeof(*copy));
	if (count > 0) {
		memcpy(copy, fields, count * sizeof(*copy));
	}
	return copy;
}

/* Several values stand in one preset, a line each. */
static const char *joined(struct arena *arena, const char *const *values, size_t count) {
	struct strbuf lines;
	strbuf_init(&lines, FORM_MAX_BYTES);
	for (size_t i = 0; i < count; i++) {
		strbuf_printf(&lines, "%s%s", i > 0 ? "\n" : "", values[i]);
	}
	const char *text = arena_strndup(arena, lines.bytes, lines.size);
	strbuf_finish(&lines);
	return text;
}

void form_preset(struct arena *arena, struct gw_form_field *fields, const struct gw_form *values) {
	for (size_t i = 0, total = form_field_count(fields); i < total; i++) {
		size_t count = 0;
		const char *const *answers = fields[i].var ? gw_form_values(values, fields[i].var, &count) : NULL;
		if (count > 0 && fields[i].type != GW_FIELD_FIXED) {
			fields[i].value = joined(arena, answers, count);
		}
	}
}
