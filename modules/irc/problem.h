/* SPDX-License-Identifier: MPL-2.0 */
/* Why a connection to an IRC server does not work, in the server's words, and what that means to the user and the core. */
#ifndef IRC_PROBLEM_H
#define IRC_PROBLEM_H

#include <gangway/conn.h>
#include <gangway/error.h>
#include <gangway/session.h>

enum irc_trouble {
	IRC_TROUBLE_UNREACHABLE, /* no such host, refused, no route */
	IRC_TROUBLE_UNTRUSTED,   /* its certificate does not hold */
	IRC_TROUBLE_TIMEOUT,     /* it does not answer */
	IRC_TROUBLE_LOST,        /* it was there and went */
	IRC_TROUBLE_CREDENTIALS, /* it refuses a password */
	IRC_TROUBLE_NO_SASL,     /* a password is to be used and it knows no way to */
	IRC_TROUBLE_NICK_IN_USE,
	IRC_TROUBLE_NICK_REFUSED, /* the nickname, or another part of how we introduce ourselves */
	IRC_TROUBLE_BANNED,
	IRC_TROUBLE_THROTTLED,   /* too many connections, or too fast */
	IRC_TROUBLE_CANCELLED,   /* we ended it ourselves */
};

struct irc_problem {
	enum irc_trouble trouble;
	char *text; /* a sentence; owned */
};

/* Replaces the text by what the format says. */
void irc_problem_set(struct irc_problem *problem, enum irc_trouble trouble, const char *format, ...)
		__attribute__((format(printf, 3, 4)));

/* The server says something (bytes as they came) and that is the end. */
void irc_problem_set_words(struct irc_problem *problem, enum irc_trouble trouble, const char *host, const char *words);

/* The connection is gone. */
void irc_problem_set_end(struct irc_problem *problem, const char *host, const struct gw_conn_end *end);
void irc_problem_finish(struct irc_problem *problem);

/* What an ERROR line means: servers tell bans and throttling by their words only. */
enum irc_trouble irc_trouble_of_error(const char *words);

/* What it means to somebody who registers, and when the core shall try again. */
enum gw_condition irc_trouble_condition(enum irc_trouble trouble);
enum gw_loss irc_trouble_loss(enum irc_trouble trouble);

#endif
