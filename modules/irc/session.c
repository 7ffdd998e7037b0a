/* SPDX-License-Identifier: MPL-2.0 */
/* Logging in and out, and what the connection tells of itself. */
#include "session.h"

#include "memory.h"
#include "settings.h"

#include <stdio.h>

enum { STATUS_MAX = 2 * IRC_NAME_MAX + 256 };

static void handle_welcome(struct irc_client *client, void *data);
static void handle_ready(struct irc_client *client, void *data);
static void handle_line(struct irc_client *client, const struct irc_line *line, void *data);
static void handle_written(struct irc_client *client, unsigned batch, void *data);
static void handle_pong(struct irc_client *client, unsigned serial, void *data);
static void handle_end(struct irc_client *client, const struct irc_problem *problem, void *data);
static void handle_login_cancelled(struct gw_request *req, void *data);

static const struct irc_client_events events = {
	.on_welcome = handle_welcome,
	.on_ready = handle_ready,
	.on_line = handle_line,
	.on_written = handle_written,
	.on_pong = handle_pong,
	.on_end = handle_end,
};

static const struct irc_gateway *admin_of(const struct gw_session *session) {
	return gw_gateway_data(gw_session_gateway(session));
}

static void remember_host(struct irc_session *mine, struct gw_session *session) {
	irc_people_forget_twins(mine);
	free(mine->host);
	mine->host = irc_settings_host(gw_session_credentials(session), admin_of(session));
}

void irc_session_opened(struct gw_session *session) {
	struct irc_session *mine = gw_session_data(session);
	mine->session = session;
	mine->deliveries.delivered = irc_contact_delivered;
	mine->deliveries.stopped = irc_contact_stopped;
	mine->deliveries.refused_late = irc_contact_refused;
	remember_host(mine, session);
}

void irc_session_closed(struct gw_session *session) {
	struct irc_session *mine = gw_session_data(session);
	irc_client_close(mine->client);
	mine->client = NULL;
	irc_deliveries_fail_all(&mine->deliveries);
	irc_people_forget_twins(mine);
	irc_people_forget_moves(mine);
	free(mine->host);
	mine->host = NULL;
	/* Late answers, but answers are owed. */
	if (mine->login != NULL) {
		gw_request_fail_login(mine->login, GW_LOSS_NETWORK, "The session was closed.");
	}
	if (mine->logout != NULL) {
		gw_request_ok(mine->logout);
	}
	mine->login = mine->logout = NULL;
}

void irc_login(struct gw_request *req, struct gw_session *session) {
	struct irc_session *mine = gw_session_data(session);
	const char *error;
	struct irc_settings *settings = irc_settings_new(gw_session_credentials(session), admin_of(session), &error);
	if (settings == NULL) {
		gw_request_fail_login(req, GW_LOSS_CREDENTIALS, error);
		return;
	}
	remember_host(mine, session);
	settings->may_change_nick = true;
	mine->is_renamed = false;
	mine->playback = (struct irc_playback){ 0 };
	mine->login = req;
	gw_request_on_cancel(req, handle_login_cancelled, mine);
	mine->client = irc_client_open(gw_session_scope(session), settings, gw_session_log(session), &events, mine);
}

static void handle_login_cancelled(struct gw_request *req, void *data) {
	struct irc_session *mine = data;
	mine->login = NULL;
	irc_client_close(mine->client);
	mine->client = NULL;
	gw_request_fail_login(req, GW_LOSS_NETWORK, "The login was given up.");
}

/* The status line: "Connected to Libera.Chat as romeo". */
static void write_status(const struct irc_session *mine, char *out, size_t size) {
	const struct irc_isupport *isupport = irc_client_isupport(mine->client);
	const char *network = isupport->network[0] != '\0' ? isupport->network : irc_client_host(mine->client);
	const char *wanted = gw_form_text(gw_session_credentials(mine->session), "nick");
	const char *nick = irc_client_nick(mine->client);
	if (irc_casemap_equal(isupport->casemap, wanted, nick)) {
		snprintf(out, size, "Connected to %s as %s", network, nick);
	} else if (mine->is_renamed) {
		snprintf(out, size, "Connected to %s as %s: the network has given you this name", network, nick);
	} else {
		snprintf(out, size, "Connected to %s as %s, because %s is in use or held back there", network, nick, wanted);
	}
}

static void read_kept(const struct irc_line *line, void *data) {
	irc_session_read(data, line);
}

/* What was played back while the credentials were tried comes first; if the same is played again, it has the same ids. */
static void handle_welcome(struct irc_client *client, void *data) {
	struct irc_session *mine = data;
	struct irc_gateway *gateway = gw_gateway_data(gw_session_gateway(mine->session));
	irc_kept_take(&gateway->kept, gw_session_jid(mine->session)->bare, irc_client_host(client), read_kept, mine);
	mine->playback = (struct irc_playback){ 0 };
}

static void handle_ready(struct irc_client *client, void *data) {
	(void)client;
	struct irc_session *mine = data;
	struct gw_request *req = mine->login;
	if (req == NULL) {
		return;
	}
	mine->login = NULL;
	char text[STATUS_MAX];
	write_status(mine, text, sizeof(text));
	gw_request_ok_text(req, text);
}

void irc_session_renamed(struct irc_session *mine) {
	mine->is_renamed = true;
	if (gw_session_is_logged_in(mine->session)) {
		char text[STATUS_MAX];
		write_status(mine, text, sizeof(text));
		gw_session_set_status(mine->session, GW_SHOW_CHAT, text);
	}
}

static void handle_line(struct irc_client *client, const struct irc_line *line, void *data) {
	(void)client;
	irc_session_read(data, line);
}

static void handle_written(struct irc_client *client, unsigned batch, void *data) {
	(void)client;
	irc_session_written(data, batch);
}

static void handle_pong(struct irc_client *client, unsigned serial, void *data) {
	(void)client;
	irc_session_ponged(data, serial);
}

/* Whoever waits for the end hears of it: the logout, the login, or the core. */
static void handle_end(struct irc_client *client, const struct irc_problem *problem, void *data) {
	(void)client;
	struct irc_session *mine = data;
	struct gw_request *login = mine->login, *logout = mine->logout;
	mine->client = NULL;
	mine->login = mine->logout = NULL;
	irc_deliveries_fail_all(&mine->deliveries);
	if (logout != NULL) {
		gw_request_ok(logout);
	} else if (login != NULL) {
		gw_request_fail_login(login, irc_trouble_loss(problem->trouble), problem->text);
	} else {
		gw_session_lost(mine->session, irc_trouble_loss(problem->trouble), problem->text);
	}
}

void irc_logout(struct gw_request *req, struct gw_session *session) {
	struct irc_session *mine = gw_session_data(session);
	if (mine->client == NULL) {
		gw_request_ok(req);
		return;
	}
	mine->logout = req;
	irc_client_quit(mine->client, "Logged out");
}

int64_t irc_session_now_ms(const struct irc_session *mine) {
	return gw_now_ms(gw_scope_loop(gw_session_scope(mine->session)));
}
