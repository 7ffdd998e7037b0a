/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Registering: the credentials are tried on the server before they are kept. A connection of its own logs in, says goodbye
 * as soon as it is welcome, and waits for the server to let the nickname go, so that the login that follows finds it free.
 * What a bouncer plays back to it is kept for that login: ZNC plays it once.
 */
#include "session.h"

#include "memory.h"
#include "settings.h"

#include <strings.h>

struct validation {
	struct gw_request *req;
	char *user;
	bool is_welcome;
	struct irc_kept *kept;
};

static void handle_welcome(struct irc_client *client, void *data);
static void handle_line(struct irc_client *client, const struct irc_line *line, void *data);
static void handle_end(struct irc_client *client, const struct irc_problem *problem, void *data);

static const struct irc_client_events events = {
	.on_welcome = handle_welcome,
	.on_line = handle_line,
	.on_end = handle_end,
};

/* Somebody who changes their registration is there already, and in their own way. */
static bool is_taken_by_themselves(struct gw_gateway *gateway, const struct gw_jid *user,
		const struct irc_settings *settings) {
	struct gw_session *session = gw_gateway_find_session(gateway, user->bare);
	if (session == NULL) {
		return false;
	}
	const struct irc_session *mine = gw_session_data(session);
	return mine->client != NULL && irc_client_is_ready(mine->client)
			&& strcmp(irc_client_host(mine->client), settings->host) == 0
			&& irc_casemap_equal(irc_client_isupport(mine->client)->casemap, irc_client_nick(mine->client), settings->nick);
}

void irc_validate(struct gw_request *req, const struct gw_jid *user, const struct gw_form *form) {
	struct gw_gateway *gateway = gw_request_gateway(req);
	const char *error;
	struct irc_settings *settings = irc_settings_new(form, gw_gateway_data(gateway), &error);
	if (settings == NULL) {
		gw_request_fail(req, GW_NOT_ACCEPTABLE, error);
		return;
	}
	settings->may_change_nick = is_taken_by_themselves(gateway, user, settings);
	struct validation *validation = irc_new(sizeof(*validation));
	validation->req = req;
	validation->user = irc_strdup(user->bare);
	irc_client_open(gw_request_scope(req), settings, gw_gateway_log(gateway), &events, validation);
}

static void handle_welcome(struct irc_client *client, void *data) {
	struct validation *validation = data;
	validation->is_welcome = true;
	irc_client_quit(client, "Just looking");
}

/* The bouncer's own words, it says again. */
static void handle_line(struct irc_client *client, const struct irc_line *line, void *data) {
	struct validation *validation = data;
	char nick[IRC_NAME_MAX];
	bool is_message = strcasecmp(line->command, "PRIVMSG") == 0 || strcasecmp(line->command, "NOTICE") == 0;
	if (is_message && irc_client_is_bouncer(client) && irc_line_nick(line, nick, sizeof(nick)) && *nick != '*') {
		irc_kept_add(&validation->kept, validation->user, irc_client_host(client), line);
	}
}

static void handle_end(struct irc_client *client, const struct irc_problem *problem, void *data) {
	(void)client;
	struct validation *validation = data;
	struct gw_request *req = validation->req;
	struct irc_gateway *mine = gw_gateway_data(gw_request_gateway(req));
	bool is_welcome = validation->is_welcome;
	irc_kept_move(&validation->kept, &mine->kept);
	free(validation->user);
	free(validation);
	if (is_welcome) {
		gw_request_ok(req);
	} else {
		gw_request_fail(req, irc_trouble_condition(problem->trouble), problem->text);
	}
}
