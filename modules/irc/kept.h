/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a bouncer plays back to the connection that only tries the credentials: ZNC forgets it then. It is kept until the user
 * logs in.
 */
#ifndef IRC_KEPT_H
#define IRC_KEPT_H

#include "line.h"

enum { IRC_KEPT_MAX = 1000 }; /* lines of a user; further ones are dropped */

/* One line, or a list of them; NULL is an empty one. */
struct irc_kept;

/* Adds the line to the end. */
void irc_kept_add(struct irc_kept **list, const char *user, const char *host, const struct irc_line *line);

/* Moves all lines from one list to the end of another one. */
void irc_kept_move(struct irc_kept **from, struct irc_kept **to);

/* Takes out what is the user's, and calls back for what came from this host. */
void irc_kept_take(struct irc_kept **list, const char *user, const char *host,
		void (*on_line)(const struct irc_line *line, void *data), void *data);

void irc_kept_finish(struct irc_kept **list);

#endif
