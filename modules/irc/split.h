/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A message has any length and many lines; IRC carries one short line at a time. What stands here cuts the one into the
 * other: at line breaks, then at spaces, then between characters as people see them, never inside one.
 */
#ifndef IRC_SPLIT_H
#define IRC_SPLIT_H

#include <stdbool.h>
#include <stddef.h>

/* Where the cutting has got to. The text is borrowed. */
struct irc_split {
	const char *rest;
	size_t max_bytes; /* of a piece */
	bool is_action;   /* the text began with "/me ": the pieces of its first line are wrapped as CTCP ACTION */
};

enum {
	IRC_SPLIT_MIN = 64,       /* a budget is never smaller, whatever a server says of itself */
	IRC_HOST_BYTES_USUAL = 63 /* the longest host that servers show, unless they say otherwise */
};

/* Who we are in the eyes of those who receive the line: the server puts it before every line that it relays. */
struct irc_prefix {
	size_t nick_bytes, user_bytes, host_bytes;
};

/* How many bytes of text fit behind ":nick!user@host COMMAND target :" in a line of line_bytes with CR LF. */
size_t irc_split_budget(size_t line_bytes, const struct irc_prefix *prefix, const char *command, const char *target);

void irc_split_init(struct irc_split *split, const char *text, size_t max_bytes);

/*
 * Writes the next piece and its NUL: at most max_bytes + 1. False when there is none. Blank lines are left out, control
 * characters too; the space at which a line was cut is dropped.
 */
bool irc_split_next(struct irc_split *split, char *out);

/* The number of pieces that the text makes. */
size_t irc_split_count(const char *text, size_t max_bytes);

#endif
