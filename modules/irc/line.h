/* SPDX-License-Identifier: MPL-2.0 */
/*
 * IRC lines: bytes from the server become lines, lines become words; and the one way out, through which CR, LF and NUL
 * never go. Pure functions, no connection.
 *
 *	@time=2026-11-23T20:00:00.000Z :juliet!j@example.org PRIVMSG romeo :wherefore art thou
 *	`------------ tags ----------´ `----- source -----´ command `-------- params --------´
 */
#ifndef IRC_LINE_H
#define IRC_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	IRC_TAGS_MAX = 8191,                 /* message tags, with the '@' and the space */
	IRC_LINE_MAX = IRC_TAGS_MAX + 4096,  /* what we take from a server; longer lines are dropped */
	IRC_LINE_USUAL = 512,                /* what a server takes from us, with CR LF, unless it says otherwise */
	IRC_LINE_OUT_MAX = 4096,             /* and the most that we believe when it does */
	IRC_PARAM_MAX = 16,                  /* the last one holds whatever stands behind the fifteenth */
	IRC_NAME_MAX = 256,                  /* nicknames, servers, with the NUL; longer ones are not dealt with */
};

struct irc_line {
	const char *tags;    /* as they came, without the '@'; NULL: none */
	const char *source;  /* "nick!user@host" or a server; NULL: the server at the other end */
	const char *command; /* "PRIVMSG", "001" */
	int numeric;         /* 1 to 999; 0: the command is a word */
	const char *params[IRC_PARAM_MAX];
	size_t param_count;
};

/*
 * Takes the text (without CR LF) apart in place; the line's strings point into it. False for what is no line: empty, or
 * a command of other characters than letters and digits.
 */
bool irc_line_parse(char *text, struct irc_line *out_line);

/* The parameter by position; "" when there are not so many. */
const char *irc_line_param(const struct irc_line *line, size_t index);

/* The last parameter, mostly a text for people; "" when there is none. */
const char *irc_line_text(const struct irc_line *line);

/* The unescaped value of a message tag ("" when it has none). False: no such tag, or it does not fit. */
bool irc_line_tag(const struct irc_line *line, const char *name, char *out, size_t size);

/* The tag `time` (server-time), Unix epoch; 0 when there is none that can be read. */
int64_t irc_line_time_ms(const struct irc_line *line);

/* The nickname of who sent it. False when it was a server, or the name is too long. */
bool irc_line_nick(const struct irc_line *line, char *out, size_t size);

/*
 * Writes words (ended by NULL) as one line with CR LF: the first is the command, the last may contain spaces. Returns the
 * bytes written; 0, and nothing is written, when the words cannot be said in max_bytes (with CR LF) without turning into
 * something else.
 */
size_t irc_line_write(char *out, size_t max_bytes, const char *const *words);

/* Bytes from the connection, cut into lines. A zeroed reader is empty. */
struct irc_reader {
	char *partial;       /* the beginning of a line that is still on its way; NULL when there is none */
	size_t partial_size;
	bool is_skipping;    /* the line is longer than IRC_LINE_MAX */
};

/*
 * Calls back for each complete line, which it may take apart. Lines end in LF or CR LF; NULs and other CRs become spaces. The
 * callback returns false to stop; what is left of the bytes is dropped then.
 */
void irc_reader_feed(struct irc_reader *reader, const char *bytes, size_t size,
		bool (*on_line)(char *text, void *data), void *data);
void irc_reader_finish(struct irc_reader *reader);

#endif
