/* SPDX-License-Identifier: MPL-2.0 */
/*
 * One connection to an IRC server, from the first byte to the last: registers, answers pings, notices when the other end
 * is gone, and lets lines leave no faster than the server likes them.
 */
#ifndef IRC_CLIENT_H
#define IRC_CLIENT_H

#include "isupport.h"
#include "line.h"
#include "problem.h"
#include "settings.h"

#include <gangway/log.h>
#include <gangway/loop.h>

struct irc_client;

/* Called from the loop, on_written() also from inside irc_client_send(). All but on_end() may be NULL. */
struct irc_client_events {
	/* The server welcomed us; what it has to say of itself follows. */
	void (*on_welcome)(struct irc_client *client, void *data);

	/* It has said it. */
	void (*on_ready)(struct irc_client *client, void *data);

	/* A line after the welcome that is not the connection's own business. */
	void (*on_line)(struct irc_client *client, const struct irc_line *line, void *data);

	/* A line of this batch has left. */
	void (*on_written)(struct irc_client *client, unsigned batch, void *data);

	/* The server has answered irc_client_ping(), and so all that was written before. */
	void (*on_pong)(struct irc_client *client, unsigned serial, void *data);

	/* It is over; called once unless irc_client_close() was called before. Forget the client. */
	void (*on_end)(struct irc_client *client, const struct irc_problem *problem, void *data);
};

/* Starts to connect. Takes over the settings. `events` and `log` are borrowed and have to stay. */
struct irc_client *irc_client_open(struct gw_scope *scope, struct irc_settings *settings, const struct gw_log *log,
		const struct irc_client_events *events, void *data);

/*
 * Queues a line; words ended by NULL, as for irc_line_write(). False: they cannot be a line, or too many lines wait
 * already. `batch` (0: none) is what on_written() is told.
 */
bool irc_client_send(struct irc_client *client, unsigned batch, const char *const *words);

/* Forgets the lines of a batch that have not left. */
void irc_client_unsend(struct irc_client *client, unsigned batch);
size_t irc_client_count_waiting(const struct irc_client *client);

/* Asks the server for a sign of life, past the queue. One at a time: 0 when another one is not answered yet. */
unsigned irc_client_ping(struct irc_client *client);

/*
 * Says goodbye; on_end() comes when the server has closed the connection, in two seconds at the latest. Until then, on_line()
 * tells what the server had said before it heard us.
 */
void irc_client_quit(struct irc_client *client, const char *reason);

/* Ends it at once, without on_end(). NULL is fine. */
void irc_client_close(struct irc_client *client);

bool irc_client_is_ready(const struct irc_client *client);
bool irc_client_is_bouncer(const struct irc_client *client); /* what it is connected to */
const char *irc_client_nick(const struct irc_client *client);
const char *irc_client_host(const struct irc_client *client); /* the server's */
const struct irc_isupport *irc_client_isupport(const struct irc_client *client);

/* How many bytes of text one line to this target carries. */
size_t irc_client_budget(const struct irc_client *client, const char *command, const char *target);

#endif
