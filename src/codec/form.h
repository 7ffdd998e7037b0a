/* SPDX-License-Identifier: MPL-2.0 */
/*
 * XEP-0004 data forms with XEP-0122 validation and XEP-0221 media: templates to XML, XML to checked
 * answers, tables.
 */
#ifndef CODEC_FORM_H
#define CODEC_FORM_H

#include "xml/node.h"

#include <gangway/error.h>
#include <gangway/form.h>

enum { FORM_MAX_FIELDS = 128, FORM_MAX_VALUES = 512, FORM_MAX_BYTES = 256 * 1024 };
enum { TABLE_MAX_BYTES = 128 * 1024 };

/* Why a submission was refused; the text is for the user and in the arena that was given. */
struct form_problem {
	enum gw_condition condition; /* NOT_ACCEPTABLE for a value, BAD_REQUEST for no form at all */
	const char *var;             /* the field concerned, or NULL */
	const char *text;            /* "“Password” is required" */
};

/*
 * <x xmlns='jabber:x:data' type='form'> below parent. `values` presets (may be NULL) win over the
 * fields' own value; what is stored of a private field never goes out. form_type may be NULL.
 */
struct xml_node *form_write(struct xml_node *parent, const struct gw_form_template *template,
		const char *form_type, const struct gw_form *values);

/*
 * A submitted <x type='submit'> checked against the fields. Unknown fields are dropped; over-long
 * and repeated ones refused. Returns NULL and fills *out_problem (texts in the arena) when
 * something is not acceptable. The caller frees.
 */
struct gw_form *form_read(struct arena *arena, const struct xml_node *x,
		const struct gw_form_field *fields, struct form_problem *out_problem);

/*
 * The two halves of form_read(), for a caller who completes the answers in between: the answers to
 * known fields as they stand, each field at most once; then form_check().
 */
struct gw_form *form_collect(struct arena *arena, const struct xml_node *x,
		const struct gw_form_field *fields, struct form_problem *out_problem);

/*
 * A form of type 'submit' or 'result' as it stands, unchecked but bounded; NULL if it is none or
 * too large.
 */
struct gw_form *form_read_any(const struct xml_node *x);

/*
 * Checks answers that did not come as a data form (legacy registration fields, chat). Takes
 * nothing, changes nothing. What is returned is in canonical form: booleans "true" or "false",
 * several lines in one value, each address once. An empty answer to a question that is not required
 * stays, as "" or as no value, so that form_merge() can clear an older one.
 */
struct gw_form *form_check(struct arena *arena, const struct gw_form *answers,
		const struct gw_form_field *fields, struct form_problem *out_problem);

/*
 * One value of one field: what a chat user typed. True when it is fine; *out_value is then its
 * canonical form.
 */
bool form_check_value(struct arena *arena, const struct gw_form_field *field, const char *value,
		const char **out_value, struct form_problem *out_problem);

/* <x type='submit'> with FORM_TYPE and the answers as they are: for what we ask of others. */
struct xml_node *form_write_answers(struct xml_node *parent, const char *type,
		const char *form_type, const struct gw_form *form);

/*
 * <x type='result'> with <reported/> and <item/>s; the description is the title. Both ways of
 * showing a table stop before TABLE_MAX_BYTES, and then say how many rows there are: a stanza that
 * is too large would end the stream.
 */
struct xml_node *table_write(struct xml_node *parent, const struct gw_table *table,
		const char *form_type);

/*
 * A table as text for a chat: the description, then "label: value" lines, an empty line between
 * rows (row C12).
 */
const char *table_to_text(struct arena *arena, const struct gw_table *table);

/* The columns; they end with a zeroed one. */
const struct gw_table_column *table_columns(const struct gw_table *table);

/* Reading a table: rows and cells by position; NULL beyond the last. */
const char *table_cell(const struct gw_table *table, size_t row, const char *var);

/* A deep copy of a template into an arena, so that a dialogue can keep it. */
struct gw_form_template *form_template_copy(struct arena *arena,
		const struct gw_form_template *template);

/* A table of fields that can be changed, the strings shared; and answers as what stands in its fields at first. */
struct gw_form_field *form_fields_copy(struct arena *arena, const struct gw_form_field *fields);
void form_preset(struct arena *arena, struct gw_form_field *fields, const struct gw_form *values);

/* What an untouched form is sent with: the presets, each value by itself where a field takes several. The caller frees. */
struct gw_form *form_defaults(const struct gw_form_field *fields);

/*
 * Secrets that are stored are never shown. A private field with this value has one that is kept: an empty answer to it is
 * fine (XEP-0077 section 3.3), and FORM_NO_SECRET says that there shall be none any more, unless it is required.
 */
extern const char form_kept_secret[];
bool form_is_kept_secret(const struct gw_form_field *field);

#define FORM_NO_SECRET "-"

/* Do all fields that bind secrets keep the value they have? Those that are not answered do. */
bool form_keeps_secrets(struct arena *arena, const struct gw_form_field *fields, const struct gw_form *answers);

/*
 * Completes answers that change what is stored: questions that were not answered keep what is stored, and so do private
 * ones that were left empty, if form_keeps_secrets(). To be checked afterwards. `stored` may be NULL.
 */
void form_keep_stored(struct arena *arena, struct gw_form *answers, const struct gw_form_field *fields,
		const struct gw_form *stored);

/* Values as one text, a line each; what is beyond max_bytes is left out. */
const char *form_join_lines(struct arena *arena, const char *const *values, size_t count, size_t max_bytes);

size_t form_field_count(const struct gw_form_field *fields);
const struct gw_form_field *form_field_find(const struct gw_form_field *fields, const char *var);

/* Does it have a value that comes back? Others are for reading. */
bool form_field_has_answer(const struct gw_form_field *field);

/* And does somebody see it? Hidden ones are carried along. */
bool form_field_is_question(const struct gw_form_field *field);
bool form_field_takes_several(const struct gw_form_field *field);
const char *form_field_label(const struct gw_form_field *field);

/* Answers as a compact string and back, for the store. NULL when the string is not one of ours. */
const char *form_serialize(struct arena *arena, const struct gw_form *form);
struct gw_form *form_deserialize(const char *text);

/* An answer without any value: nothing was chosen. */
void form_set_empty(struct gw_form *form, const char *var);
bool form_has(const struct gw_form *form, const char *var);

/* Later answers replace earlier ones of the same name. `from` may be NULL. */
void form_merge(struct gw_form *into, const struct gw_form *from);

/* The same for one answer. */
void form_take(struct gw_form *into, const struct gw_form *from, const char *var);

#endif
