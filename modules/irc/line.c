/* SPDX-License-Identifier: MPL-2.0 */
/* Lines of the IRC protocol, read and written. */
#include "line.h"

#include "memory.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static bool is_digit(char c) {
	return c >= '0' && c <= '9';
}

static bool is_command_char(char c) {
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The word at *rest, which moves on to behind the spaces that follow. */
static char *take_word(char **rest) {
	char *word = *rest;
	char *end = word + strcspn(word, " ");
	char *next = end + strspn(end, " ");
	*end = '\0';
	*rest = next;
	return word;
}

static bool read_command(struct irc_line *line, const char *command) {
	if (*command == '\0') {
		return false;
	}
	for (const char *c = command; *c != '\0'; c++) {
		if (!is_command_char(*c)) {
			return false;
		}
	}
	line->command = command;
	if (strlen(command) == 3 && is_digit(command[0]) && is_digit(command[1]) && is_digit(command[2])) {
		line->numeric = (command[0] - '0') * 100 + (command[1] - '0') * 10 + (command[2] - '0');
	}
	return true;
}

bool irc_line_parse(char *text, struct irc_line *out_line) {
	struct irc_line line = { 0 };
	char *rest = text + strspn(text, " ");
	if (*rest == '@') {
		line.tags = take_word(&rest) + 1;
	}
	if (*rest == ':') {
		line.source = take_word(&rest) + 1;
	}
	if (!read_command(&line, take_word(&rest))) {
		return false;
	}
	while (*rest != '\0' && line.param_count < IRC_PARAM_MAX) {
		bool is_last = *rest == ':' || line.param_count == IRC_PARAM_MAX - 1;
		if (is_last) {
			line.params[line.param_count++] = *rest == ':' ? rest + 1 : rest;
			break;
		}
		line.params[line.param_count++] = take_word(&rest);
	}
	*out_line = line;
	return true;
}

const char *irc_line_param(const struct irc_line *line, size_t index) {
	return index < line->param_count ? line->params[index] : "";
}

const char *irc_line_text(const struct irc_line *line) {
	return line->param_count > 0 ? line->params[line->param_count - 1] : "";
}

/* `\:` is a semicolon, `\s` a space, and so on; a backslash before anything else, or at the end, is dropped. */
static bool unescape(const char *value, size_t size, char *out, size_t out_size) {
	size_t written = 0;
	for (size_t i = 0; i < size; i++) {
		char c = value[i];
		if (c == '\\') {
			if (++i == size) {
				break;
			}
			c = value[i] == ':' ? ';' : value[i] == 's' ? ' ' : value[i] == 'r' ? '\r' : value[i] == 'n' ? '\n' : value[i];
		}
		if (written + 1 >= out_size) {
			return false;
		}
		out[written++] = c;
	}
	out[written] = '\0';
	return true;
}

bool irc_line_tag(const struct irc_line *line, const char *name, char *out, size_t size) {
	size_t name_size = strlen(name);
	for (const char *tag = line->tags; tag != NULL && *tag != '\0';) {
		size_t tag_size = strcspn(tag, ";");
		size_t key_size = strcspn(tag, "=;");
		if (key_size == name_size && memcmp(tag, name, name_size) == 0) {
			size_t value_at = key_size < tag_size ? key_size + 1 : tag_size;
			return size > 0 && unescape(tag + value_at, tag_size - value_at, out, size);
		}
		tag += tag_size + (tag[tag_size] == ';');
	}
	return false;
}

/* @time=2011-10-19T16:40:51.620Z */
int64_t irc_line_time_ms(const struct irc_line *line) {
	char value[40], behind;
	struct tm tm = { 0 };
	int ms = 0;
	if (!irc_line_tag(line, "time", value, sizeof(value)) || strlen(value) != strlen("2011-10-19T16:40:51.620Z")) {
		return 0;
	}
	if (sscanf(value, "%4d-%2d-%2dT%2d:%2d:%2d.%3d%c", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour, &tm.tm_min,
				&tm.tm_sec, &ms, &behind) != 8
			|| behind != 'Z') {
		return 0;
	}
	bool is_time = tm.tm_year >= 1970 && tm.tm_mon >= 1 && tm.tm_mon <= 12 && tm.tm_mday >= 1 && tm.tm_mday <= 31
			&& tm.tm_hour >= 0 && tm.tm_hour < 24 && tm.tm_min >= 0 && tm.tm_min < 60 && tm.tm_sec >= 0
			&& tm.tm_sec <= 60 && ms >= 0;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	return is_time ? (int64_t)timegm(&tm) * 1000 + ms : 0;
}

bool irc_line_nick(const struct irc_line *line, char *out, size_t size) {
	if (line->source == NULL) {
		return false;
	}
	size_t nick_size = strcspn(line->source, "!@");
	bool is_server = line->source[nick_size] == '\0' && strchr(line->source, '.') != NULL;
	if (nick_size == 0 || nick_size >= size || is_server) {
		return false;
	}
	memcpy(out, line->source, nick_size);
	out[nick_size] = '\0';
	return true;
}

/* A word that is not the last one has to stay one word. */
static bool is_middle(const char *word) {
	return *word != '\0' && *word != ':' && strchr(word, ' ') == NULL;
}

static bool is_command(const char *word) {
	struct irc_line line = { 0 };
	return word != NULL && read_command(&line, word);
}

size_t irc_line_write(char *out, size_t max_bytes, const char *const *words) {
	if (!is_command(words[0])) {
		return 0;
	}
	size_t size = strlen("\r\n");
	for (size_t i = 0; words[i] != NULL; i++) {
		bool is_last = words[i + 1] == NULL;
		if (strpbrk(words[i], "\r\n") != NULL || (!is_last && !is_middle(words[i]))) {
			return 0;
		}
		size += strlen(words[i]) + (i > 0) + !is_middle(words[i]);
	}
	if (size > max_bytes) {
		return 0;
	}
	char *end = out;
	for (size_t i = 0; words[i] != NULL; i++) {
		size_t word_size = strlen(words[i]);
		if (i > 0) {
			*end++ = ' ';
		}
		if (!is_middle(words[i])) {
			*end++ = ':';
		}
		memcpy(end, words[i], word_size);
		end += word_size;
	}
	memcpy(end, "\r\n", 2);
	return size;
}

/* Hands out one line, from a copy that may be written to. */
static bool emit(const char *first, size_t first_size, const char *second, size_t second_size,
		bool (*on_line)(char *text, void *data), void *data) {
	char text[IRC_LINE_MAX + 1];
	if (first_size > 0) {
		memcpy(text, first, first_size);
	}
	memcpy(text + first_size, second, second_size);
	size_t size = first_size + second_size;
	if (size > 0 && text[size - 1] == '\r') {
		size--;
	}
	for (size_t i = 0; i < size; i++) {
		text[i] = text[i] == '\0' || text[i] == '\r' ? ' ' : text[i];
	}
	text[size] = '\0';
	return size == 0 || on_line(text, data);
}

static void keep_partial(struct irc_reader *reader, const char *bytes, size_t size) {
	if (reader->is_skipping || size == 0) {
		return;
	}
	if (reader->partial_size + size > IRC_LINE_MAX) {
		irc_reader_finish(reader);
		reader->is_skipping = true;
		return;
	}
	reader->partial = irc_resize(reader->partial, reader->partial_size + size);
	memcpy(reader->partial + reader->partial_size, bytes, size);
	reader->partial_size += size;
}

void irc_reader_feed(struct irc_reader *reader, const char *bytes, size_t size,
		bool (*on_line)(char *text, void *data), void *data) {
	for (const char *end; (end = memchr(bytes, '\n', size)) != NULL;) {
		size_t line_size = (size_t)(end - bytes);
		struct irc_reader line = *reader;
		*reader = (struct irc_reader){ 0 };
		bool is_wanted = !line.is_skipping && line.partial_size + line_size <= IRC_LINE_MAX;
		bool goes_on = !is_wanted || emit(line.partial, line.partial_size, bytes, line_size, on_line, data);
		free(line.partial);
		if (!goes_on) {
			return;
		}
		size -= line_size + 1;
		bytes = end + 1;
	}
	keep_partial(reader, bytes, size);
}

void irc_reader_finish(struct irc_reader *reader) {
	free(reader->partial);
	*reader = (struct irc_reader){ 0 };
}
