/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A scenario file as it stands: cases, and in each the lines with the indented block below them. What a line means is the
 * business of steps.h; docs/testing.md tells the language.
 *
 *	# The network takes its time to check a password.
 *	module holds validate
 *	romeo@montague.lit/orchard sends
 *	  <iq type='get' id='p1'><ping xmlns='urn:xmpp:ping'/></iq>
 */
#ifndef RUNNER_SCRIPT_H
#define RUNNER_SCRIPT_H

#include "util/arena.h"

#include <stdbool.h>
#include <stddef.h>

enum { SCRIPT_MAX_WORDS = 64 };

/* A word as it was typed; quotation marks are gone, what they mean is not. */
struct script_word {
	const char *text;
	bool is_quoted;
};

struct script_line {
	struct script_line *next;
	unsigned number;       /* in the file, from 1 */
	const char *text;      /* without the block */
	struct script_word words[SCRIPT_MAX_WORDS];
	size_t word_count;
	const char *block;     /* the indented lines without their common indentation; NULL when there are none */
	unsigned block_number; /* the line where it begins */
};

struct script_case {
	struct script_case *next;
	const char *title;
	unsigned number;           /* the line where it begins */
	struct script_line *lines;
};

struct script {
	const char *path;
	struct script_line *beginning; /* what stands before the first `scenario:`; every case begins with it */
	struct script_case *cases;     /* at least one */
};

/* Reads the text; all strings live in the arena. False with a sentence that names file and line. */
bool script_read(struct arena *arena, const char *path, const char *text, struct script *out,
		const char **out_problem);

/* The same from a file. */
bool script_load(struct arena *arena, const char *path, struct script *out, const char **out_problem);

/* The lines of a block, without empty ones; ends with NULL. */
const char *const *script_block_lines(struct arena *arena, const char *block, size_t *out_count);

/* Cuts a line into words: `says "two words" as m-1`. False when a quotation mark is not closed or there are too many. */
bool script_words(struct arena *arena, const char *text, struct script_word words[static SCRIPT_MAX_WORDS],
		size_t *out_count);

#endif
