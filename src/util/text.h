/* SPDX-License-Identifier: MPL-2.0 */
/* Text: UTF-8, what XML and JIDs can carry, and where it may be cut. */
#ifndef UTIL_TEXT_H
#define UTIL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/* Well-formed UTF-8 (no surrogates, no overlong forms) made only of characters that XML 1.0 can carry? */
bool text_is_clean(const char *text, size_t size);

/*
 * The text with every byte that is not well-formed UTF-8 and every character that XML 1.0 cannot carry replaced by
 * U+FFFD. Returns the text itself when it is clean and text[size], which is looked at, is NUL.
 */
const char *text_repair(struct arena *arena, const char *text, size_t size);

/* The same for a nickname or name: also drops bidirectional overrides and isolates, line breaks and outer spaces. */
const char *text_repair_name(struct arena *arena, const char *text);

/*
 * The code point at the start of the text, and its length in bytes in *out_size. Malformed: U+FFFD and the length of
 * the maximal bad sequence, at least 1.
 */
uint32_t text_decode(const char *text, size_t size, size_t *out_size);

/* Bytes written (1 to 4) for a code point. */
size_t text_encode(uint32_t code_point, char out[static 4]);

/* The number of code points in well-formed UTF-8, the unit of XEP-0428, XEP-0372 ... */
size_t text_length(const char *text);

/*
 * The largest prefix of at most max_bytes that ends between two characters as people see them (extended grapheme
 * clusters by their common rules: combining marks, variation selectors, joiners, emoji modifiers, regional
 * indicators, CR LF). At least one code point when the first cluster alone is longer; 0 only when max_bytes cannot
 * hold the first code point.
 */
size_t text_cut(const char *text, size_t size, size_t max_bytes);

/* The text; NULL when there is none in it. */
const char *text_not_empty(const char *text);

/* NULL, empty, or white space only? */
bool text_is_blank(const char *text);

/* Without the white space at its end. */
size_t text_trimmed_size(const char *text);

/*
 * The same characters, but for letters that are each other's capital, one for one, in any script. Not the same are letters
 * that only look or mean alike: a sharp s and "ss", wide and narrow ones, composed and decomposed ones.
 */
bool text_equal_but_for_capitals(const char *a, const char *b);

/* ASCII helpers that do not depend on the locale. */
bool text_equal_ignoring_case(const char *a, const char *b);
bool text_starts_with(const char *text, const char *prefix);
char text_lower(char c);

/* XEP-0077 and friends: "1" and "true" are true, "0" and "false" are false; anything else: false is returned. */
bool text_read_boolean(const char *text, bool *out_value);

/* Decimal, with a NUL; returns the length. Where thousands are written it takes a tenth of what snprintf() does. */
enum { TEXT_INTEGER_SIZE = 21 };
size_t text_write_integer(char out[static TEXT_INTEGER_SIZE], int64_t value);

/* The whole text is one decimal number within the bounds. */
bool text_read_integer(const char *text, int64_t min, int64_t max, int64_t *out_value);

/* XEP-0082 date and time, UTC, with milliseconds only when they are not zero. */
const char *text_write_time(struct arena *arena, int64_t time_ms);
/* The same for people, to the minute: 2026-01-31 12:05 GMT. */
const char *text_write_minute(struct arena *arena, int64_t time_ms);
bool text_read_time(const char *text, int64_t *out_time_ms);

/* Percent-encodes all but the unreserved characters of RFC 3986. */
const char *text_percent_encode(struct arena *arena, const char *text);

/* Distance of two short words, to suggest the nearest name of a mistyped one. */
unsigned text_edit_distance(const char *a, const char *b);

#endif
