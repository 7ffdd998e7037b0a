/* SPDX-License-Identifier: MPL-2.0 */
/* Matching lines to patterns, and texts to texts with stars in them. */
#include "pattern.h"

#include "util/text.h"

#include <assert.h>
#include <string.h>

/* One word of a pattern, where it stands. */
struct piece {
	const char *text;
	size_t size;
};

static bool next_piece(const char **pattern, struct piece *out) {
	*pattern += strspn(*pattern, " ");
	*out = (struct piece){ .text = *pattern, .size = strcspn(*pattern, " ") };
	*pattern += out->size;
	return out->size > 0;
}

static bool is_piece(const struct piece *piece, const char *text) {
	return piece->size == strlen(text) && memcmp(piece->text, text, piece->size) == 0;
}

static bool take(const struct piece *piece, const struct script_word *word, struct pattern_arguments *arguments) {
	bool is_number = is_piece(piece, "NUMBER");
	if (is_piece(piece, "WORD") || is_piece(piece, "TEXT") || is_number) {
		if (word->is_quoted != is_piece(piece, "TEXT") ||
				(is_number && !text_read_integer(word->text, INT32_MIN, INT32_MAX, &arguments->number))) {
			return false;
		}
		assert(arguments->count < PATTERN_MAX_ARGUMENTS);
		arguments->values[arguments->count++] = word->text;
		return true;
	}
	return !word->is_quoted && is_piece(piece, word->text);
}

bool pattern_match(const char *pattern, const struct script_word *words, size_t word_count,
		struct pattern_arguments *out) {
	struct pattern_arguments arguments = { 0 };
	struct piece piece;
	size_t at = 0;
	while (next_piece(&pattern, &piece)) {
		if (is_piece(&piece, "REST")) {
			arguments.rest = words + at;
			arguments.rest_count = word_count - at;
			at = word_count;
			break;
		}
		if (at == word_count || !take(&piece, &words[at], &arguments)) {
			return false;
		}
		at++;
	}
	if (at != word_count) {
		return false;
	}
	*out = arguments;
	return true;
}

static bool is_nearly(const struct piece *piece, const char *text) {
	struct arena arena = { 0 };
	bool is_near = text_edit_distance(arena_strndup(&arena, piece->text, piece->size), text) <= 2;
	arena_finish(&arena);
	return is_near;
}

size_t pattern_likeness(const char *pattern, const struct script_word *words, size_t word_count) {
	size_t likeness = 0;
	struct pattern_arguments arguments = { 0 };
	struct piece piece;
	for (size_t at = 0; at < word_count && next_piece(&pattern, &piece); at++) {
		bool fits = take(&piece, &words[at], &arguments);
		bool is_literal = fits && is_piece(&piece, words[at].text);
		likeness += is_literal ? 3 : fits ? 1 : is_nearly(&piece, words[at].text) ? 2 : 0;
	}
	return likeness;
}

bool glob_match(const char *pattern, const char *text) {
	while (*pattern != '\0' && *pattern != '*') {
		if (pattern[0] == '\\' && pattern[1] == '*') {
			pattern++;
		}
		if (*pattern != *text) {
			return false;
		}
		pattern++;
		text++;
	}
	if (*pattern == '\0') {
		return *text == '\0';
	}
	do {
		if (glob_match(pattern + 1, text)) {
			return true;
		}
	} while (*text++ != '\0');
	return false;
}
