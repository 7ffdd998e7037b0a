/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a line of a scenario says, matched word by word: "contact WORD says TEXT REST". Small words stand for themselves;
 * WORD takes one word, TEXT one in quotation marks, NUMBER a whole number, REST all that is left, nothing included.
 */
#ifndef RUNNER_PATTERN_H
#define RUNNER_PATTERN_H

#include "script.h"

#include <stdint.h>

enum { PATTERN_MAX_ARGUMENTS = 8 };

struct pattern_arguments {
	const char *values[PATTERN_MAX_ARGUMENTS]; /* in the order of the placeholders, REST left out */
	size_t count;
	int64_t number;                            /* of the (only) NUMBER */
	const struct script_word *rest;
	size_t rest_count;
};

bool pattern_match(const char *pattern, const struct script_word *words, size_t word_count,
		struct pattern_arguments *out);

/* How much of the line fits, in words: to name the nearest pattern when none does. */
size_t pattern_likeness(const char *pattern, const struct script_word *words, size_t word_count);

/* `*` in the pattern stands for any text, `\*` for itself. */
bool glob_match(const char *pattern, const char *text);

#endif
