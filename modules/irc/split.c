/* SPDX-License-Identifier: MPL-2.0 */
/* Text into lines of IRC. */
#include "split.h"

#include "line.h"

#include <gangway/text.h>
#include <string.h>

static const char action_start[] = "\001ACTION ";
static const char action_end[] = "\001";
enum { ACTION_BYTES = sizeof(action_start) - 1 + sizeof(action_end) - 1 };

size_t irc_split_budget(size_t line_bytes, const struct irc_prefix *prefix, const char *command, const char *target) {
	size_t spent = strlen(":!@ ") + prefix->nick_bytes + prefix->user_bytes + prefix->host_bytes;
	spent += strlen(command) + strlen(" ") + strlen(target) + strlen(" :") + strlen("\r\n");
	return line_bytes > spent + IRC_SPLIT_MIN ? line_bytes - spent : IRC_SPLIT_MIN;
}

void irc_split_init(struct irc_split *split, const char *text, size_t max_bytes) {
	static const char me[] = "/me ";
	bool is_action = strncmp(text, me, strlen(me)) == 0;
	*split = (struct irc_split){
		.rest = is_action ? text + strlen(me) : text,
		.max_bytes = max_bytes < IRC_SPLIT_MIN ? IRC_SPLIT_MIN : max_bytes,
		.is_action = is_action,
	};
}

/* What IRC software would take for a command or a formatting code. */
static bool is_control(char c) {
	return ((unsigned char)c < ' ' && c != '\t') || c == 0x7f;
}

/* Copies without control characters and without the spaces at the end. */
static size_t copy_clean(char *out, const char *text, size_t size) {
	size_t written = 0;
	for (size_t i = 0; i < size; i++) {
		if (!is_control(text[i])) {
			out[written++] = text[i];
		}
	}
	while (written > 0 && (out[written - 1] == ' ' || out[written - 1] == '\t')) {
		written--;
	}
	return written;
}

/* Takes a piece from the line at `rest`; behind it the spaces at which it was cut are skipped. */
static size_t take_piece(struct irc_split *split, size_t room, char *out) {
	size_t line_size = strcspn(split->rest, "\r\n");
	size_t cut = line_size;
	if (line_size > room) {
		cut = gw_text_cut(split->rest, line_size, room, true);
		cut = cut > 0 ? cut : room;
	}
	size_t written = copy_clean(out, split->rest, cut);
	split->rest += cut;
	if (cut < line_size) {
		split->rest += strspn(split->rest, " ");
	}
	return written;
}

bool irc_split_next(struct irc_split *split, char *out) {
	for (;;) {
		size_t breaks = strspn(split->rest, "\r\n");
		split->rest += breaks;
		split->is_action = split->is_action && breaks == 0;
		if (*split->rest == '\0') {
			return false;
		}
		size_t room = split->max_bytes - (split->is_action ? ACTION_BYTES : 0);
		char *text = out + (split->is_action ? strlen(action_start) : 0);
		size_t written = take_piece(split, room, text);
		if (written == 0) {
			continue;
		}
		text[written] = '\0';
		if (split->is_action) {
			memcpy(out, action_start, strlen(action_start));
			memcpy(text + written, action_end, sizeof(action_end));
		}
		return true;
	}
}

size_t irc_split_count(const char *text, size_t max_bytes) {
	char piece[IRC_LINE_OUT_MAX + 1];
	struct irc_split split;
	size_t count = 0;
	irc_split_init(&split, text, max_bytes < IRC_LINE_OUT_MAX ? max_bytes : IRC_LINE_OUT_MAX);
	while (irc_split_next(&split, piece)) {
		count++;
	}
	return count;
}
