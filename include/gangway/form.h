/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Forms (XEP-0004, validated by XEP-0122) and tables. One description serves every way in which a user can meet it: the
 * client's registration or search dialogue, an ad-hoc command, and a chat in which the fields are asked one by one.
 */
#ifndef GANGWAY_FORM_H
#define GANGWAY_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum gw_field_type {
	GW_FIELD_TEXT_SINGLE, /* one line */
	GW_FIELD_TEXT_PRIVATE, /* one line, hidden while typed; never logged, stored encrypted; see binds_secrets */
	GW_FIELD_TEXT_MULTI,  /* several lines */
	GW_FIELD_BOOLEAN,     /* a box to tick; "true" or "false" */
	GW_FIELD_LIST_SINGLE, /* one of the options */
	GW_FIELD_LIST_MULTI,  /* any of the options */
	GW_FIELD_JID_SINGLE,  /* an XMPP address */
	GW_FIELD_JID_MULTI,   /* several, each once */
	GW_FIELD_FIXED,       /* text for the reader, not a question; needs no var */
	GW_FIELD_HIDDEN,      /* carried along, not shown */
};

/* XEP-0122 data types that are checked; each of them is optional. */
enum gw_field_datatype {
	GW_DATATYPE_STRING,   /* xs:string */
	GW_DATATYPE_INTEGER,  /* xs:integer, with min and max */
	GW_DATATYPE_DECIMAL,  /* xs:decimal, with min and max */
	GW_DATATYPE_DATE,     /* xs:date, 2026-11-23 */
	GW_DATATYPE_DATETIME, /* xs:dateTime, 2026-11-23T20:00:00Z */
	GW_DATATYPE_TIME,     /* xs:time, 20:00:00 */
	GW_DATATYPE_URI,      /* xs:anyURI */
	GW_DATATYPE_LANGUAGE, /* xs:language, en-GB */
};

struct gw_form_option {
	const char *value;
	const char *label; /* what the user reads; NULL: the value */
};

/* One question. A constant table of them ends with a zeroed one. All strings are borrowed for as long as the table. */
struct gw_form_field {
	const char *var;         /* the name of the answer; unique in its form */
	const char *label;       /* what the user reads; NULL: the var */
	const char *description; /* a longer help text; may be NULL */
	enum gw_field_type type;
	bool required;           /* an empty answer is refused with a text that names the label */
	const char *value;       /* preset; several values are separated by line breaks; may be NULL */
	const struct gw_form_option *options; /* of the lists; ends with a zeroed one */
	bool open;               /* the options are suggestions, other values are fine (XEP-0122 <open/>) */
	enum gw_field_datatype datatype;
	const char *min, *max;   /* of integers and decimals; NULL: no bound */
	const char *pattern;     /* POSIX extended regular expression that the whole value has to match; may be NULL */
	size_t max_bytes;        /* of each value; 0: 3 KiB, and 64 KiB for several lines */
	const char *image_url;   /* shown beside the field (XEP-0221, image/png); may be NULL */

	/*
	 * In the registration form: where the user's secrets go, a server or a port for instance. What was stored in private
	 * fields is kept when the user leaves them empty, but only while these fields keep their values too; else the module
	 * gets them empty, and required ones are asked for again. So a password never reaches another server than its own.
	 */
	bool binds_secrets;
};

/* A whole form as it is shown. */
struct gw_form_template {
	const char *title;        /* may be NULL */
	const char *instructions; /* may be NULL */
	const struct gw_form_field *fields; /* NULL or empty: nothing to fill in, only to confirm */
};

/*
 * Answers: var -> one or more values. The core has checked them against the fields before a module sees them: required
 * ones are there, values have their type, unknown vars are gone, booleans read "true" or "false".
 */
struct gw_form;

/* The (first) value; NULL when there is no such answer. Borrowed from the form. */
const char *gw_form_value(const struct gw_form *form, const char *var);

/* The same, never NULL: "" when there is no such answer. */
const char *gw_form_text(const struct gw_form *form, const char *var);

/* "true" or "1"; false when there is no such answer. */
bool gw_form_boolean(const struct gw_form *form, const char *var);

/* The value as a number, or `otherwise` when there is none. */
int64_t gw_form_integer(const struct gw_form *form, const char *var, int64_t otherwise);

/* All values of an answer; *out_count is 0 when there are none. Borrowed from the form. */
const char *const *gw_form_values(const struct gw_form *form, const char *var, size_t *out_count);

/* The names of the answers by position; NULL behind the last one. */
const char *gw_form_var(const struct gw_form *form, size_t index);

/* Making one: what a module wants stored, for instance. Values are copied; setting NULL removes the answer. */
struct gw_form *gw_form_new(void);
struct gw_form *gw_form_copy(const struct gw_form *form);
void gw_form_set(struct gw_form *form, const char *var, const char *value);
void gw_form_add(struct gw_form *form, const char *var, const char *value);
void gw_form_free(struct gw_form *form);

/* A table of results: the outcome of a search or of a command. */
struct gw_table_column {
	const char *var;
	const char *label; /* NULL: the var */
	bool is_jid;       /* shown as something to click */
};

struct gw_table;

/* The columns end with a zeroed one and are copied, as is the description (may be NULL). */
struct gw_table *gw_table_new(const char *description, const struct gw_table_column *columns);

/* One value for each column, in their order; NULL is an empty cell. Copied. */
void gw_table_add_row(struct gw_table *table, const char *const *values);
size_t gw_table_count_rows(const struct gw_table *table);
void gw_table_free(struct gw_table *table);

#ifdef __cplusplus
}
#endif

#endif
