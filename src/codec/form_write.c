/* SPDX-License-Identifier: MPL-2.0 */
/*
 * XEP-0004 forms to fill in, with XEP-0122 validation and XEP-0221 pictures; and answers that we
 * give.
 */
#include "codec/form.h"

#include "util/text.h"
#include "xml/ns.h"

#include <string.h>

static const char *const type_names[] = {
	[GW_FIELD_TEXT_SINGLE] = "text-single",
	[GW_FIELD_TEXT_PRIVATE] = "text-private",
	[GW_FIELD_TEXT_MULTI] = "text-multi",
	[GW_FIELD_BOOLEAN] = "boolean",
	[GW_FIELD_LIST_SINGLE] = "list-single",
	[GW_FIELD_LIST_MULTI] = "list-multi",
	[GW_FIELD_JID_SINGLE] = "jid-single",
	[GW_FIELD_JID_MULTI] = "jid-multi",
	[GW_FIELD_FIXED] = "fixed",
	[GW_FIELD_HIDDEN] = "hidden",
};

static const char *const datatype_names[] = {
	[GW_DATATYPE_STRING] = "xs:string",
	[GW_DATATYPE_INTEGER] = "xs:integer",
	[GW_DATATYPE_DECIMAL] = "xs:decimal",
	[GW_DATATYPE_DATE] = "xs:date",
	[GW_DATATYPE_DATETIME] = "xs:dateTime",
	[GW_DATATYPE_TIME] = "xs:time",
	[GW_DATATYPE_URI] = "xs:anyURI",
	[GW_DATATYPE_LANGUAGE] = "xs:language",
};

size_t form_field_count(const struct gw_form_field *fields) {
	size_t count = 0;
	while (fields != NULL && (fields[count].var != NULL || fields[count].type == GW_FIELD_FIXED)) {
		count++;
	}
	return count;
}

const struct gw_form_field *form_field_find(const struct gw_form_field *fields, const char *var) {
	for (size_t i = 0; i < form_field_count(fields); i++) {
		if (fields[i].var != NULL && strcmp(fields[i].var, var) == 0) {
			return &fields[i];
		}
	}
	return NULL;
}

bool form_field_has_answer(const struct gw_form_field *field) {
	return field->var != NULL && field->type != GW_FIELD_FIXED;
}

bool form_field_is_question(const struct gw_form_field *field) {
	return form_field_has_answer(field) && field->type != GW_FIELD_HIDDEN;
}

bool form_field_takes_several(const struct gw_form_field *field) {
	return field->type == GW_FIELD_LIST_MULTI || field->type == GW_FIELD_JID_MULTI ||
			field->type == GW_FIELD_HIDDEN;
}

const char *form_field_label(const struct gw_form_field *field) {
	const char *label = field->label != NULL ? field->label : field->var;
	return label != NULL ? label : "";
}

static void add_form_type(struct xml_node *x, const char *form_type) {
	if (form_type == NULL) {
		return;
	}
	struct xml_node *field = xml_add(x, "field", NULL);
	xml_set(field, "var", "FORM_TYPE");
	xml_set(field, "type", "hidden");
	xml_add_text(field, "value", NULL, form_type);
}

/* One child for each line of the text. */
static void add_lines(struct xml_node *parent, const char *name, const char *text) {
	while (text != NULL) {
		size_t size = strcspn(text, "\n");
		xml_add_text(parent, name, NULL, arena_strndup(parent->arena, text, size));
		text = text[size] == '\n' ? text + size + 1 : NULL;
	}
}

static bool takes_lines(const struct gw_form_field *field) {
	return field->type == GW_FIELD_TEXT_MULTI || form_field_takes_several(field);
}

static void add_value(struct xml_node *node, const struct gw_form_field *field, const char *value) {
	bool truth;
	if (field->type == GW_FIELD_BOOLEAN && text_read_boolean(value, &truth)) {
		xml_add_text(node, "value", NULL, truth ? "1" : "0"); /* what the oldest clients know */
	} else if (takes_lines(field)) {
		add_lines(node, "value", value);
	} else {
		xml_add_text(node, "value", NULL, value);
	}
}

static void add_values(struct xml_node *node, const struct gw_form_field *field,
		const struct gw_form *values) {
	if (field->type == GW_FIELD_TEXT_PRIVATE) {
		return;
	}
	if (values == NULL || field->var == NULL || !form_has(values, field->var)) {
		if (field->value != NULL) {
			add_value(node, field, field->value);
		}
		return;
	}
	size_t count;
	const char *const *all = gw_form_values(values, field->var, &count);
	for (size_t i = 0; i < count; i++) {
		add_value(node, field, all[i]);
	}
}

static void add_options(struct xml_node *node, const struct gw_form_option *options) {
	for (; options != NULL && options->value != NULL; options++) {
		struct xml_node *option = xml_add(node, "option", NULL);
		xml_set(option, "label", options->label);
		xml_add_text(option, "value", NULL, options->value);
	}
}

/*
 * XEP-0122 allows one method: bounds, or a pattern, or a list that is open. In closed lists the
 * first two mean nothing.
 */
static void add_validation(struct xml_node *node, const struct gw_form_field *field) {
	bool is_list = field->type == GW_FIELD_LIST_SINGLE || field->type == GW_FIELD_LIST_MULTI;
	bool is_text = field->type == GW_FIELD_TEXT_SINGLE || field->type == GW_FIELD_TEXT_MULTI;
	bool is_bounded = is_text && (field->min != NULL || field->max != NULL) &&
			(field->datatype == GW_DATATYPE_INTEGER || field->datatype == GW_DATATYPE_DECIMAL);
	bool has_pattern = is_text && field->pattern != NULL;
	bool is_open = is_list && field->open;
	if ((!is_list && !is_text) ||
			(field->datatype == GW_DATATYPE_STRING && !is_bounded && !has_pattern && !is_open)) {
		return;
	}
	struct xml_node *validate = xml_add(node, "validate", NS_DATA_VALIDATE);
	xml_set(validate, "datatype", datatype_names[field->datatype]);
	if (is_bounded) {
		struct xml_node *range = xml_add(validate, "range", NULL);
		xml_set(range, "min", field->min);
		xml_set(range, "max", field->max);
	} else if (has_pattern) {
		xml_add_text(validate, "regex", NULL, field->pattern);
	} else {
		xml_add(validate, is_open ? "open" : "basic", NULL);
	}
}

static void add_picture(struct xml_node *node, const char *url) {
	if (url == NULL) {
		return;
	}
	struct xml_node *uri = xml_add(xml_add(node, "media", NS_DATA_MEDIA), "uri", NULL);
	xml_set(uri, "type", "image/png");
	xml_text(uri, url);
}

/* XEP-0004 section 3.3: a text of several lines is several fixed fields. */
static void add_more_fixed(struct xml_node *x, const char *text) {
	for (const char *line = strchr(text, '\n'); line != NULL;) {
		size_t size = strcspn(++line, "\n");
		struct xml_node *node = xml_add(x, "field", NULL);
		xml_set(node, "type", "fixed");
		xml_add_text(node, "value", NULL, arena_strndup(x->arena, line, size));
		line = line[size] == '\n' ? line + size : NULL;
	}
}

static void add_field(struct xml_node *x, const struct gw_form_field *field,
		const struct gw_form *values) {
	struct xml_node *node = xml_add(x, "field", NULL);
	xml_set(node, "var", field->var);
	xml_set(node, "type", type_names[field->type]);
	xml_set(node, "label", field->label);
	xml_add_text(node, "desc", NULL, field->description);
	if (field->type == GW_FIELD_FIXED) {
		if (field->value != NULL) {
			size_t size = strcspn(field->value, "\n");
			xml_add_text(node, "value", NULL, arena_strndup(x->arena, field->value, size));
		}
	} else {
		if (field->required && !form_is_kept_secret(field)) {
			xml_add(node, "required", NULL);
		}
		add_values(node, field, values);
	}
	if (field->type == GW_FIELD_LIST_SINGLE || field->type == GW_FIELD_LIST_MULTI) {
		add_options(node, field->options);
	}
	add_validation(node, field);
	add_picture(node, field->image_url);
	if (field->type == GW_FIELD_FIXED && field->value != NULL) {
		add_more_fixed(x, field->value);
	}
}

struct xml_node *form_write(struct xml_node *parent, const struct gw_form_template *template,
		const char *form_type, const struct gw_form *values) {
	struct xml_node *x = xml_add(parent, "x", NS_DATA_FORM);
	xml_set(x, "type", "form");
	xml_add_text(x, "title", NULL, template->title);
	add_lines(x, "instructions", template->instructions);
	add_form_type(x, form_type);
	for (size_t i = 0; i < form_field_count(template->fields); i++) {
		add_field(x, &template->fields[i], values);
	}
	return x;
}

struct xml_node *form_write_answers(struct xml_node *parent, const char *type,
		const char *form_type, const struct gw_form *form) {
	struct xml_node *x = xml_add(parent, "x", NS_DATA_FORM);
	xml_set(x, "type", type);
	add_form_type(x, form_type);
	const char *var;
	for (size_t i = 0; (var = gw_form_var(form, i)) != NULL; i++) {
		if (strcmp(var, "FORM_TYPE") == 0 && form_type != NULL) {
			continue;
		}
		struct xml_node *field = xml_add(x, "field", NULL);
		xml_set(field, "var", var);
		size_t count;
		const char *const *values = gw_form_values(form, var, &count);
		for (size_t j = 0; j < count; j++) {
			xml_add_text(field, "value", NULL, values[j]);
		}
	}
	return x;
}

static struct gw_form_option *copy_options(struct arena *arena,
		const struct gw_form_option *options) {
	if (options == NULL) {
		return NULL;
	}
	size_t count = 0;
	while (options[count].value != NULL) {
		count++;
	}
	struct gw_form_option *copy = arena_new(arena, (count + 1) * sizeof(*copy));
	for (size_t i = 0; i < count; i++) {
		copy[i].value = arena_strdup(arena, options[i].value);
		copy[i].label = arena_strdup(arena, options[i].label);
	}
	return copy;
}

struct gw_form_template *form_template_copy(struct arena *arena,
		const struct gw_form_template *template) {
	size_t count = form_field_count(template->fields);
	struct gw_form_field *fields = arena_new(arena, (count + 1) * sizeof(*fields));
	for (size_t i = 0; i < count; i++) {
		const struct gw_form_field *field = &template->fields[i];
		fields[i] = *field;
		fields[i].var = arena_strdup(arena, field->var);
		fields[i].label = arena_strdup(arena, field->label);
		fields[i].description = arena_strdup(arena, field->description);
		fields[i].value = arena_strdup(arena, field->value);
		fields[i].options = copy_options(arena, field->options);
		fields[i].min = arena_strdup(arena, field->min);
		fields[i].max = arena_strdup(arena, field->max);
		fields[i].pattern = arena_strdup(arena, field->pattern);
		fields[i].image_url = arena_strdup(arena, field->image_url);
	}
	struct gw_form_template *copy = arena_new(arena, sizeof(*copy));
	copy->title = arena_strdup(arena, template->title);
	copy->instructions = arena_strdup(arena, template->instructions);
	copy->fields = fields;
	return copy;
}
