/* SPDX-License-Identifier: MPL-2.0 */
/* XEP-0004 and XEP-0122: is an answer acceptable, and what is its canonical form? */
#include "codec/form.h"

#include "util/mem.h"
#include "util/strbuf.h"
#include "util/text.h"
#include "xmpp/jid.h"

#include <regex.h>
#include <string.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

enum {
	MAX_LINE_BYTES = 3 * 1024,
	MAX_LINES_BYTES = 64 * 1024,
	MAX_CHOICES_NAMED = 8,
	MAX_PATTERN_BYTES = 1024
};

static bool refuse(struct arena *arena, const struct gw_form_field *field,
		struct form_problem *out_problem, const char *what) {
	*out_problem = (struct form_problem){
		.condition = GW_NOT_ACCEPTABLE,
		.var = field->var,
		.text = arena_printf(arena, "“%s” %s", form_field_label(field), what),
	};
	return false;
}

static bool has_several_lines(const struct gw_form_field *field) {
	return field->type == GW_FIELD_TEXT_MULTI || field->type == GW_FIELD_HIDDEN;
}

/* Without white space around it, which no datatype but text knows. */
static const char *trimmed(struct arena *arena, const char *value) {
	value += strspn(value, " \t\r\n");
	size_t size = strlen(value);
	while (size > 0 && strchr(" \t\r\n", value[size - 1]) != NULL) {
		size--;
	}
	return arena_strndup(arena, value, size);
}

static bool is_decimal(const char *value) {
	value += *value == '-' || *value == '+';
	size_t whole = strspn(value, DIGITS);
	value += whole;
	size_t part = 0;
	if (*value == '.') {
		part = strspn(++value, DIGITS);
		value += part;
	}
	return *value == '\0' && whole + part > 0;
}

/* Compares the digits of two decimals without a sign, of any length. */
static int compare_digits(const char *a, const char *b) {
	a += strspn(a, "0");
	b += strspn(b, "0");
	size_t whole_a = strspn(a, DIGITS), whole_b = strspn(b, DIGITS);
	if (whole_a != whole_b) {
		return whole_a < whole_b ? -1 : 1;
	}
	int whole = strncmp(a, b, whole_a);
	if (whole != 0) {
		return whole;
	}
	a += whole_a;
	b += whole_b;
	a += *a == '.';
	b += *b == '.';
	while (*a != '\0' || *b != '\0') {
		char digit_a = '0', digit_b = '0';
		if (*a != '\0') {
			digit_a = *a++;
		}
		if (*b != '\0') {
			digit_b = *b++;
		}
		if (digit_a != digit_b) {
			return digit_a < digit_b ? -1 : 1;
		}
	}
	return 0;
}

static int compare_decimals(const char *a, const char *b) {
	bool is_a_negative = *a == '-', is_b_negative = *b == '-';
	a += *a == '-' || *a == '+';
	b += *b == '-' || *b == '+';
	int digits = compare_digits(a, b);
	if (is_a_negative && is_b_negative) {
		return -digits;
	}
	if (is_a_negative == is_b_negative) {
		return digits;
	}
	bool are_both_zero = digits == 0 && strpbrk(a, "123456789") == NULL;
	if (are_both_zero) {
		return 0;
	}
	return is_a_negative ? -1 : 1;
}

/* RFC 3986: a scheme, a colon, and something without spaces behind it. */
static bool is_uri(const char *value) {
	size_t scheme = strspn(value, LETTERS DIGITS "+.-");
	if (strspn(value, LETTERS) == 0 || value[scheme] != ':' || value[scheme + 1] == '\0') {
		return false;
	}
	for (const char *at = value + scheme; *at != '\0'; at++) {
		if ((unsigned char)*at <= ' ' || strchr("<>\"{}|\\^`\x7f", *at) != NULL) {
			return false;
		}
	}
	return true;
}

/* XML Schema's language: words of at most eight letters, digits too behind the first hyphen. */
static bool is_language(const char *value) {
	for (const char *allowed = LETTERS;; allowed = LETTERS DIGITS) {
		size_t size = strspn(value, allowed);
		if (size < 1 || size > 8) {
			return false;
		}
		value += size;
		if (*value == '\0') {
			return true;
		}
		if (*value++ != '-') {
			return false;
		}
	}
}

/* A date or a time of day is right when a moment made with it is. */
static bool is_date(struct arena *arena, const char *value) {
	int64_t ignored;
	return strlen(value) == strlen("2026-11-23") &&
			text_read_time(arena_printf(arena, "%sT00:00:00Z", value), &ignored);
}

static bool is_time(struct arena *arena, const char *value) {
	int64_t ignored;
	return text_read_time(arena_printf(arena, "2000-01-01T%s", value), &ignored) ||
			text_read_time(arena_printf(arena, "2000-01-01T%sZ", value), &ignored);
}

static bool is_within(const struct gw_form_field *field, const char *value) {
	return (field->min == NULL || compare_decimals(value, field->min) >= 0) &&
			(field->max == NULL || compare_decimals(value, field->max) <= 0);
}

static bool refuse_range(struct arena *arena, const struct gw_form_field *field,
		struct form_problem *out_problem, const char *kind) {
	const char *what;
	if (field->min != NULL && field->max != NULL) {
		what = arena_printf(arena, "has to be %s between %s and %s", kind, field->min, field->max);
	} else if (field->min != NULL) {
		what = arena_printf(arena, "has to be %s, at least %s", kind, field->min);
	} else if (field->max != NULL) {
		what = arena_printf(arena, "has to be %s, at most %s", kind, field->max);
	} else {
		what = arena_printf(arena, "has to be %s", kind);
	}
	return refuse(arena, field, out_problem, what);
}

static bool check_integer(struct arena *arena, const struct gw_form_field *field,
		const char **value, struct form_problem *out_problem) {
	const char *digits = *value + (**value == '+' && strspn(*value + 1, DIGITS) > 0);
	int64_t number;
	if (!text_read_integer(digits, INT64_MIN, INT64_MAX, &number) || !is_within(field, digits)) {
		return refuse_range(arena, field, out_problem, "a whole number");
	}
	*value = arena_printf(arena, "%lld", (long long)number);
	return true;
}

/* Replaces *value, which is not empty, by its canonical form. */
static bool check_datatype(struct arena *arena, const struct gw_form_field *field,
		const char **value, struct form_problem *out_problem) {
	if (field->datatype == GW_DATATYPE_STRING) {
		return true;
	}
	*value = trimmed(arena, *value);
	bool is_good = true;
	const char *example = "";
	int64_t ignored;
	switch (field->datatype) {
	case GW_DATATYPE_INTEGER: return check_integer(arena, field, value, out_problem);
	case GW_DATATYPE_DECIMAL:
		is_good = is_decimal(*value) && is_within(field, *value);
		return is_good || refuse_range(arena, field, out_problem, "a number");
	case GW_DATATYPE_DATE:
		is_good = is_date(arena, *value);
		example = "a date such as 2026-11-23";
		break;
	case GW_DATATYPE_DATETIME:
		is_good = text_read_time(*value, &ignored);
		example = "a date and time such as 2026-11-23T20:00:00Z";
		break;
	case GW_DATATYPE_TIME:
		is_good = is_time(arena, *value);
		example = "a time such as 20:00:00";
		break;
	case GW_DATATYPE_URI:
		is_good = is_uri(*value);
		example = "a web address such as https://example.org/";
		break;
	case GW_DATATYPE_LANGUAGE:
		is_good = is_language(*value);
		example = "a language such as en-GB";
		break;
	case GW_DATATYPE_STRING: break;
	}
	return is_good ||
			refuse(arena, field, out_problem, arena_printf(arena, "has to be %s", example));
}

/*
 * The pattern is the module's; one that does not compile is the module's fault and said to be ours.
 */
static bool check_pattern(struct arena *arena, const struct gw_form_field *field, const char *value,
		struct form_problem *out_problem) {
	if (field->pattern == NULL) {
		return true;
	}
	regex_t regex;
	const char *whole = arena_printf(arena, "^(%s)$", field->pattern);
	if (strlen(whole) > MAX_PATTERN_BYTES ||
			regcomp(&regex, whole, REG_EXTENDED | REG_NOSUB) != 0) {
		refuse(arena, field, out_problem,
				"cannot be checked, because its pattern is wrong; this is our fault");
		out_problem->condition = GW_INTERNAL_SERVER_ERROR;
		return false;
	}
	bool matches = regexec(&regex, value, 0, NULL, 0) == 0;
	regfree(&regex);
	return matches || refuse(arena, field, out_problem, "does not have the form that is asked for");
}

static bool refuse_choice(struct arena *arena, const struct gw_form_field *field,
		struct form_problem *out_problem) {
	struct strbuf names;
	strbuf_init(&names, MAX_LINE_BYTES);
	size_t count = 0;
	for (const struct gw_form_option *option = field->options;
			option != NULL && option->value != NULL; option++) {
		const char *label = option->label != NULL ? option->label : option->value;
		strbuf_printf(&names, "%s“%s”", count++ == 0 ? "" : ", ", label);
	}
	const char *what = "is not one of the choices";
	if (count > 0 && count <= MAX_CHOICES_NAMED && !names.is_full) {
		what = arena_printf(arena, "has to be one of %s", names.bytes);
	}
	strbuf_finish(&names);
	return refuse(arena, field, out_problem, what);
}

/* One of the options by its value; failing that, by what a person reads or types of it. */
static bool check_choice(struct arena *arena, const struct gw_form_field *field, const char **value,
		struct form_problem *out_problem) {
	for (const struct gw_form_option *option = field->options;
			option != NULL && option->value != NULL; option++) {
		if (strcmp(option->value, *value) == 0) {
			return true;
		}
	}
	for (const struct gw_form_option *option = field->options;
			option != NULL && option->value != NULL; option++) {
		if (text_equal_ignoring_case(option->value, *value) ||
				(option->label != NULL && text_equal_ignoring_case(option->label, *value))) {
			*value = option->value;
			return true;
		}
	}
	return field->open || refuse_choice(arena, field, out_problem);
}

static bool check_boolean(struct arena *arena, const struct gw_form_field *field,
		const char **value, struct form_problem *out_problem) {
	static const char *const yes[] = { "1", "true", "yes" };
	static const char *const no[] = { "0", "false", "no" };
	const char *word = trimmed(arena, *value);
	for (size_t i = 0; i < ARRAY_LENGTH(yes); i++) {
		if (text_equal_ignoring_case(word, yes[i])) {
			*value = "true";
			return true;
		}
		if (text_equal_ignoring_case(word, no[i])) {
			*value = "false";
			return true;
		}
	}
	return refuse(arena, field, out_problem, "has to be yes or no");
}

static bool check_jid(struct arena *arena, const struct gw_form_field *field, const char **value,
		struct form_problem *out_problem) {
	struct gw_jid jid;
	if (!jid_parse(arena, trimmed(arena, *value), &jid)) {
		return refuse(arena, field, out_problem, "has to be an address such as juliet@example.org");
	}
	*value = jid.full;
	return true;
}

static bool check_size(struct arena *arena, const struct gw_form_field *field, const char *value,
		struct form_problem *out_problem) {
	size_t max_bytes = field->max_bytes;
	if (max_bytes == 0) {
		max_bytes = has_several_lines(field) ? MAX_LINES_BYTES : MAX_LINE_BYTES;
	}
	if (strlen(value) <= max_bytes) {
		return true;
	}
	return refuse(arena, field, out_problem,
			arena_printf(arena, "is too long: at most %zu bytes", max_bytes));
}

/*
 * One line: a break at its end is an accident of pasting, one inside is refused, for what networks
 * make of it.
 */
static bool check_line(struct arena *arena, const struct gw_form_field *field, const char **value,
		struct form_problem *out_problem) {
	size_t size = strlen(*value);
	while (size > 0 && ((*value)[size - 1] == '\n' || (*value)[size - 1] == '\r')) {
		size--;
	}
	if ((*value)[size] != '\0') {
		*value = arena_strndup(arena, *value, size);
	}
	return strpbrk(*value, "\r\n") == NULL ||
			refuse(arena, field, out_problem, "has to be a single line");
}

/* What the type of the field asks of a value that is not empty. */
static bool check_type(struct arena *arena, const struct gw_form_field *field, const char **value,
		struct form_problem *out_problem) {
	switch (field->type) {
	case GW_FIELD_BOOLEAN: return check_boolean(arena, field, value, out_problem);
	case GW_FIELD_JID_SINGLE:
	case GW_FIELD_JID_MULTI: return check_jid(arena, field, value, out_problem);
	case GW_FIELD_FIXED:
	case GW_FIELD_HIDDEN: return true;
	case GW_FIELD_LIST_SINGLE:
	case GW_FIELD_LIST_MULTI:
		if (!check_choice(arena, field, value, out_problem)) {
			return false;
		}
		break;
	case GW_FIELD_TEXT_SINGLE:
	case GW_FIELD_TEXT_PRIVATE:
	case GW_FIELD_TEXT_MULTI: break;
	}
	return check_datatype(arena, field, value, out_problem) &&
			check_pattern(arena, field, *value, out_problem);
}

static bool needs_answer(const struct gw_form_field *field) {
	return field->required && !form_is_kept_secret(field);
}

/* Of a secret that is kept. */
static bool check_removal(struct arena *arena, const struct gw_form_field *field,
		const char **out_value, struct form_problem *out_problem) {
	if (field->required) {
		return refuse(arena, field, out_problem, "is required");
	}
	*out_value = FORM_NO_SECRET;
	return true;
}

bool form_check_value(struct arena *arena, const struct gw_form_field *field, const char *value,
		const char **out_value, struct form_problem *out_problem) {
	if (form_is_kept_secret(field) && strcmp(value, FORM_NO_SECRET) == 0) {
		return check_removal(arena, field, out_value, out_problem);
	}
	if (!check_size(arena, field, value, out_problem)) {
		return false;
	}
	if (!has_several_lines(field) && !check_line(arena, field, &value, out_problem)) {
		return false;
	}
	if (*value == '\0') {
		if (needs_answer(field)) {
			return refuse(arena, field, out_problem, "is required");
		}
		*out_value = "";
		return true;
	}
	if (check_type(arena, field, &value, out_problem)) {
		*out_value = value;
		return true;
	}
	return false;
}

/* XEP-0004 section 3.3: the lines of a text may come as one value each. */
const char *form_join_lines(struct arena *arena, const char *const *values, size_t count, size_t max_bytes) {
	struct strbuf lines;
	strbuf_init(&lines, max_bytes);
	for (size_t i = 0; i < count; i++) {
		strbuf_printf(&lines, "%s%s", i > 0 ? "\n" : "", values[i]);
	}
	const char *text = arena_strndup(arena, lines.bytes, lines.size);
	strbuf_finish(&lines);
	return text;
}

static bool has_value(const struct gw_form *form, const char *var, const char *value) {
	size_t count;
	const char *const *values = gw_form_values(form, var, &count);
	for (size_t i = 0; i < count; i++) {
		if (strcmp(values[i], value) == 0) {
			return true;
		}
	}
	return false;
}

static bool check_several(struct arena *arena, const struct gw_form_field *field,
		const char *const *values, size_t count, struct gw_form *checked,
		struct form_problem *out_problem) {
	form_set_empty(checked, field->var);
	for (size_t i = 0; i < count; i++) {
		const char *value = values[i];
		if (*value == '\0' && field->type != GW_FIELD_HIDDEN) {
			continue;
		}
		if (!form_check_value(arena, field, value, &value, out_problem)) {
			return false;
		}
		if (field->type == GW_FIELD_HIDDEN || !has_value(checked, field->var, value)) {
			gw_form_add(checked, field->var, value);
		}
	}
	return !field->required || gw_form_value(checked, field->var) != NULL ||
			refuse(arena, field, out_problem, "is required");
}

static bool check_field(struct arena *arena, const struct gw_form_field *field,
		const struct gw_form *answers, struct gw_form *checked, struct form_problem *out_problem) {
	size_t count;
	const char *const *values = gw_form_values(answers, field->var, &count);
	if (!form_has(answers, field->var)) {
		return !needs_answer(field) || refuse(arena, field, out_problem, "is required");
	}
	if (form_field_takes_several(field)) {
		return check_several(arena, field, values, count, checked, out_problem);
	}
	const char *value = count > 0 ? values[0] : "";
	if (field->type == GW_FIELD_TEXT_MULTI) {
		value = form_join_lines(arena, values, count, STRBUF_UNLIMITED);
	} else if (count > 1) {
		return refuse(arena, field, out_problem, "takes only one value");
	}
	if (!form_check_value(arena, field, value, &value, out_problem)) {
		return false;
	}
	if (field->type == GW_FIELD_BOOLEAN && *value == '\0') {
		return true; /* neither yes nor no: not answered */
	}
	gw_form_set(checked, field->var, value);
	return true;
}

struct gw_form *form_check(struct arena *arena, const struct gw_form *answers,
		const struct gw_form_field *fields, struct form_problem *out_problem) {
	struct gw_form *checked = gw_form_new();
	for (size_t i = 0; i < form_field_count(fields); i++) {
		const struct gw_form_field *field = &fields[i];
		if (!form_field_has_answer(field)) {
			continue;
		}
		if (!check_field(arena, field, answers, checked, out_problem)) {
			gw_form_free(checked);
			return NULL;
		}
	}
	return checked;
}
