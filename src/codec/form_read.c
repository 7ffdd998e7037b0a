/* SPDX-License-Identifier: MPL-2.0 */
/* XEP-0004: what somebody filled in, from XML. */
#include "codec/form.h"

#include "xml/ns.h"

#include <string.h>

/* What a form may have in it before it is refused: FORM_MAX_FIELDS and so on. */
struct budget {
	size_t fields, values, bytes;
};

static bool spend(struct budget *budget, size_t fields, size_t values, size_t bytes) {
	budget->fields += fields;
	budget->values += values;
	budget->bytes += bytes;
	return budget->fields <= FORM_MAX_FIELDS && budget->values <= FORM_MAX_VALUES &&
			budget->bytes <= FORM_MAX_BYTES;
}

/* Adds the values of one <field/>; a field without any is an answer too. */
static bool add_field(struct gw_form *form, const struct xml_node *field, const char *var,
		struct budget *budget) {
	if (!spend(budget, 1, 0, strlen(var))) {
		return false;
	}
	if (!form_has(form, var)) {
		form_set_empty(form, var);
	}
	for (const struct xml_node *value = xml_find(field, "value", NS_DATA_FORM); value != NULL;
			value = xml_find_next(value, "value", NS_DATA_FORM)) {
		const char *text = xml_content(value);
		if (!spend(budget, 0, 1, strlen(text))) {
			return false;
		}
		gw_form_add(form, var, text);
	}
	return true;
}

static bool is_form_of(const struct xml_node *x, const char *type, const char *other_type) {
	if (x == NULL || !xml_is(x, "x", NS_DATA_FORM)) {
		return false;
	}
	const char *actual = xml_get(x, "type");
	return actual != NULL && (strcmp(actual, type) == 0 || strcmp(actual, other_type) == 0);
}

struct gw_form *form_read_any(const struct xml_node *x) {
	if (!is_form_of(x, "submit", "result")) {
		return NULL;
	}
	struct gw_form *form = gw_form_new();
	struct budget budget = { 0 };
	for (const struct xml_node *field = xml_find(x, "field", NS_DATA_FORM); field != NULL;
			field = xml_find_next(field, "field", NS_DATA_FORM)) {
		const char *var = xml_get(field, "var");
		if (var != NULL && !add_field(form, field, var, &budget)) {
			gw_form_free(form);
			return NULL;
		}
	}
	return form;
}

/* Adds the answer if it is to a question of ours. */
static bool collect_field(struct arena *arena, struct gw_form *form, const struct xml_node *node,
		const struct gw_form_field *fields, struct budget *budget,
		struct form_problem *out_problem) {
	const char *var = xml_get(node, "var");
	const struct gw_form_field *field = var != NULL ? form_field_find(fields, var) : NULL;
	if (field == NULL || field->type == GW_FIELD_FIXED) {
		return true;
	}
	if (form_has(form, var)) {
		*out_problem = (struct form_problem){
			.condition = GW_NOT_ACCEPTABLE,
			.var = field->var,
			.text = arena_printf(arena, "“%s” was answered more than once",
					form_field_label(field)),
		};
		return false;
	}
	if (!add_field(form, node, var, budget)) {
		*out_problem = (struct form_problem){
			.condition = GW_POLICY_VIOLATION,
			.text = "This form is too large",
		};
		return false;
	}
	return true;
}

struct gw_form *form_collect(struct arena *arena, const struct xml_node *x,
		const struct gw_form_field *fields, struct form_problem *out_problem) {
	if (!is_form_of(x, "submit", "submit")) {
		*out_problem = (struct form_problem){
			.condition = GW_BAD_REQUEST,
			.text = "A form that is filled in was expected here",
		};
		return NULL;
	}
	struct gw_form *form = gw_form_new();
	struct budget budget = { 0 };
	for (const struct xml_node *field = xml_find(x, "field", NS_DATA_FORM); field != NULL;
			field = xml_find_next(field, "field", NS_DATA_FORM)) {
		if (!collect_field(arena, form, field, fields, &budget, out_problem)) {
			gw_form_free(form);
			return NULL;
		}
	}
	return form;
}

struct gw_form *form_read(struct arena *arena, const struct xml_node *x,
		const struct gw_form_field *fields, struct form_problem *out_problem) {
	struct gw_form *answers = form_collect(arena, x, fields, out_problem);
	if (answers == NULL) {
		return NULL;
	}
	struct gw_form *checked = form_check(arena, answers, fields, out_problem);
	gw_form_free(answers);
	return checked;
}
