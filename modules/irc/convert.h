/* SPDX-License-Identifier: MPL-2.0 */
/* What IRC people write, as text that XMPP can carry: encodings, formatting codes, and CTCP (text between two \001). */
#ifndef IRC_CONVERT_H
#define IRC_CONVERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The bytes as clean UTF-8. What is not UTF-8 is taken for windows-1252, except that a character which some server cut in
 * two at the end of the line is dropped. free() it.
 */
char *irc_convert_decode(const char *bytes);

/* Removes mIRC formatting (bold, colours ...) and other control characters, in place. */
void irc_convert_strip(char *bytes);

/* Both: the text of a message as the user shall read it. free() it. */
char *irc_convert_text(const char *bytes);

/* "/me " and the text. free() it. */
char *irc_convert_action(const char *bytes);

/* What an offer of a file or a chat (DCC) says: an action, too. "" for what else DCC is. free() it. */
char *irc_convert_offer(const char *bytes);

struct irc_ctcp {
	const char *command; /* upper case */
	const char *params;  /* "" when there are none */
};

/* Is the text of a PRIVMSG or NOTICE a CTCP message? Takes it apart in place; the \001 at the end may be missing. */
bool irc_ctcp_read(char *text, struct irc_ctcp *out_ctcp);

/* Writes the text of the NOTICE that answers a query. False for queries that are not answered. */
bool irc_ctcp_answer(const struct irc_ctcp *query, const char *version, int64_t time_ms, char *out, size_t size);

#endif
