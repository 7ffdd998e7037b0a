/* SPDX-License-Identifier: MPL-2.0 */
/* Bytes of an IRC server through the reader and the parser; and whatever came out, back through the writer and the cutter. */
#include "convert.h"
#include "isupport.h"
#include "line.h"
#include "split.h"

#include <assert.h>
#include <gangway/text.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* One line in, one line out, of the same words. */
static void write_again(const struct irc_line *line) {
	const char *words[IRC_PARAM_MAX + 2] = { line->command };
	for (size_t i = 0; i < line->param_count; i++) {
		words[i + 1] = line->params[i];
	}
	char out[IRC_LINE_OUT_MAX + 1];
	size_t size = irc_line_write(out, IRC_LINE_OUT_MAX, words);
	if (size == 0) {
		return;
	}
	assert(size >= 2 && memcmp(out + size - 2, "\r\n", 2) == 0);
	out[size - 2] = '\0';
	assert(strlen(out) == size - 2 && strpbrk(out, "\r\n") == NULL);
	struct irc_line again;
	assert(irc_line_parse(out, &again));
	assert(strcmp(again.command, line->command) == 0 && again.param_count == line->param_count);
	for (size_t i = 0; i < line->param_count; i++) {
		assert(strcmp(again.params[i], line->params[i]) == 0);
	}
}

static void cut(const char *text, size_t max_bytes) {
	char piece[IRC_LINE_OUT_MAX + 1];
	struct irc_split split;
	irc_split_init(&split, text, max_bytes);
	while (irc_split_next(&split, piece)) {
		assert(strlen(piece) > 0 && strlen(piece) <= (max_bytes < IRC_SPLIT_MIN ? IRC_SPLIT_MIN : max_bytes));
		assert(strpbrk(piece, "\r\n") == NULL);
		const char *words[] = { "PRIVMSG", "juliet", piece, NULL };
		char out[IRC_LINE_OUT_MAX + 64];
		assert(irc_line_write(out, sizeof(out), words) > 0);
	}
}

static void read_text(const char *bytes) {
	char *text = irc_convert_text(bytes);
	assert(gw_text_is_clean(text, strlen(text)));
	cut(text, 64);
	cut(text, 400);
	free(text);
	cut(bytes, 100);
	char *copy = strdup(bytes);
	struct irc_ctcp ctcp;
	char answer[256];
	if (irc_ctcp_read(copy, &ctcp) && irc_ctcp_answer(&ctcp, "Gangway", 0, answer, sizeof(answer))) {
		assert(strpbrk(answer, "\r\n") == NULL);
	}
	free(copy);
}

static bool handle_line(char *text, void *data) {
	struct irc_line line;
	char value[64], nick[IRC_NAME_MAX], folded[IRC_NAME_MAX];
	if (!irc_line_parse(text, &line)) {
		return true;
	}
	irc_isupport_read(data, &line);
	(void)irc_line_time_ms(&line);
	(void)irc_line_tag(&line, "msgid", value, sizeof(value));
	if (irc_line_nick(&line, nick, sizeof(nick))) {
		(void)irc_casemap_address(nick, folded, sizeof(folded));
		assert(irc_casemap_fold(IRC_CASEMAP_RFC1459, nick, folded, sizeof(folded)));
	}
	read_text(irc_line_text(&line));
	write_again(&line);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
	struct irc_isupport isupport;
	irc_isupport_init(&isupport);
	/* Whole, and in pieces of seven. */
	struct irc_reader whole = { 0 }, pieces = { 0 };
	irc_reader_feed(&whole, (const char *)bytes, size, handle_line, &isupport);
	for (size_t i = 0; i < size; i += 7) {
		irc_reader_feed(&pieces, (const char *)bytes + i, size - i < 7 ? size - i : 7, handle_line, &isupport);
	}
	assert(whole.partial_size == pieces.partial_size && whole.is_skipping == pieces.is_skipping);
	irc_reader_finish(&whole);
	irc_reader_finish(&pieces);
	return 0;
}
