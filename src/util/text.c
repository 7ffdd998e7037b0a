/* SPDX-License-Identifier: MPL-2.0 */
/* UTF-8 and the small readers and writers of text. Where text may be cut stands in text_cut.c. */
#include "util/text.h"

#include "util/arena.h"
#include "util/mem.h"

#include <gangway/text.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wctype.h>

#define REPLACEMENT 0xfffdu
#define REPLACEMENT_BYTES "\xef\xbf\xbd"

/* XML 1.0 section 2.2. */
static bool is_xml_char(uint32_t c) {
	if (c < 0x20) {
		return c == '\t' || c == '\n' || c == '\r';
	}
	return c < 0xd800 || (c >= 0xe000 && c <= 0xfffd) || c >= 0x10000;
}

static bool is_line_break(uint32_t c) {
	return (c >= '\n' && c <= '\r') || c == 0x85 || c == 0x2028 || c == 0x2029;
}

/* Embeddings, overrides and isolates: an unclosed one in a name turns around the text behind it. */
static bool is_bidi_control(uint32_t c) {
	return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

/*
 * The length of the beginning that is ASCII from the space upwards: nearly all there is, looked at
 * in eights.
 */
static size_t plain_run(const char *text, size_t size) {
	const uint64_t high_bits = 0x8080808080808080u, spaces = 0x2020202020202020u;
	size_t i = 0;
	for (; i + 8 <= size; i += 8) {
		uint64_t eight;
		memcpy(&eight, text + i, 8);
		if (((eight | (eight - spaces)) & high_bits) != 0) {
			break;
		}
	}
	while (i < size && (unsigned char)text[i] >= 0x20 && (unsigned char)text[i] < 0x80) {
		i++;
	}
	return i;
}

/* The code point at the start; false for malformed bytes and for what XML cannot carry. */
static bool decode_clean(const char *text, size_t size, uint32_t *out_code_point,
		size_t *out_size) {
	*out_code_point = text_decode(text, size, out_size);
	if (*out_code_point == REPLACEMENT) {
		return *out_size == 3 && memcmp(text, REPLACEMENT_BYTES, 3) == 0;
	}
	return is_xml_char(*out_code_point);
}

bool text_is_clean(const char *text, size_t size) {
	size_t i = plain_run(text, size), length;
	while (i < size) {
		uint32_t c;
		if (!decode_clean(text + i, size - i, &c, &length)) {
			return false;
		}
		i += length;
		i += plain_run(text + i, size - i);
	}
	return true;
}

/* Writes the repaired text, without NUL, or only measures it when out is NULL. */
static size_t repair(const char *text, size_t size, bool is_name, char *out) {
	size_t written = 0, length;
	for (size_t i = 0; i < size; i += length) {
		uint32_t c;
		bool is_clean = decode_clean(text + i, size - i, &c, &length);
		if (is_name && is_clean && (is_line_break(c) || is_bidi_control(c))) {
			continue;
		}
		const char *bytes = is_clean ? text + i : REPLACEMENT_BYTES;
		size_t count = is_clean ? length : 3;
		if (out != NULL) {
			memcpy(out + written, bytes, count);
		}
		written += count;
	}
	return written;
}

static const char *repair_into(struct arena *arena, const char *text, size_t size, bool is_name) {
	size_t repaired_size = repair(text, size, is_name, NULL);
	char *repaired = arena_alloc(arena, repaired_size + 1);
	repair(text, size, is_name, repaired);
	repaired[repaired_size] = '\0';
	return repaired;
}

const char *text_repair(struct arena *arena, const char *text, size_t size) {
	if (text[size] == '\0' && text_is_clean(text, size)) {
		return text;
	}
	return repair_into(arena, text, size, false);
}

static bool is_space(char c) {
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

const char *text_repair_name(struct arena *arena, const char *text) {
	const char *name = repair_into(arena, text, strlen(text), true);
	while (is_space(*name)) {
		name++;
	}
	size_t size = strlen(name);
	while (size > 0 && is_space(name[size - 1])) {
		size--;
	}
	return name[size] == '\0' ? name : arena_strndup(arena, name, size);
}

bool gw_text_is_clean(const char *text, size_t size) {
	return text_is_clean(text, size);
}

char *gw_text_repair(const char *text, size_t size) {
	size_t repaired_size = repair(text, size, false, NULL);
	char *repaired = mem_new(repaired_size + 1);
	repair(text, size, false, repaired);
	return repaired;
}

/*
 * How many bytes begin with this one, and the bounds of the second: they keep overlong forms and
 * surrogates out.
 */
static size_t sequence_length(unsigned char first, unsigned char *out_min, unsigned char *out_max) {
	*out_min = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
	*out_max = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
	if (first < 0xc2 || first > 0xf4) {
		return 1; /* ASCII, or malformed */
	}
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

uint32_t text_decode(const char *text, size_t size, size_t *out_size) {
	const unsigned char *bytes = (const unsigned char *)text;
	unsigned char min, max;
	size_t length = sequence_length(bytes[0], &min, &max);
	*out_size = 1;
	if (length == 1) {
		return bytes[0] < 0x80 ? bytes[0] : REPLACEMENT;
	}
	uint32_t c = bytes[0] & (0x7fu >> length);
	for (size_t i = 1; i < length; i++) {
		if (i >= size || bytes[i] < min || bytes[i] > max) {
			*out_size = i;
			return REPLACEMENT;
		}
		c = c << 6 | (bytes[i] & 0x3f);
		min = 0x80;
		max = 0xbf;
	}
	*out_size = length;
	return c;
}

size_t text_encode(uint32_t code_point, char out[static 4]) {
	if (code_point < 0x80) {
		out[0] = (char)code_point;
		return 1;
	}
	size_t length = code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
	for (size_t i = length - 1; i > 0; i--) {
		out[i] = (char)(0x80 | (code_point & 0x3f));
		code_point >>= 6;
	}
	out[0] = (char)((0xf00u >> length) | code_point);
	return length;
}

size_t text_write_integer(char out[static TEXT_INTEGER_SIZE], int64_t value) {
	char digits[TEXT_INTEGER_SIZE];
	size_t count = 0, size = 0;
	uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
	do {
		digits[count++] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (value < 0) {
		out[size++] = '-';
	}
	while (count > 0) {
		out[size++] = digits[--count];
	}
	out[size] = '\0';
	return size;
}

size_t text_length(const char *text) {
	size_t length = 0;
	for (; *text != '\0'; text++) {
		length += (*text & 0xc0) != 0x80;
	}
	return length;
}

char text_lower(char c) {
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

const char *text_not_empty(const char *text) {
	return text != NULL && *text != '\0' ? text : NULL;
}

size_t text_trimmed_size(const char *text) {
	size_t size = strlen(text);
	while (size > 0 && strchr(" \t\r\n", text[size - 1])) {
		size--;
	}
	return size;
}

bool text_is_blank(const char *text) {
	return text == NULL || text_trimmed_size(text) == 0;
}

bool text_equal_ignoring_case(const char *a, const char *b) {
	while (*a != '\0' && text_lower(*a) == text_lower(*b)) {
		a++;
		b++;
	}
	return text_lower(*a) == text_lower(*b);
}

/* The C library's tables, whatever the process's locale is; opened once, for its life. */
static locale_t tables(void) {
	static locale_t utf8;
	if (utf8 == (locale_t)0) {
		utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	}
	return utf8;
}

static bool is_capital_of(uint32_t capital, uint32_t small) {
	locale_t utf8 = tables();
	return utf8 != (locale_t)0 && towlower_l((wint_t)capital, utf8) == (wint_t)small &&
			towupper_l((wint_t)small, utf8) == (wint_t)capital;
}

bool text_equal_but_for_capitals(const char *a, const char *b) {
	size_t a_size = strlen(a), b_size = strlen(b);
	while (a_size > 0 && b_size > 0) {
		size_t a_step, b_step;
		uint32_t in_a = text_decode(a, a_size, &a_step), in_b = text_decode(b, b_size, &b_step);
		if (in_a != in_b && !is_capital_of(in_a, in_b) && !is_capital_of(in_b, in_a)) {
			return false;
		}
		a += a_step;
		b += b_step;
		a_size -= a_step;
		b_size -= b_step;
	}
	return a_size == b_size;
}

bool text_starts_with(const char *text, const char *prefix) {
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool text_read_boolean(const char *text, bool *out_value) {
	bool is_true = strcmp(text, "1") == 0 || strcmp(text, "true") == 0;
	if (!is_true && strcmp(text, "0") != 0 && strcmp(text, "false") != 0) {
		return false;
	}
	*out_value = is_true;
	return true;
}

bool text_read_integer(const char *text, int64_t min, int64_t max, int64_t *out_value) {
	bool is_negative = *text == '-';
	if (*text == '-' || *text == '+') {
		text++;
	}
	if (*text == '\0') {
		return false;
	}
	/* Counted downwards, as there is one more negative number. */
	int64_t value = 0;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9' || __builtin_mul_overflow(value, 10, &value)
				|| __builtin_sub_overflow(value, *text - '0', &value)) {
			return false;
		}
	}
	if (!is_negative && __builtin_sub_overflow(0, value, &value)) {
		return false;
	}
	if (value < min || value > max) {
		return false;
	}
	*out_value = value;
	return true;
}

const char *text_write_time(struct arena *arena, int64_t time_ms) {
	int64_t ms = time_ms % 1000;
	time_t seconds = (time_t)(time_ms / 1000);
	if (ms < 0) {
		ms += 1000;
		seconds--;
	}
	struct tm utc;
	gmtime_r(&seconds, &utc);
	/* strftime() writes the year 22 with two digits. */
	const char *date = arena_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02d", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
			utc.tm_hour, utc.tm_min, utc.tm_sec);
	if (ms == 0) {
		return arena_printf(arena, "%sZ", date);
	}
	return arena_printf(arena, "%s.%03dZ", date, (int)ms);
}

const char *text_write_minute(struct arena *arena, int64_t time_ms) {
	time_t seconds = (time_t)(time_ms / 1000);
	struct tm utc;
	gmtime_r(&seconds, &utc);
	char date[64];
	strftime(date, sizeof(date), "%Y-%m-%d %H:%M GMT", &utc);
	return arena_strdup(arena, date);
}

/* Reads as many digits as told and the separator behind them ('\0': none), and moves on. */
static bool read_digits(const char **text, unsigned count, int min, int max, char separator,
		int *out_value) {
	int value = 0;
	for (unsigned i = 0; i < count; i++) {
		char c = *(*text)++;
		if (c < '0' || c > '9') {
			return false;
		}
		value = value * 10 + (c - '0');
	}
	if (value < min || value > max || (separator != '\0' && *(*text)++ != separator)) {
		return false;
	}
	*out_value = value;
	return true;
}

/* ".123456": what is finer than a millisecond is dropped. */
static bool read_fraction(const char **text, int *out_ms) {
	int ms = 0, weight = 100;
	if (**text == '.') {
		const char *start = ++*text;
		for (; **text >= '0' && **text <= '9'; ++*text) {
			ms += weight * (**text - '0');
			weight /= 10;
		}
		if (*text == start) {
			return false;
		}
	}
	*out_ms = ms;
	return true;
}

/* "Z" or "+01:30", to the end of the text. */
static bool read_zone(const char *text, int *out_minutes) {
	if (strcmp(text, "Z") == 0) {
		*out_minutes = 0;
		return true;
	}
	int sign = *text == '-' ? -1 : 1, hours, minutes;
	if (*text != '-' && *text != '+') {
		return false;
	}
	text++;
	if (!read_digits(&text, 2, 0, 23, ':', &hours)
			|| !read_digits(&text, 2, 0, 59, '\0', &minutes) || *text != '\0') {
		return false;
	}
	*out_minutes = sign * (hours * 60 + minutes);
	return true;
}

static const int64_t FIRST_SECOND = -62135596800; /* 0001-01-01T00:00:00Z */
static const int64_t LAST_SECOND = 253402300799;  /* 9999-12-31T23:59:59Z */

bool text_read_time(const char *text, int64_t *out_time_ms) {
	struct tm utc = { 0 };
	int ms, zone_minutes;
	if (!read_digits(&text, 4, 1, 9999, '-', &utc.tm_year)
			|| !read_digits(&text, 2, 1, 12, '-', &utc.tm_mon)
			|| !read_digits(&text, 2, 1, 31, 'T', &utc.tm_mday)
			|| !read_digits(&text, 2, 0, 23, ':', &utc.tm_hour)
			|| !read_digits(&text, 2, 0, 59, ':', &utc.tm_min)
			|| !read_digits(&text, 2, 0, 60, '\0', &utc.tm_sec)
			|| !read_fraction(&text, &ms) || !read_zone(text, &zone_minutes)) {
		return false;
	}
	utc.tm_year -= 1900;
	utc.tm_mon -= 1;
	int day = utc.tm_mday;
	bool is_leap_second = utc.tm_sec == 60;
	utc.tm_sec -= is_leap_second;
	int64_t seconds = timegm(&utc);
	if (utc.tm_mday != day) {
		return false; /* the month has no such day */
	}
	seconds += is_leap_second - (int64_t)zone_minutes * 60;
	if (seconds < FIRST_SECOND || seconds > LAST_SECOND) {
		return false; /* in UTC its year does not have four digits */
	}
	*out_time_ms = seconds * 1000 + ms;
	return true;
}

const char *text_percent_encode(struct arena *arena, const char *text) {
	static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			"abcdefghijklmnopqrstuvwxyz0123456789-._~";
	static const char digits[] = "0123456789ABCDEF";
	char *encoded = arena_alloc(arena, strlen(text) * 3 + 1), *end = encoded;
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;
		if (strchr(unreserved, c) != NULL) {
			*end++ = *text;
		} else {
			*end++ = '%';
			*end++ = digits[c >> 4];
			*end++ = digits[c & 15];
		}
	}
	*end = '\0';
	return encoded;
}

static unsigned smallest(unsigned a, unsigned b, unsigned c) {
	unsigned least = a < b ? a : b;
	return least < c ? least : c;
}

/*
 * Insertions, deletions, changes and two neighbours swapped, in bytes. Long words are as far apart
 * as they are long.
 */
unsigned text_edit_distance(const char *a, const char *b) {
	enum { WORD_MAX = 64 };
	size_t a_size = strlen(a), b_size = strlen(b);
	if (a_size > WORD_MAX || b_size > WORD_MAX) {
		return (unsigned)(a_size > b_size ? a_size : b_size);
	}
	unsigned rows[3][WORD_MAX + 1];
	unsigned *before = rows[0], *above = rows[1], *row = rows[2];
	for (unsigned j = 0; j <= b_size; j++) {
		above[j] = j;
	}
	for (unsigned i = 1; i <= a_size; i++) {
		row[0] = i;
		for (unsigned j = 1; j <= b_size; j++) {
			row[j] = smallest(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
			bool is_swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
			if (is_swapped && before[j - 2] + 1 < row[j]) {
				row[j] = before[j - 2] + 1;
			}
		}
		unsigned *reused = before;
		before = above;
		above = row;
		row = reused;
	}
	return above[b_size];
}
