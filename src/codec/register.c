/* SPDX-License-Identifier: MPL-2.0 */
/* <query xmlns='jabber:iq:register'/> */
#include "codec/register.h"

#include "util/mem.h"
#include "xml/ns.h"

#include <string.h>

static const char *const legacy_names[] = {
	"username",
	"password",
	"email",
	"nick",
	"name",
	"first",
	"last",
	"address",
	"city",
	"state",
	"zip",
	"phone",
	"url",
	"date",
	"misc",
	"text",
	"key",
};

static const struct gw_form_field remove_field = {
	.var = "remove",
	.label = "Remove my registration",
	.type = GW_FIELD_BOOLEAN,
	.required = true,
	.value = "false",
};

bool register_is_legacy_name(const char *var) {
	for (size_t i = 0; var != NULL && i < ARRAY_LENGTH(legacy_names); i++) {
		if (strcmp(legacy_names[i], var) == 0) {
			return true;
		}
	}
	return false;
}

/* The fields, with the one to unregister before them. */
static const struct gw_form_field *with_remove(struct arena *arena,
		const struct gw_form_field *fields) {
	size_t count = form_field_count(fields);
	struct gw_form_field *all = arena_new(arena, (count + 2) * sizeof(*all));
	all[0] = remove_field;
	if (count > 0) {
		memcpy(&all[1], fields, count * sizeof(*all));
	}
	return all;
}

static bool can_be_legacy(const struct gw_form_field *fields) {
	for (size_t i = 0; i < form_field_count(fields); i++) {
		if (form_field_has_answer(&fields[i]) && fields[i].required && !form_is_kept_secret(&fields[i]) &&
				!register_is_legacy_name(fields[i].var)) {
			return false;
		}
	}
	return true;
}

static void write_legacy_fields(struct xml_node *query, const struct gw_form_field *fields,
		const struct gw_form *values) {
	for (size_t i = 0; i < form_field_count(fields); i++) {
		const struct gw_form_field *field = &fields[i];
		if (!form_field_has_answer(field) || !register_is_legacy_name(field->var)) {
			continue;
		}
		struct xml_node *child = xml_add(query, arena_strdup(query->arena, field->var), NULL);
		if (values != NULL && field->type != GW_FIELD_TEXT_PRIVATE) {
			xml_text(child, gw_form_value(values, field->var));
		}
	}
}

struct xml_node *register_write(struct xml_node *iq, const struct gw_form_template *template,
		const struct gw_form *values, bool is_registered) {
	struct xml_node *query = xml_add(iq, "query", NS_REGISTER);
	if (is_registered) {
		xml_add(query, "registered", NULL);
	}
	if (can_be_legacy(template->fields)) {
		write_legacy_fields(query, template->fields, values);
	}
	xml_add_text(query, "instructions", NULL, template->instructions);
	struct gw_form_template whole = *template;
	if (is_registered) {
		whole.fields = with_remove(iq->arena, template->fields);
	}
	form_write(query, &whole, NS_REGISTER, values);
	return query;
}

/* The old way: one element for each answer. */
static struct gw_form *collect_legacy(struct arena *arena, const struct xml_node *query,
		const struct gw_form_field *fields, struct form_problem *out_problem) {
	struct gw_form *answers = gw_form_new();
	for (const struct xml_node *child = xml_first_element(query); child != NULL;
			child = xml_next_element(child)) {
		const struct gw_form_field *field = form_field_find(fields, child->name);
		if (!xml_is(child, NULL, NS_REGISTER) || field == NULL || !form_field_has_answer(field) ||
				!register_is_legacy_name(field->var)) {
			continue;
		}
		if (form_has(answers, field->var)) {
			*out_problem = (struct form_problem){
				.condition = GW_NOT_ACCEPTABLE,
				.var = field->var,
				.text = arena_printf(arena, "“%s” was answered more than once",
						form_field_label(field)),
			};
			gw_form_free(answers);
			return NULL;
		}
		gw_form_set(answers, field->var, xml_content(child));
	}
	return answers;
}

/* <remove/> must stand alone (XEP-0077 section 3.2). */
static bool read_remove(const struct xml_node *query, struct register_request *out,
		struct form_problem *out_problem) {
	const struct xml_node *child = xml_first_element(query);
	if (xml_next_element(child) != NULL) {
		*out_problem = (struct form_problem){
			.condition = GW_BAD_REQUEST,
			.text = "Nothing else can be asked for together with the removal of a registration",
		};
		return false;
	}
	*out = (struct register_request){ .is_remove = true };
	return true;
}

static bool wants_removal(struct arena *arena, const struct gw_form *answers) {
	struct form_problem ignored;
	const char *value = gw_form_text(answers, remove_field.var);
	return form_check_value(arena, &remove_field, value, &value, &ignored) &&
			strcmp(value, "true") == 0;
}

bool register_read(struct arena *arena, const struct xml_node *query,
		const struct gw_form_field *fields, const struct gw_form *stored,
		struct register_request *out, struct form_problem *out_problem) {
	if (xml_find(query, "remove", NS_REGISTER) != NULL) {
		return read_remove(query, out, out_problem);
	}
	const struct xml_node *x = xml_find(query, "x", NS_DATA_FORM);
	struct gw_form *answers = x != NULL
			? form_collect(arena, x, with_remove(arena, fields), out_problem)
			: collect_legacy(arena, query, fields, out_problem);
	if (answers == NULL) {
		return false;
	}
	if (wants_removal(arena, answers)) {
		gw_form_free(answers);
		*out = (struct register_request){ .is_remove = true };
		return true;
	}
	form_keep_stored(arena, answers, fields, stored);
	struct gw_form *checked = form_check(arena, answers, fields, out_problem);
	gw_form_free(answers);
	if (checked == NULL) {
		return false;
	}
	*out = (struct register_request){ .form = checked };
	return true;
}
