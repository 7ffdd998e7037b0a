/* SPDX-License-Identifier: MPL-2.0 */
/*
 * From the first line to the server's welcome: capabilities, SASL, password, nickname. Knows lines only, no connection.
 *
 *	CAP LS 302, PASS, NICK, USER → CAP REQ → AUTHENTICATE → CAP END → 001
 */
#ifndef IRC_HANDSHAKE_H
#define IRC_HANDSHAKE_H

#include "line.h"
#include "problem.h"
#include "settings.h"

enum irc_handshake_state {
	IRC_HANDSHAKE_LISTING,      /* waits for what CAP LS lists */
	IRC_HANDSHAKE_REQUESTING,   /* waits for CAP ACK or NAK */
	IRC_HANDSHAKE_AUTHENTICATING,
	IRC_HANDSHAKE_ENDING,       /* waits for the welcome */
};

struct irc_handshake {
	const struct irc_settings *settings; /* borrowed */
	void (*say)(const char *const *words, void *data);
	void *data;

	enum irc_handshake_state state;
	bool offers_sasl, offers_time, offers_tags; /* what the server listed */
	bool is_bouncer;      /* that is, it plays back what was said before */
	bool has_sasl;        /* what it granted */
	bool is_authenticated;
	unsigned waiting_for; /* capabilities asked for and not answered */
	unsigned nick_attempts;
	char nick[IRC_NAME_MAX]; /* the one asked for; with the welcome, the one given */
};

enum irc_outcome {
	IRC_OUTCOME_NONE,    /* it goes on */
	IRC_OUTCOME_WELCOME, /* we are in */
	IRC_OUTCOME_REFUSED, /* we are not; the problem says why */
};

/* `say` is called with the words of each line to send (as irc_line_write() takes them), now and later. */
void irc_handshake_start(struct irc_handshake *handshake, const struct irc_settings *settings,
		void (*say)(const char *const *words, void *data), void *data);

/* Takes a line of the server's. */
enum irc_outcome irc_handshake_read(struct irc_handshake *handshake, const struct irc_line *line,
		struct irc_problem *out_problem);

#endif
