/* SPDX-License-Identifier: MPL-2.0 */
/* The connection to an IRC server. */
#include "client.h"

#include "convert.h"
#include "handshake.h"
#include "identity.h"
#include "memory.h"
#include "queue.h"

#include <gangway/conn.h>
#include <stdio.h>
#include <strings.h>

enum {
	CONNECT_MS = 20000,
	HANDSHAKE_MS = 55000, /* until on_ready(): some servers wait more than half a minute for an ident that never comes */
	QUIT_MS = 2000,
	SILENCE_MS = 90000,   /* then we ask */
	PONG_MS = 30000,      /* and believe it lost */
	PONG_MAX_MS = 300000, /* the same, when it says other things all the time */
	QUEUE_MAX = 64,       /* lines */
	AHEAD_LINES = 5,      /* see may_go() */
	AHEAD_BYTES = 1000,
	REGAIN_MS = 30000,    /* at first, then twice as long each time */
	REGAIN_MAX_MS = 600000,
	PENDING_MAX = 256 * 1024,
};

enum state {
	STATE_CONNECTING,
	STATE_REGISTERING, /* until 001 */
	STATE_WELCOMED,    /* until the end of the greeting */
	STATE_READY,
	STATE_QUITTING,
	STATE_CLOSED,      /* no callback any more */
};

struct irc_client {
	struct irc_settings *settings;
	const struct gw_log *log;
	const struct irc_client_events *events;
	void *data;

	struct gw_scope *scope;
	struct gw_loop *loop;
	struct gw_conn *conn; /* NULL when it has ended */
	enum state state;
	bool was_welcomed, was_nick_in_use, is_bouncer;
	unsigned depth;       /* callbacks that run: the memory stays until they have returned */

	struct irc_reader reader;
	struct irc_handshake *handshake; /* NULL after the welcome */
	struct irc_isupport isupport;
	struct irc_identity identity;

	struct irc_queue queue;
	struct gw_timer *queue_timer, *deadline, *liveness, *regain;
	int64_t opened_at_ms, heard_at_ms;
	unsigned pings, pongs; /* asked, answered */
	int64_t pinged_at_ms;
	size_t lines_ahead, bytes_ahead;   /* written since the last PING that was answered */
	size_t lines_behind, bytes_behind; /* of these, behind the PING that is not answered yet */
	int64_t regain_ms;
};

static void handle_open(struct gw_conn *conn, void *data);
static void handle_bytes(struct gw_conn *conn, const char *bytes, size_t size, void *data);
static void handle_end(struct gw_conn *conn, const struct gw_conn_end *end, void *data);
static void handle_deadline(void *data);
static void handle_liveness(void *data);
static void handle_regain(void *data);
static void pump(void *data);

static const struct gw_conn_events conn_events = {
	.on_open = handle_open,
	.on_bytes = handle_bytes,
	.on_end = handle_end,
};

struct irc_client *irc_client_open(struct gw_scope *scope, struct irc_settings *settings, const struct gw_log *log,
		const struct irc_client_events *events, void *data) {
	struct irc_client *client = irc_new(sizeof(*client));
	client->settings = settings;
	client->log = log;
	client->events = events;
	client->data = data;
	client->scope = scope;
	client->loop = gw_scope_loop(scope);
	irc_identity_init(&client->identity, settings->nick);
	client->heard_at_ms = gw_now_ms(client->loop);
	irc_isupport_init(&client->isupport);
	irc_queue_init(&client->queue, settings->burst, settings->interval_ms, client->heard_at_ms);
	struct gw_conn_options options = {
		.host = settings->host,
		.port = settings->port,
		.tls = !settings->use_tls ? GW_CONN_PLAIN : settings->verify ? GW_CONN_TLS : GW_CONN_TLS_UNVERIFIED,
		.ca_file = settings->ca_file,
		.public_only = settings->public_only,
		.connect_timeout_ms = CONNECT_MS,
		.max_pending_bytes = PENDING_MAX,
	};
	gw_log_debug(log, "connecting to %s port %u%s", settings->host, settings->port, settings->use_tls ? " by TLS" : "");
	client->conn = gw_conn_open(scope, &options, &conn_events, client);
	return client;
}

/* --- The end --- */

static void free_client(struct irc_client *client) {
	irc_settings_free(client->settings);
	irc_reader_finish(&client->reader);
	irc_queue_finish(&client->queue);
	free(client->handshake);
	irc_identity_finish(&client->identity);
	free(client);
}

static void enter(struct irc_client *client) {
	client->depth++;
}

static void leave(struct irc_client *client) {
	if (--client->depth == 0 && client->state == STATE_CLOSED) {
		free_client(client);
	}
}

static void stop_everything(struct irc_client *client) {
	client->state = STATE_CLOSED;
	gw_timer_stop(client->queue_timer);
	gw_timer_stop(client->deadline);
	gw_timer_stop(client->liveness);
	gw_timer_stop(client->regain);
	client->queue_timer = client->deadline = client->liveness = client->regain = NULL;
	gw_conn_close(client->conn);
	client->conn = NULL;
}

void irc_client_close(struct irc_client *client) {
	if (client == NULL || client->state == STATE_CLOSED) {
		return;
	}
	enter(client);
	stop_everything(client);
	leave(client);
}

/* Ends the client with a problem, whose text goes with it. */
static void end(struct irc_client *client, struct irc_problem *problem) {
	if (client->state != STATE_CLOSED) {
		enter(client);
		stop_everything(client);
		client->events->on_end(client, problem, client->data);
		leave(client);
	}
	irc_problem_finish(problem);
}

static void handle_end(struct gw_conn *conn, const struct gw_conn_end *conn_end, void *data) {
	(void)conn;
	struct irc_client *client = data;
	struct irc_problem problem = { 0 };
	irc_problem_set_end(&problem, client->settings->host, conn_end);
	client->conn = NULL;
	end(client, &problem);
}

/* While the gateway holds the connection, neither side hears the other: time counts from the end of that. */
static int64_t count_from(const struct irc_client *client, int64_t since_ms) {
	int64_t held_ms = gw_conn_last_held_ms(client->conn);
	return held_ms > since_ms ? held_ms : since_ms;
}

static void handle_deadline(void *data) {
	struct irc_client *client = data;
	struct irc_problem problem = { 0 };
	client->deadline = NULL;
	if (client->state != STATE_QUITTING) {
		int64_t left_ms = count_from(client, client->opened_at_ms) + HANDSHAKE_MS - gw_now_ms(client->loop);
		if (left_ms > 0) {
			client->deadline = gw_timer_start(client->scope, left_ms, handle_deadline, client);
			return;
		}
	}
	if (client->state == STATE_QUITTING) {
		irc_problem_set(&problem, IRC_TROUBLE_CANCELLED, "The connection was ended.");
	} else {
		irc_problem_set(&problem, IRC_TROUBLE_TIMEOUT, "%s took too long to let us in.", client->settings->host);
	}
	end(client, &problem);
}

/* --- Writing --- */

/* Writes at once. What cannot be said as one line is not said at all. */
static void say(struct irc_client *client, const char *const *words) {
	char line[IRC_LINE_OUT_MAX];
	size_t size = irc_line_write(line, client->isupport.line_bytes, words);
	if (size > 0 && client->conn != NULL) {
		gw_conn_write(client->conn, line, size);
	}
	explicit_bzero(line, size);
}

/* The words of the handshake. */
static void handle_say(const char *const *words, void *data) {
	say(data, words);
}

static void say_urgently(struct irc_client *client, const char *const *words) {
	say(client, words);
	irc_queue_spend(&client->queue, gw_now_ms(client->loop));
}

/*
 * Servers of the old kind read a line every few seconds, the longer the line the later. The others wait there: with more
 * than 1 KiB of them one is thrown out, and an answer that waits behind them comes so late that the server seems dead. So
 * only so much is ever ahead of what the server has shown to have read, by answering a PING. That is also less than the
 * 2 KiB that ngIRCd reads of a TLS record; the rest of a longer one it finds when more comes over the wire.
 */
static bool may_go(const struct irc_client *client) {
	const struct irc_queued *line = client->queue.first;
	return client->lines_ahead == 0 || line == NULL
			|| (client->lines_ahead < AHEAD_LINES && client->bytes_ahead + line->size <= AHEAD_BYTES);
}

static void count_ahead(struct irc_client *client, size_t bytes) {
	client->lines_ahead++;
	client->bytes_ahead += bytes;
	client->lines_behind++;
	client->bytes_behind += bytes;
}

/* Lets those lines go whose time has come, and comes back for the next. */
static void pump(void *data) {
	struct irc_client *client = data;
	client->queue_timer = NULL;
	if (client->state != STATE_READY) {
		return;
	}
	enter(client);
	struct irc_queued *line;
	int64_t now_ms = gw_now_ms(client->loop);
	while (client->state == STATE_READY && may_go(client) && (line = irc_queue_take(&client->queue, now_ms)) != NULL) {
		unsigned batch = line->batch;
		gw_conn_write(client->conn, line->bytes, line->size);
		count_ahead(client, line->size);
		free(line);
		if (batch > 0 && client->events->on_written != NULL) {
			client->events->on_written(client, batch, client->data);
		}
	}
	if (client->state == STATE_READY && !may_go(client)) {
		irc_client_ping(client); /* the answer lets the next ones go */
	}
	int64_t wait_ms = irc_queue_wait_ms(&client->queue, now_ms);
	if (client->state == STATE_READY && wait_ms >= 0 && may_go(client) && client->queue_timer == NULL) {
		client->queue_timer = gw_timer_start(client->scope, wait_ms, pump, client);
	}
	leave(client);
}

bool irc_client_send(struct irc_client *client, unsigned batch, const char *const *words) {
	char line[IRC_LINE_OUT_MAX];
	size_t size = irc_line_write(line, client->isupport.line_bytes, words);
	bool is_possible = client->state == STATE_WELCOMED || client->state == STATE_READY;
	if (size == 0 || !is_possible || client->queue.count >= QUEUE_MAX) {
		return false;
	}
	irc_queue_add(&client->queue, batch, line, size);
	if (client->queue_timer == NULL) {
		pump(client);
	}
	return true;
}

void irc_client_unsend(struct irc_client *client, unsigned batch) {
	irc_queue_drop(&client->queue, batch);
}

size_t irc_client_count_waiting(const struct irc_client *client) {
	return client->queue.count;
}

/* --- Liveness --- */

unsigned irc_client_ping(struct irc_client *client) {
	bool is_possible = client->state == STATE_WELCOMED || client->state == STATE_READY;
	if (!is_possible || client->pings != client->pongs) {
		return 0;
	}
	char token[24];
	snprintf(token, sizeof(token), "gangway%u", ++client->pings);
	client->pinged_at_ms = gw_now_ms(client->loop);
	client->lines_behind = client->bytes_behind = 0;
	say_urgently(client, (const char *const[]){ "PING", token, NULL });
	gw_timer_stop(client->liveness);
	client->liveness = gw_timer_start(client->scope, PONG_MS, handle_liveness, client);
	return client->pings;
}

/* PONG irc.example.org gangway7 */
static void read_pong(struct irc_client *client, const struct irc_line *line) {
	char token[24];
	snprintf(token, sizeof(token), "gangway%u", client->pings);
	if (client->pings != client->pongs && strcmp(irc_line_text(line), token) == 0) {
		client->pongs = client->pings;
		client->lines_ahead = client->lines_behind;
		client->bytes_ahead = client->bytes_behind;
		if (client->events->on_pong != NULL) {
			client->events->on_pong(client, client->pongs, client->data);
		}
		if (client->queue_timer == NULL) {
			pump(client);
		}
	}
}

/* --- The nickname that was in use --- */

/* Mostly it is our own connection of before that still has it: the server has to notice first. */
static void start_regaining(struct irc_client *client) {
	if (!irc_casemap_equal(client->isupport.casemap, client->identity.nick, client->settings->nick)) {
		client->regain_ms = REGAIN_MS;
		client->regain = gw_timer_start(client->scope, client->regain_ms, handle_regain, client);
	}
}

static void handle_regain(void *data) {
	struct irc_client *client = data;
	client->regain_ms = client->regain_ms * 2 < REGAIN_MAX_MS ? client->regain_ms * 2 : REGAIN_MAX_MS;
	client->regain = gw_timer_start(client->scope, client->regain_ms, handle_regain, client);
	irc_client_send(client, 0, (const char *const[]){ "NICK", client->settings->nick, NULL });
}

/* We have it, or another name that the network gave us: that is decided then. */
static void stop_regaining(struct irc_client *client) {
	client->was_nick_in_use = false;
	gw_timer_stop(client->regain);
	client->regain = NULL;
}

static void handle_liveness(void *data) {
	struct irc_client *client = data;
	client->liveness = NULL;
	int64_t now_ms = gw_now_ms(client->loop);
	bool is_asked = client->pings != client->pongs;
	int64_t since_ms = is_asked && client->pinged_at_ms > client->heard_at_ms ? client->pinged_at_ms : client->heard_at_ms;
	int64_t left_ms = count_from(client, since_ms) + (is_asked ? PONG_MS : SILENCE_MS) - now_ms;
	int64_t answer_ms = count_from(client, client->pinged_at_ms) + PONG_MAX_MS - now_ms;
	left_ms = is_asked && answer_ms < left_ms ? answer_ms : left_ms;
	if (left_ms > 0) {
		client->liveness = gw_timer_start(client->scope, left_ms, handle_liveness, client);
	} else if (is_asked) {
		struct irc_problem problem = { 0 };
		irc_problem_set(&problem, IRC_TROUBLE_LOST, "%s does not answer any more.", client->settings->host);
		end(client, &problem);
	} else {
		irc_client_ping(client);
	}
}

/* --- Reading --- */

static void handle_open(struct gw_conn *conn, void *data) {
	(void)conn;
	struct irc_client *client = data;
	if (client->state != STATE_CONNECTING) {
		return;
	}
	client->state = STATE_REGISTERING;
	client->opened_at_ms = gw_now_ms(client->loop);
	client->deadline = gw_timer_start(client->scope, HANDSHAKE_MS, handle_deadline, client);
	client->handshake = irc_new(sizeof(*client->handshake));
	irc_handshake_start(client->handshake, client->settings, handle_say, client);
}

static void welcome(struct irc_client *client) {
	client->was_nick_in_use = client->handshake->nick_attempts > 0;
	client->is_bouncer = client->handshake->is_bouncer;
	irc_identity_set_nick(&client->identity, client->handshake->nick);
	gw_log_debug(client->log, "welcome on %s as %s", client->settings->host, client->identity.nick);
	free(client->handshake);
	client->handshake = NULL;
	client->state = STATE_WELCOMED;
	client->was_welcomed = true;
	/* Servers without a message of the day: the answer to this one ends the greeting. */
	irc_client_ping(client);
	if (client->events->on_welcome != NULL) {
		client->events->on_welcome(client, client->data);
	}
}

static void become_ready(struct irc_client *client) {
	if (client->state != STATE_WELCOMED) {
		return;
	}
	client->state = STATE_READY;
	gw_timer_stop(client->deadline);
	client->deadline = NULL;
	if (client->was_nick_in_use) {
		start_regaining(client);
	}
	if (client->events->on_ready != NULL) {
		client->events->on_ready(client, client->data);
	}
	if (client->state == STATE_READY && client->queue_timer == NULL) {
		pump(client);
	}
}

static void register_with(struct irc_client *client, const struct irc_line *line) {
	struct irc_problem problem = { 0 };
	switch (irc_handshake_read(client->handshake, line, &problem)) {
	case IRC_OUTCOME_NONE:
		break;
	case IRC_OUTCOME_WELCOME:
		welcome(client);
		break;
	case IRC_OUTCOME_REFUSED:
		say(client, (const char *const[]){ "QUIT", NULL });
		end(client, &problem);
		break;
	}
}

static void read_numeric(struct irc_client *client, const struct irc_line *line) {
	switch (line->numeric) {
	case 5: /* RPL_ISUPPORT */
		irc_isupport_read(&client->isupport, line);
		break;
	case 376: /* RPL_ENDOFMOTD */
	case 422: /* ERR_NOMOTD */
		become_ready(client);
		break;
	default:
		break;
	}
}

/* False when the line has been dealt with and is nobody else's business. */
static bool read_common(struct irc_client *client, const struct irc_line *line) {
	if (strcasecmp(line->command, "PING") == 0) {
		say_urgently(client, (const char *const[]){ "PONG", irc_line_text(line), NULL });
		return false;
	}
	if (strcasecmp(line->command, "PONG") == 0) {
		become_ready(client);
		if (client->state == STATE_READY) {
			read_pong(client, line);
		}
		return false;
	}
	if (strcasecmp(line->command, "ERROR") == 0) {
		struct irc_problem problem = { 0 };
		const char *words = irc_line_text(line);
		irc_problem_set_words(&problem, irc_trouble_of_error(words), client->settings->host, words);
		end(client, &problem);
		return false;
	}
	return true;
}

static void hand_on(struct irc_client *client, const struct irc_line *line) {
	if (client->state != STATE_CLOSED && client->events->on_line != NULL) {
		client->events->on_line(client, line, client->data);
	}
}

static void read_welcomed(struct irc_client *client, const struct irc_line *line) {
	if (!read_common(client, line)) {
		return;
	}
	if (irc_identity_read(&client->identity, &client->isupport, line)) {
		stop_regaining(client);
	}
	read_numeric(client, line);
	hand_on(client, line);
}

/* On the way out, whatever the end of the connection is, it was wanted. What others said before it still counts. */
static void read_quitting(struct irc_client *client, const struct irc_line *line) {
	if (strcasecmp(line->command, "ERROR") == 0) {
		struct irc_problem problem = { 0 };
		irc_problem_set(&problem, IRC_TROUBLE_CANCELLED, "The connection was ended.");
		end(client, &problem);
	} else if (strcasecmp(line->command, "PONG") == 0) {
		read_pong(client, line);
	} else if (client->was_welcomed && strcasecmp(line->command, "PING") != 0) {
		hand_on(client, line);
	}
}

static bool handle_line(char *text, void *data) {
	struct irc_client *client = data;
	struct irc_line line;
	if (!irc_line_parse(text, &line)) {
		return true;
	}
	if (client->state == STATE_QUITTING) {
		read_quitting(client, &line);
	} else if (client->state == STATE_REGISTERING && strcasecmp(line.command, "PING") == 0) {
		say(client, (const char *const[]){ "PONG", irc_line_text(&line), NULL });
	} else if (client->state == STATE_REGISTERING) {
		register_with(client, &line);
	} else {
		read_welcomed(client, &line);
	}
	return client->state != STATE_CLOSED;
}

static void handle_bytes(struct gw_conn *conn, const char *bytes, size_t size, void *data) {
	(void)conn;
	struct irc_client *client = data;
	client->heard_at_ms = gw_now_ms(client->loop);
	enter(client);
	irc_reader_feed(&client->reader, bytes, size, handle_line, client);
	leave(client);
}

/* --- Asked from outside --- */

void irc_client_quit(struct irc_client *client, const char *reason) {
	if (client->state == STATE_CLOSED || client->state == STATE_QUITTING) {
		return;
	}
	bool is_connected = client->state != STATE_CONNECTING;
	client->state = STATE_QUITTING;
	gw_timer_stop(client->deadline);
	gw_timer_stop(client->liveness);
	stop_regaining(client);
	client->liveness = NULL;
	if (is_connected) {
		say(client, (const char *const[]){ "QUIT", reason, NULL });
	}
	client->deadline = gw_timer_start(client->scope, is_connected ? QUIT_MS : 0, handle_deadline, client);
}

bool irc_client_is_ready(const struct irc_client *client) {
	return client->state == STATE_READY;
}

bool irc_client_is_bouncer(const struct irc_client *client) {
	return client->is_bouncer;
}

const char *irc_client_nick(const struct irc_client *client) {
	return client->identity.nick;
}

const char *irc_client_host(const struct irc_client *client) {
	return client->settings->host;
}

const struct irc_isupport *irc_client_isupport(const struct irc_client *client) {
	return &client->isupport;
}

size_t irc_client_budget(const struct irc_client *client, const char *command, const char *target) {
	return irc_identity_budget(&client->identity, &client->isupport, client->settings->user, command, target);
}
