/* SPDX-License-Identifier: MPL-2.0 */
/* Reading scenario files. */
#include "script.h"

#include "util/strbuf.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { SCRIPT_MAX_BYTES = 1024 * 1024 };

static const char CASE_PREFIX[] = "scenario:";

/* Where the reader stands. */
struct reader {
	struct arena *arena;
	const char *path, *rest;
	unsigned number;           /* of the line that was read last */
	struct script *script;
	struct script_case **case_slot;
	struct script_line **line_slot;
	const char *problem;
};

static bool is_space(char c) {
	return c == ' ' || c == '\t';
}

static const char *trim(struct arena *arena, const char *text) {
	text += strspn(text, " \t");
	size_t size = strlen(text);
	while (size > 0 && is_space(text[size - 1])) {
		size--;
	}
	return arena_strndup(arena, text, size);
}

static bool complain(struct reader *reader, unsigned number, const char *text) {
	reader->problem = arena_printf(reader->arena, "%s:%u: %s", reader->path, number, text);
	return false;
}

/* The next line without its end; NULL behind the last one. */
static const char *next_line(struct reader *reader) {
	if (*reader->rest == '\0') {
		return NULL;
	}
	size_t size = strcspn(reader->rest, "\n");
	const char *line = arena_strndup(reader->arena, reader->rest, size);
	reader->rest += size + (reader->rest[size] == '\n');
	reader->number++;
	return line;
}

static char unescape(char c) {
	return c == 'n' ? '\n' : c == 't' ? '\t' : c;
}

/* "two words", with \" \\ \n and \t inside; ends behind the closing mark, NULL when there is none. */
static const char *read_quoted(struct arena *arena, const char *at, struct script_word *out) {
	struct strbuf word;
	strbuf_init(&word, SCRIPT_MAX_BYTES);
	for (at++; *at != '"' && *at != '\0'; at++) {
		if (*at == '\\' && at[1] != '\0') {
			at++;
			strbuf_add_char(&word, unescape(*at));
		} else {
			strbuf_add_char(&word, *at);
		}
	}
	*out = (struct script_word){ .text = arena_strdup(arena, word.bytes), .is_quoted = true };
	strbuf_finish(&word);
	return *at == '"' ? at + 1 : NULL;
}

bool script_words(struct arena *arena, const char *text, struct script_word words[static SCRIPT_MAX_WORDS],
		size_t *out_count) {
	size_t count = 0;
	const char *at = text;
	while (at != NULL && *(at += strspn(at, " \t")) != '\0') {
		if (count == SCRIPT_MAX_WORDS) {
			return false;
		}
		struct script_word *word = &words[count++];
		if (*at == '"') {
			at = read_quoted(arena, at, word);
		} else {
			size_t size = strcspn(at, " \t");
			*word = (struct script_word){ .text = arena_strndup(arena, at, size) };
			at += size;
		}
	}
	*out_count = count;
	return at != NULL;
}

static size_t indentation(const char *line) {
	return strspn(line, " \t");
}

/* The indented lines below a step; empty lines inside belong to it, those behind it do not. */
static void read_block(struct reader *reader, struct script_line *step) {
	struct strbuf block;
	strbuf_init(&block, SCRIPT_MAX_BYTES);
	size_t common = 0;
	unsigned empty_lines = 0;
	for (;;) {
		struct reader before = *reader;
		const char *line = next_line(reader);
		if (line == NULL || (*line != '\0' && !is_space(*line))) {
			*reader = before;
			break;
		}
		if (line[indentation(line)] == '\0') {
			empty_lines++;
			continue;
		}
		if (block.size == 0) {
			common = indentation(line);
			step->block_number = reader->number;
		} else {
			strbuf_add_char(&block, '\n');
		}
		for (; block.size > 0 && empty_lines > 0; empty_lines--) {
			strbuf_add_char(&block, '\n');
		}
		empty_lines = 0;
		size_t cut = indentation(line);
		strbuf_add_text(&block, line + (cut < common ? cut : common));
	}
	if (block.size > 0) {
		step->block = arena_strdup(reader->arena, block.bytes);
	}
	strbuf_finish(&block);
}

static bool read_step(struct reader *reader, const char *text) {
	struct script_line *line = arena_new(reader->arena, sizeof(*line));
	line->number = reader->number;
	line->text = trim(reader->arena, text);
	if (!script_words(reader->arena, line->text, line->words, &line->word_count)) {
		return complain(reader, line->number, "a quotation mark is not closed, or there are too many words");
	}
	read_block(reader, line);
	*reader->line_slot = line;
	reader->line_slot = &line->next;
	return true;
}

static void begin_case(struct reader *reader, const char *title) {
	struct script_case *one = arena_new(reader->arena, sizeof(*one));
	one->title = title;
	one->number = reader->number;
	*reader->case_slot = one;
	reader->case_slot = &one->next;
	reader->line_slot = &one->lines;
}

static bool read_line(struct reader *reader, const char *line) {
	if (line[indentation(line)] == '\0' || *line == '#') {
		return true;
	}
	if (is_space(*line)) {
		return complain(reader, reader->number, "an indented block with nothing above it that it could belong to");
	}
	if (strncmp(line, CASE_PREFIX, strlen(CASE_PREFIX)) == 0) {
		begin_case(reader, trim(reader->arena, line + strlen(CASE_PREFIX)));
		return true;
	}
	return read_step(reader, line);
}

/* A file without `scenario:` is one case, called as the file. */
static const char *title_of(struct arena *arena, const char *path) {
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;
	return arena_strndup(arena, name, strcspn(name, "."));
}

bool script_read(struct arena *arena, const char *path, const char *text, struct script *out,
		const char **out_problem) {
	struct script script = { .path = arena_strdup(arena, path) };
	struct reader reader = { .arena = arena, .path = path, .rest = text, .script = &script };
	reader.case_slot = &script.cases;
	reader.line_slot = &script.beginning;
	for (const char *line; (line = next_line(&reader)) != NULL;) {
		if (!read_line(&reader, line)) {
			*out_problem = reader.problem;
			return false;
		}
	}
	if (script.cases == NULL) {
		begin_case(&reader, title_of(arena, path));
		script.cases->number = 1;
	}
	*out = script;
	return true;
}

static bool read_file(const char *path, struct strbuf *out) {
	FILE *file = fopen(path, "r");
	if (file == NULL) {
		return false;
	}
	char bytes[8192];
	size_t size;
	bool fits = true;
	while (fits && (size = fread(bytes, 1, sizeof(bytes), file)) > 0) {
		fits = strbuf_add(out, bytes, size);
	}
	bool is_read = fits && !ferror(file);
	fclose(file);
	return is_read;
}

bool script_load(struct arena *arena, const char *path, struct script *out, const char **out_problem) {
	struct strbuf text;
	strbuf_init(&text, SCRIPT_MAX_BYTES);
	errno = 0;
	bool is_read = read_file(path, &text);
	if (!is_read) {
		*out_problem = arena_printf(arena, "%s: %s", path, errno != 0 ? strerror(errno) : "too large");
	}
	bool is_fine = is_read && script_read(arena, path, text.bytes, out, out_problem);
	strbuf_finish(&text);
	return is_fine;
}

const char *const *script_block_lines(struct arena *arena, const char *block, size_t *out_count) {
	size_t count = 0, max = 2;
	for (const char *at = block; at != NULL && *at != '\0'; at++) {
		max += *at == '\n';
	}
	const char **lines = arena_new(arena, max * sizeof(*lines));
	while (block != NULL && *block != '\0') {
		size_t size = strcspn(block, "\n");
		const char *line = trim(arena, arena_strndup(arena, block, size));
		if (*line != '\0') {
			lines[count++] = line;
		}
		block += size + (block[size] == '\n');
	}
	*out_count = count;
	return lines;
}
