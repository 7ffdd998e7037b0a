/* SPDX-License-Identifier: MPL-2.0 */
/* Forms that are filled in before anyone sees them. */
#include "codec/form.h"


#include <string.h>

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
