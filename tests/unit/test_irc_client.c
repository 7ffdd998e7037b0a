/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The IRC connection against a server that is a script: here stand a connection that collects what is written, and a clock
 * that is moved, in place of the core's.
 */
#include "client.h"

#include "memory.h"
#include "sasl.h"
#include "settings.h"
#include "util/log.h"

#include <gangway/conn.h>
#include <gangway/form.h>
#include <gangway/loop.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

/* --- In place of the core --- */

struct gw_timer {
	struct gw_timer *next;
	int64_t at_ms;
	void (*callback)(void *data);
	void *data;
};

static struct gw_timer *timers;
static int64_t now_ms = 1000000;
static const struct gw_conn_events *conn_events; /* NULL when no connection is open */
static void *conn_data;
static struct gw_conn_options conn_options;
static char written[65536];

struct gw_loop *gw_scope_loop(struct gw_scope *scope) {
	return (struct gw_loop *)scope;
}

int64_t gw_now_ms(struct gw_loop *loop) {
	(void)loop;
	return now_ms;
}

struct gw_timer *gw_timer_start(struct gw_scope *scope, int64_t delay_ms, void (*callback)(void *data), void *data) {
	(void)scope;
	struct gw_timer *timer = irc_new(sizeof(*timer));
	*timer = (struct gw_timer){ .next = timers, .at_ms = now_ms + delay_ms, .callback = callback, .data = data };
	timers = timer;
	return timer;
}

void gw_timer_stop(struct gw_timer *timer) {
	for (struct gw_timer **link = &timers; timer != NULL && *link != NULL; link = &(*link)->next) {
		if (*link == timer) {
			*link = timer->next;
			free(timer);
			return;
		}
	}
}

/* Moves the clock, timer by timer. */
static void pass(int64_t ms) {
	int64_t end_ms = now_ms + ms;
	for (;;) {
		struct gw_timer *first = timers;
		for (struct gw_timer *timer = timers; timer != NULL; timer = timer->next) {
			first = timer->at_ms < first->at_ms ? timer : first;
		}
		if (first == NULL || first->at_ms > end_ms) {
			break;
		}
		now_ms = first->at_ms > now_ms ? first->at_ms : now_ms;
		void (*callback)(void *) = first->callback;
		void *data = first->data;
		gw_timer_stop(first);
		callback(data);
	}
	now_ms = end_ms;
}

struct gw_conn *gw_conn_open(struct gw_scope *scope, const struct gw_conn_options *options,
		const struct gw_conn_events *events, void *data) {
	(void)scope;
	conn_options = *options;
	conn_events = events;
	conn_data = data;
	written[0] = '\0';
	return (struct gw_conn *)&conn_options;
}

void gw_conn_write(struct gw_conn *conn, const void *bytes, size_t size) {
	assert_ptr_equal(conn, &conn_options);
	assert_non_null(conn_events);
	size_t length = strlen(written);
	assert_true(length + size < sizeof(written));
	memcpy(written + length, bytes, size);
	written[length + size] = '\0';
}

static int64_t last_held_ms; /* -1: it is held */

int64_t gw_conn_last_held_ms(const struct gw_conn *conn) {
	assert_ptr_equal(conn, &conn_options);
	return last_held_ms < 0 ? now_ms : last_held_ms;
}

void gw_conn_close(struct gw_conn *conn) {
	if (conn != NULL) {
		conn_events = NULL;
	}
}

static const char *const *options; /* name, value ... NULL */

const char *gw_gateway_option(const struct gw_gateway *gateway, const char *name) {
	(void)gateway;
	for (const char *const *option = options; *option != NULL; option += 2) {
		if (strcmp(*option, name) == 0) {
			return option[1];
		}
	}
	return NULL;
}

static const char *refused_option;

bool gw_gateway_refuse_option(struct gw_gateway *gateway, const char *name, const char *expected) {
	(void)gateway;
	assert_true(strcmp(expected, "yes or no") == 0 || strncmp(expected, "a number from ", 14) == 0);
	refused_option = name;
	return false;
}

const struct gw_log *gw_gateway_log(const struct gw_gateway *gateway) {
	(void)gateway;
	return NULL;
}

/* --- The script --- */

static char events_log[4096];
static struct irc_client *client;
static struct gw_scope *const scope = (struct gw_scope *)&timers;
static bool closes_on_line, quits_on_welcome;

static void note(const char *format, ...) {
	size_t length = strlen(events_log);
	va_list args;
	va_start(args, format);
	vsnprintf(events_log + length, sizeof(events_log) - length, format, args);
	va_end(args);
}

static void assert_events(const char *expected) {
	assert_string_equal(events_log, expected);
	events_log[0] = '\0';
}

static void handle_welcome(struct irc_client *c, void *data) {
	(void)data;
	note("welcome|");
	if (quits_on_welcome) {
		irc_client_quit(c, "enough");
	}
}

static void handle_ready(struct irc_client *c, void *data) {
	(void)data;
	note("ready %s|", irc_client_nick(c));
}

static void handle_line(struct irc_client *c, const struct irc_line *line, void *data) {
	(void)data;
	note("line %s|", line->command);
	if (closes_on_line) {
		irc_client_close(c);
		client = NULL;
	}
}

static void handle_written(struct irc_client *c, unsigned batch, void *data) {
	(void)c;
	(void)data;
	note("written %u|", batch);
}

static void handle_pong(struct irc_client *c, unsigned serial, void *data) {
	(void)c;
	(void)data;
	note("pong %u|", serial);
}

static void handle_end(struct irc_client *c, const struct irc_problem *problem, void *data) {
	(void)c;
	(void)data;
	note("end %d %s|", (int)problem->trouble, problem->text);
	client = NULL;
}

static const struct irc_client_events events = { handle_welcome, handle_ready, handle_line, handle_written, handle_pong,
	handle_end };

static const struct irc_gateway admin = { .burst = 5, .interval_ms = 1000, .real_name = "A user" };

/* A form of var, value pairs. */
static void connect_with(bool may_change_nick, const char *const *pairs) {
	struct gw_form *form = gw_form_new();
	gw_form_set(form, "server", "irc.example.org");
	gw_form_set(form, "nick", "romeo");
	for (; *pairs != NULL; pairs += 2) {
		gw_form_set(form, pairs[0], pairs[1]);
	}
	const char *error = NULL;
	struct irc_settings *settings = irc_settings_new(form, &admin, &error);
	gw_form_free(form);
	assert_null(error);
	settings->may_change_nick = may_change_nick;
	events_log[0] = '\0';
	closes_on_line = quits_on_welcome = false;
	last_held_ms = 0;
	client = irc_client_open(scope, settings, NULL, &events, NULL);
	conn_events->on_open((struct gw_conn *)&conn_options, conn_data);
}

#define CONNECT(...) connect_with(false, (const char *const[]){ __VA_ARGS__, NULL, NULL })

/* The server says a line. */
static void hear(const char *line) {
	char bytes[2048];
	int size = snprintf(bytes, sizeof(bytes), "%s\r\n", line);
	assert_non_null(conn_events);
	conn_events->on_bytes((struct gw_conn *)&conn_options, bytes, (size_t)size, conn_data);
}

/* We said exactly this since the last look; lines end in '|'. */
static void assert_said(const char *expected) {
	char said[65536];
	size_t size = 0;
	for (const char *c = written; *c != '\0'; c++) {
		if (*c == '\r') {
			assert_int_equal(c[1], '\n');
			said[size++] = '|';
			c++;
		} else {
			said[size++] = *c;
		}
	}
	said[size] = '\0';
	assert_string_equal(said, expected);
	written[0] = '\0';
}

/* Registers without ado. */
static void be_ready(void) {
	CONNECT(NULL, NULL);
	hear(":s 001 romeo :Welcome");
	hear(":s 376 romeo :End of MOTD");
	hear(":s PONG s gangway1");
	assert_events("welcome|ready romeo|line 376|pong 1|");
	written[0] = '\0';
}

static void assert_gone(void) {
	assert_null(client);
	assert_null(conn_events);
	assert_null(timers);
}

static void leave(void) {
	irc_client_close(client);
	client = NULL;
	assert_gone();
	assert_events("");
}

/* --- Getting in --- */

static void registers_on_an_old_server(void **state) {
	(void)state;
	CONNECT("server_password", "open sesame", "real_name", "Romeo M");
	assert_said("CAP LS 302|PASS :open sesame|NICK romeo|USER romeo 0 * :Romeo M|");
	hear("NOTICE AUTH :*** Looking up your hostname");
	hear("PING :cookie");
	assert_said("PONG cookie|");
	hear(":s 421 * CAP :Unknown command");
	hear(":s 001 romeo :Welcome");
	assert_said("PING gangway1|");
	hear(":s 005 romeo NETWORK=Example LINELEN=1024 :are supported");
	hear(":s 422 romeo :No MOTD");
	assert_said("");
	assert_events("welcome|line 005|ready romeo|line 422|");
	assert_string_equal(irc_client_isupport(client)->network, "Example");
	leave();
}

static void registers_with_sasl(void **state) {
	(void)state;
	CONNECT("password", "sesame", "account", "jilles");
	assert_said("CAP LS 302|NICK romeo|USER romeo 0 * :A user|");
	hear(":s CAP * LS * :multi-prefix server-time");
	assert_said("");
	hear(":s CAP * LS :message-tags sasl=EXTERNAL,plain");
	assert_said("CAP REQ server-time|CAP REQ message-tags|CAP REQ sasl|");
	hear(":s CAP * ACK :server-time ");
	hear(":s CAP romeo NAK :message-tags");
	assert_said("");
	hear(":s CAP romeo ACK :sasl");
	assert_said("AUTHENTICATE PLAIN|");
	hear(":s AUTHENTICATE +");
	assert_said("AUTHENTICATE amlsbGVzAGppbGxlcwBzZXNhbWU=|");
	hear(":s AUTHENTICATE +"); /* once is enough */
	assert_said("");
	hear(":s 900 romeo romeo!r@h jilles :You are now logged in as jilles");
	hear(":s 903 romeo :SASL authentication successful");
	assert_said("CAP END|");
	hear(":s 001 romeo :Welcome");
	assert_events("welcome|");
	leave();
}

static void cuts_long_passwords(void **state) {
	(void)state;
	/* jilles, jilles and 286 bytes make 300, whose base64 fills a line exactly. */
	char password[287], expected[1024];
	memset(password, 'x', sizeof(password) - 1);
	password[286] = '\0';
	char *response = irc_sasl_plain("jilles", password);
	assert_int_equal(strlen(response), IRC_SASL_CHUNK);
	CONNECT("password", password, "account", "jilles");
	hear(":s CAP * LS :sasl");
	hear(":s CAP * ACK :sasl");
	written[0] = '\0';
	hear("AUTHENTICATE +");
	snprintf(expected, sizeof(expected), "AUTHENTICATE %s|AUTHENTICATE +|", response);
	assert_said(expected);
	free(response);
	leave();
}

struct refusal {
	const char *lines[4];
	enum irc_trouble trouble;
	const char *text;
	bool with_password;
};

static const struct refusal refusals[] = {
	{ { ":s 464 romeo :Password incorrect" }, IRC_TROUBLE_CREDENTIALS, "irc.example.org says: Password incorrect", false },
	{ { ":s 465 romeo :You are banned" }, IRC_TROUBLE_BANNED, "irc.example.org says: You are banned", false },
	{ { ":s 433 * romeo :Nickname is already in use" }, IRC_TROUBLE_NICK_IN_USE,
			"irc.example.org says about the nickname romeo: Nickname is already in use", false },
	{ { ":s 432 * romeo :Erroneous nickname" }, IRC_TROUBLE_NICK_REFUSED, "irc.example.org says: Erroneous nickname", false },
	{ { "ERROR :Closing Link: 10.0.0.1 (K-Lined)" }, IRC_TROUBLE_BANNED,
			"irc.example.org says: Closing Link: 10.0.0.1 (K-Lined)", false },
	{ { "ERROR :Trying to reconnect too fast." }, IRC_TROUBLE_THROTTLED,
			"irc.example.org says: Trying to reconnect too fast.", false },
	{ { "ERROR :Bad password?" }, IRC_TROUBLE_CREDENTIALS, "irc.example.org says: Bad password?", false },
	{ { "ERROR" }, IRC_TROUBLE_LOST, "irc.example.org says: (nothing)", false },
	{ { "ERROR :caf\xe9 \x02" "closed\x02" }, IRC_TROUBLE_LOST, "irc.example.org says: café closed", false },
	{ { ":s FAIL * ACCOUNT_REQUIRED :Log in first" }, IRC_TROUBLE_CREDENTIALS, "irc.example.org says: Log in first", false },
	{ { ":s CAP * LS :sasl", ":s CAP * ACK :sasl", "AUTHENTICATE +", ":s 904 romeo :SASL authentication failed" },
			IRC_TROUBLE_CREDENTIALS, "irc.example.org says: SASL authentication failed", true },
	{ { ":s CAP * LS :sasl=EXTERNAL" }, IRC_TROUBLE_NO_SASL, NULL, true },
	{ { ":s CAP * LS :server-time" }, IRC_TROUBLE_NO_SASL, NULL, true },
	{ { ":s CAP * LS :sasl", ":s CAP * NAK :sasl" }, IRC_TROUBLE_NO_SASL, NULL, true },
	{ { ":s 421 romeo CAP :Unknown command" }, IRC_TROUBLE_NO_SASL, NULL, true },
	{ { ":s 001 romeo :Welcome" }, IRC_TROUBLE_NO_SASL, NULL, true }, /* never in without the account */
	{ { ":s CAP * LS :sasl", ":s CAP * ACK :sasl", ":s 903 romeo :Success", ":s 001 romeo :Welcome" }, IRC_TROUBLE_NO_SASL,
			NULL, true },
	{ { ":s CAP * LS :sasl", ":s CAP * ACK :sasl", ":s 906 romeo :Aborted" }, IRC_TROUBLE_NO_SASL,
			"irc.example.org says: Aborted", true }, /* not by us: the services went away */
};

static void tells_why_it_is_refused(void **state) {
	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		const struct refusal *refusal = &refusals[i];
		if (refusal->with_password) {
			CONNECT("password", "sesame");
		} else {
			CONNECT(NULL, NULL);
		}
		for (size_t l = 0; l < 4 && refusal->lines[l] != NULL; l++) {
			hear(refusal->lines[l]);
		}
		char expected[256];
		snprintf(expected, sizeof(expected), "end %d %s", (int)refusal->trouble, refusal->text != NULL ? refusal->text :
				"irc.example.org offers no way to log in");
		assert_memory_equal(events_log, expected, strlen(expected));
		assert_gone();
	}
	events_log[0] = '\0';
}

/* Names and hosts stand in it, too, and may be any words. */
static void understands_why_the_link_is_closed(void **state) {
	(void)state;
	static const struct {
		const char *words;
		enum irc_trouble trouble;
	} rows[] = {
		{ "Closing Link: deadline[~u@host.example.org] (Ping timeout: 240 seconds)", IRC_TROUBLE_LOST },
		{ "Closing Link: mypassword[~u@host.example.org] (Ping timeout: 240 seconds)", IRC_TROUBLE_LOST },
		{ "Closing Link: banned[~u@host.example.org] (Ping timeout: 240 seconds)", IRC_TROUBLE_LOST },
		{ "Closing link: (password@host.example.org) [Ping timeout: 240 seconds]", IRC_TROUBLE_LOST },
		{ "Closing Link: banned.example.org (Deadline passed)", IRC_TROUBLE_LOST },
		{ "Closing link: (u@host.example.org) [G-lined: spam (see rules)]", IRC_TROUBLE_BANNED },
		{ "Closing Link: romeo[host] by irc.example.org (K-Lined) ", IRC_TROUBLE_BANNED },
		{ "Closing Link: K-Lined", IRC_TROUBLE_BANNED },
		{ "Closing Link: [10.0.0.1] (Throttled: Reconnecting too fast)", IRC_TROUBLE_THROTTLED },
		{ "Closing Link: romeo[host] (Killed (tybalt (You are banned)))", IRC_TROUBLE_THROTTLED },
		{ "Closing Link: (Bad Password)", IRC_TROUBLE_CREDENTIALS },
		{ "Closing Link: romeo[host]", IRC_TROUBLE_LOST },
		{ ")", IRC_TROUBLE_LOST },
		{ "", IRC_TROUBLE_LOST },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(irc_trouble_of_error(rows[i].words), rows[i].trouble);
	}
}

static void takes_another_nickname_when_it_may(void **state) {
	(void)state;
	connect_with(true, (const char *const[]){ NULL });
	written[0] = '\0';
	hear(":s 433 * romeo :In use");
	hear(":s 437 * romeo_ :Unavailable");
	hear(":s 432 * romeo__ :Too long");
	assert_said("NICK romeo_|NICK romeo__|NICK rome1|");
	hear(":s 001 rome1 :Welcome");
	hear(":s 376 rome1 :End");
	assert_events("welcome|ready rome1|line 376|");
	leave();

	/* Services hold it back for a while: it was good when the user registered. */
	connect_with(true, (const char *const[]){ NULL });
	written[0] = '\0';
	hear(":s 432 * romeo :Services reserved nickname: Registered nickname");
	assert_said("NICK romeo_|");
	hear(":s 001 romeo_ :Welcome");
	hear(":s 376 romeo_ :End");
	hear(":s PONG s gangway1");
	pass(29999);
	written[0] = '\0';
	pass(1);
	assert_said("NICK romeo|");
	assert_events("welcome|ready romeo_|line 376|pong 1|");
	leave();

	connect_with(true, (const char *const[]){ NULL });
	for (int i = 0; i < 7; i++) {
		hear(":s 433 * x :In use");
	}
	assert_gone();
}

static void gives_up_on_silence(void **state) {
	(void)state;
	CONNECT(NULL, NULL);
	pass(54999);
	assert_events("");
	pass(1);
	assert_events("end 2 irc.example.org took too long to let us in.|");
	assert_gone();

	/* A welcome with nothing behind it is no better. */
	CONNECT(NULL, NULL);
	hear(":s 001 romeo :Welcome");
	pass(10000);
	hear(":s NOTICE romeo :Wait");
	pass(25000);
	hear(":s NOTICE romeo :Wait");
	pass(20000);
	assert_events("welcome|line NOTICE|line NOTICE|end 2 irc.example.org took too long to let us in.|");
	assert_gone();
}

static void tells_how_the_connection_ended(void **state) {
	(void)state;
	static const struct {
		enum gw_conn_problem problem;
		const char *events;
	} rows[] = {
		{ GW_CONN_UNREACHABLE, "end 0 irc.example.org cannot be reached: because.|" },
		{ GW_CONN_UNTRUSTED, "end 1 The connection to irc.example.org would not be safe: because.|" },
		{ GW_CONN_ENDED, "end 3 irc.example.org closed the connection.|" },
		{ GW_CONN_LOST, "end 3 The connection to irc.example.org broke: because.|" },
		{ GW_CONN_CANCELLED, "end 10 The connection to irc.example.org was given up.|" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CONNECT(NULL, NULL);
		struct gw_conn_end end = { .problem = rows[i].problem, .text = "because" };
		const struct gw_conn_events *now = conn_events;
		conn_events = NULL;
		now->on_end((struct gw_conn *)&conn_options, &end, conn_data);
		assert_events(rows[i].events);
		assert_gone();
	}
}

/* --- Being there --- */

#define SAY(batch, text) irc_client_send(client, batch, (const char *const[]){ "PRIVMSG", "juliet", text, NULL })

static void paces_its_lines(void **state) {
	(void)state;
	be_ready();
	pass(10000);
	for (int i = 0; i < 8; i++) {
		assert_true(SAY(7, "x"));
	}
	assert_said("PRIVMSG juliet x|PRIVMSG juliet x|PRIVMSG juliet x|PRIVMSG juliet x|PRIVMSG juliet x|PING gangway2|");
	hear(":s PONG s gangway2");
	assert_int_equal(irc_client_count_waiting(client), 3);
	hear("PING :now");
	assert_said("PONG now|"); /* does not wait, but is paid for, as our own */
	pass(2999);
	assert_said("");
	pass(1);
	assert_said("PRIVMSG juliet x|");
	irc_client_unsend(client, 7);
	pass(10000);
	assert_said("");
	assert_events("written 7|written 7|written 7|written 7|written 7|pong 2|written 7|");
	for (int i = 0; i < 200; i++) {
		SAY(0, "x");
	}
	assert_int_equal(irc_client_count_waiting(client), 64);
	assert_false(SAY(0, "x"));
	leave();
}

/* Those who let lines wait throw out whoever has more than a KiB waiting. */
static void is_never_far_ahead_of_the_server(void **state) {
	(void)state;
	be_ready();
	pass(10000);
	char text[401];
	memset(text, 'x', 400);
	text[400] = '\0';
	assert_int_equal(irc_client_ping(client), 2);
	for (int i = 0; i < 6; i++) {
		assert_true(SAY(1, text));
	}
	pass(10000);
	assert_events("written 1|written 1|");
	hear(":s PONG s gangway2"); /* stood before these lines */
	assert_events("pong 2|");
	hear(":s PONG s gangway3");
	assert_events("pong 3|written 1|written 1|");
	pass(10000);
	hear(":s PONG s gangway4");
	assert_events("pong 4|written 1|written 1|");
	written[0] = '\0';
	leave();

	be_ready();
	pass(10000);
	for (int i = 0; i < 12; i++) {
		assert_true(SAY(1, "x"));
	}
	pass(20000);
	assert_events("written 1|written 1|written 1|written 1|written 1|");
	hear(":s PONG s gangway2");
	pass(20000);
	assert_events("pong 2|written 1|written 1|written 1|written 1|written 1|");
	written[0] = '\0';
	leave();
}

static void wants_its_nickname_back(void **state) {
	(void)state;
	connect_with(true, (const char *const[]){ NULL });
	hear(":s 433 * romeo :In use");
	hear(":s 001 romeo_ :Welcome");
	hear(":s 376 romeo_ :End");
	hear(":s PONG s gangway1");
	assert_events("welcome|ready romeo_|line 376|pong 1|");
	written[0] = '\0';
	pass(29999);
	assert_said("");
	pass(1);
	assert_said("NICK romeo|");
	hear(":s 433 romeo_ romeo :In use");
	pass(59999);
	assert_said("");
	pass(1);
	assert_said("NICK romeo|");
	hear(":romeo_!r@h NICK :romeo");
	assert_string_equal(irc_client_nick(client), "romeo");
	assert_events("line 433|line NICK|");
	pass(80000);
	assert_said("");
	leave();

	/* Whom the network calls otherwise has no say in it. */
	connect_with(true, (const char *const[]){ NULL });
	hear(":s 433 * romeo :In use");
	hear(":s 001 romeo_ :Welcome");
	hear(":romeo_!r@h NICK :Guest1");
	hear(":s 376 Guest1 :End");
	hear(":s PONG s gangway1");
	assert_events("welcome|line NICK|ready Guest1|line 376|pong 1|");
	written[0] = '\0';
	pass(80000);
	assert_said("");
	leave();
}

static void never_sends_what_is_no_line(void **state) {
	(void)state;
	be_ready();
	assert_false(SAY(0, "x\r\nQUIT"));
	assert_false(irc_client_send(client, 0, (const char *const[]){ "PRIVMSG", "a b", "x", NULL }));
	char text[600];
	memset(text, 'x', sizeof(text) - 1);
	text[599] = '\0';
	assert_false(SAY(0, text));
	hear("PING :x\001y z");
	assert_said("PONG :x\001y z|");
	leave();
}

static void notices_when_nobody_is_there(void **state) {
	(void)state;
	be_ready();
	pass(89999);
	assert_said("");
	pass(1);
	assert_said("PING gangway2|");
	hear(":s PONG s :gangway2");
	assert_events("pong 2|");
	pass(60000);
	hear(":juliet!j@h PRIVMSG romeo :hi");
	assert_events("line PRIVMSG|");
	pass(89999);
	assert_said("");
	pass(1);
	assert_said("PING gangway3|");
	hear(":s PONG s gangway2"); /* an old one */
	assert_events("");
	pass(30000);
	assert_events("end 3 irc.example.org does not answer any more.|");
	assert_gone();
}

/* Held by the gateway, it is not read: then the silence is not the server's. */
static void judges_nobody_while_it_is_held(void **state) {
	(void)state;
	be_ready();
	last_held_ms = -1;
	pass(600000);
	assert_said("");
	assert_int_equal(irc_client_ping(client), 2);
	pass(600000);
	assert_events("");
	last_held_ms = now_ms;
	pass(29999);
	assert_events("");
	pass(1);
	assert_events("end 3 irc.example.org does not answer any more.|");
	assert_gone();

	CONNECT(NULL, NULL);
	last_held_ms = -1;
	pass(600000);
	last_held_ms = now_ms;
	pass(54999);
	assert_events("");
	pass(1);
	assert_events("end 2 irc.example.org took too long to let us in.|");
	assert_gone();
}

static void asks_once_at_a_time(void **state) {
	(void)state;
	be_ready();
	assert_int_equal(irc_client_ping(client), 2);
	assert_int_equal(irc_client_ping(client), 0);
	hear(":s PONG s gangway2");
	assert_int_equal(irc_client_ping(client), 3);
	assert_said("PING gangway2|PING gangway3|");
	assert_events("pong 2|");
	/* Lines that come meanwhile show that the server is there, but it has to answer in the end. */
	pass(29000);
	hear(":s NOTICE romeo :busy");
	pass(29000);
	assert_events("line NOTICE|");
	pass(1000);
	assert_events("end 3 irc.example.org does not answer any more.|");
	assert_gone();
}

/* What we say goes nowhere: nothing would be confirmed, and after a few lines nothing written any more. */
static void believes_no_server_that_only_talks(void **state) {
	(void)state;
	be_ready();
	assert_int_equal(irc_client_ping(client), 2);
	for (int i = 0; i < 14; i++) {
		pass(20000);
		hear(":juliet!j@h PRIVMSG romeo :hello?");
	}
	events_log[0] = '\0';
	pass(19999);
	assert_events("");
	pass(1);
	assert_events("end 3 irc.example.org does not answer any more.|");
	assert_gone();
}

static void says_goodbye(void **state) {
	(void)state;
	be_ready();
	irc_client_quit(client, "Logged out");
	assert_said("QUIT :Logged out|");
	hear(":juliet!j@h PRIVMSG romeo :just in time");
	assert_events("line PRIVMSG|");
	hear("ERROR :Closing Link: K-Lined");
	assert_events("end 10 The connection was ended.|");
	assert_gone();

	be_ready();
	assert_int_equal(irc_client_ping(client), 2);
	irc_client_quit(client, "Logged out");
	hear(":s PONG s gangway2");
	hear("PING :cookie");
	assert_events("pong 2|");
	pass(2000);
	assert_events("end 10 The connection was ended.|");
	assert_gone();
}

static void may_be_left_from_inside(void **state) {
	(void)state;
	be_ready();
	closes_on_line = true;
	hear(":juliet!j@h PRIVMSG romeo :one\r\n:juliet!j@h PRIVMSG romeo :two");
	assert_events("line PRIVMSG|");
	assert_gone();

	CONNECT(NULL, NULL);
	quits_on_welcome = true;
	hear(":s 001 romeo :Welcome\r\n:s 376 romeo :End");
	assert_events("welcome|line 376|");
	hear("ERROR :bye");
	assert_events("end 10 The connection was ended.|");
	assert_gone();
}

static void learns_what_others_see(void **state) {
	(void)state;
	be_ready();
	/* :romeo!~romeo@HOST PRIVMSG juliet :...CRLF */
	size_t fixed = strlen(":romeo!~romeo@ PRIVMSG juliet :\r\n");
	assert_int_equal(irc_client_budget(client, "PRIVMSG", "juliet"), 512 - fixed - 63);
	hear(":s 396 romeo user/romeo :is now your displayed host");
	assert_int_equal(irc_client_budget(client, "PRIVMSG", "juliet"), 512 - fixed - strlen("user/romeo"));
	hear(":romeo!r@example.org MODE romeo :+i");
	assert_int_equal(irc_client_budget(client, "PRIVMSG", "juliet"), 512 - fixed + 5 - strlen("example.org"));
	hear(":Romeo!r@example.org NICK :romeo2");
	assert_string_equal(irc_client_nick(client), "romeo2");
	hear(":romeo2!r@example.org CHGHOST romeo22 other.example.org");
	assert_int_equal(irc_client_budget(client, "PRIVMSG", "juliet"), 512 - fixed - 2 - strlen("other.example.org"));
	hear(":s 005 romeo2 LINELEN=2048 :are supported");
	assert_int_equal(irc_client_budget(client, "PRIVMSG", "juliet"), 2048 - fixed - 2 - strlen("other.example.org"));
	events_log[0] = '\0';
	leave();
}

/* --- What the user and the admin say --- */

static void reads_settings(void **state) {
	(void)state;
	CONNECT("tls", "false");
	assert_int_equal(conn_options.port, 6667);
	assert_int_equal(conn_options.tls, GW_CONN_PLAIN);
	assert_true(conn_options.public_only);
	leave();
	CONNECT("tls", "true", "verify", "false", "port", "7000");
	assert_int_equal(conn_options.port, 7000);
	assert_int_equal(conn_options.tls, GW_CONN_TLS_UNVERIFIED);
	leave();
	CONNECT("server", "IRC.Example.ORG");
	assert_int_equal(conn_options.port, 6697);
	assert_int_equal(conn_options.tls, GW_CONN_TLS);
	assert_string_equal(conn_options.host, "irc.example.org");
	leave();
}

static void refuses_nonsense(void **state) {
	(void)state;
	static const char *const rows[][4] = {
		{ "server", "", "nick", "romeo" },
		{ "server", "two words", "nick", "romeo" },
		{ "server", "irc.example.org\r\nQUIT", "nick", "romeo" },
		{ "server", "a%b", "nick", "romeo" },
		{ "server", "irc.example.org", "nick", "" },
		{ "server", "irc.example.org", "nick", "two words" },
		{ "server", "irc.example.org", "nick", "#channel" },
		{ "server", "irc.example.org", "nick", "x\r\nQUIT" },
		{ "server", "irc.example.org", "account", "romeo" }, /* and no password */
		{ "server", "irc.example.org", "password", "x\nQUIT" },
		{ "server", "irc.example.org", "server_password", "x\rQUIT" },
		{ "server", "irc.example.org", "real_name", "x\nQUIT" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct gw_form *form = gw_form_new();
		gw_form_set(form, "nick", "romeo");
		gw_form_set(form, rows[i][0], rows[i][1]);
		gw_form_set(form, rows[i][2], rows[i][3]);
		const char *error = NULL;
		assert_null(irc_settings_new(form, &admin, &error));
		assert_non_null(error);
		gw_form_free(form);
	}
}

static void reads_options(void **state) {
	(void)state;
	struct irc_gateway read = { 0 };
	options = (const char *const[]){ NULL };
	assert_true(irc_gateway_read(&read, NULL));
	assert_null(read.server);
	assert_true(read.use_tls && !read.allow_private_servers && read.burst == 5 && read.interval_ms == 1000);
	options = (const char *const[]){ "irc-server", "irc.example.org", "irc-port", "7000", "irc-tls", "no", "flood-burst", "9",
		"flood-interval-ms", "50", "allow-private-servers", "YES", NULL };
	assert_true(irc_gateway_read(&read, NULL));
	assert_string_equal(read.server, "irc.example.org");
	assert_true(!read.use_tls && read.allow_private_servers && read.port == 7000 && read.burst == 9
			&& read.interval_ms == 50);

	static const char *const wrong[][3] = { { "irc-port", "0", NULL }, { "irc-port", "70000", NULL }, { "irc-port", "x", NULL },
		{ "irc-tls", "maybe", NULL }, { "flood-interval-ms", "-1", NULL }, { "flood-burst", "1e3", NULL } };
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		options = wrong[i];
		assert_false(irc_gateway_read(&read, NULL));
		assert_string_equal(refused_option, wrong[i][0]);
	}
}

/* The admin's server is reached as the admin says, whatever a form says. */
static void keeps_to_the_admins_server(void **state) {
	(void)state;
	const struct irc_gateway fixed = { .server = "irc.example.net", .use_tls = true, .burst = 5, .interval_ms = 1000 };
	struct gw_form *form = gw_form_new();
	gw_form_set(form, "server", "127.0.0.1");
	gw_form_set(form, "port", "25");
	gw_form_set(form, "tls", "false");
	gw_form_set(form, "verify", "false");
	gw_form_set(form, "nick", "[Ro]meo3");
	const char *error = NULL;
	struct irc_settings *settings = irc_settings_new(form, &fixed, &error);
	assert_non_null(settings);
	assert_string_equal(settings->host, "irc.example.net");
	assert_int_equal(settings->port, 6697);
	assert_true(settings->use_tls && settings->verify && !settings->public_only);
	assert_string_equal(settings->user, "romeo3");
	irc_settings_free(settings);
	gw_form_free(form);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(registers_on_an_old_server),
		cmocka_unit_test(registers_with_sasl),
		cmocka_unit_test(cuts_long_passwords),
		cmocka_unit_test(tells_why_it_is_refused),
		cmocka_unit_test(understands_why_the_link_is_closed),
		cmocka_unit_test(takes_another_nickname_when_it_may),
		cmocka_unit_test(gives_up_on_silence),
		cmocka_unit_test(tells_how_the_connection_ended),
		cmocka_unit_test(paces_its_lines),
		cmocka_unit_test(is_never_far_ahead_of_the_server),
		cmocka_unit_test(wants_its_nickname_back),
		cmocka_unit_test(never_sends_what_is_no_line),
		cmocka_unit_test(notices_when_nobody_is_there),
		cmocka_unit_test(judges_nobody_while_it_is_held),
		cmocka_unit_test(asks_once_at_a_time),
		cmocka_unit_test(believes_no_server_that_only_talks),
		cmocka_unit_test(says_goodbye),
		cmocka_unit_test(may_be_left_from_inside),
		cmocka_unit_test(learns_what_others_see),
		cmocka_unit_test(reads_settings),
		cmocka_unit_test(refuses_nonsense),
		cmocka_unit_test(reads_options),
		cmocka_unit_test(keeps_to_the_admins_server),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
