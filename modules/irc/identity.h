/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Who we are on a server: the nickname we have, and nick!user@host as others see it, which the server puts before each
 * line that it relays and so decides how much text fits.
 */
#ifndef IRC_IDENTITY_H
#define IRC_IDENTITY_H

#include "isupport.h"
#include "line.h"

struct irc_identity {
	char *nick;
	size_t user_bytes, host_bytes; /* as the server showed them; 0: not yet */
};

void irc_identity_init(struct irc_identity *identity, const char *nick);
void irc_identity_finish(struct irc_identity *identity);
void irc_identity_set_nick(struct irc_identity *identity, const char *nick);

/* Learns from a line, if it is about us. True when it gives us another nickname. */
bool irc_identity_read(struct irc_identity *identity, const struct irc_isupport *isupport, const struct irc_line *line);

/* How many bytes of text one line to this target carries. `user` is what we told the server to be called. */
size_t irc_identity_budget(const struct irc_identity *identity, const struct irc_isupport *isupport, const char *user,
		const char *command, const char *target);

#endif
