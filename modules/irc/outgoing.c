/* SPDX-License-Identifier: MPL-2.0 */
/*
 * From the user to people on IRC. A message is answered when the server has taken all its lines, which it shows by
 * answering a PING behind them; see deliveries.h.
 */
#include "session.h"

#include "settings.h"
#include "split.h"

#include <stdio.h>
#include <string.h>

enum {
	LINES_MAX = 30,       /* of one message */
	WAITING_MAX_MS = 45000, /* what would leave later than that would be given up by the core meanwhile */
};

static void handle_cancelled(struct gw_request *req, void *data);

/* As soon as something has left in full, a PING follows; while one is on its way, the next one waits. */
static void ping_behind(struct irc_session *mine) {
	if (mine->client == NULL || !irc_deliveries_need_ping(&mine->deliveries)) {
		return;
	}
	unsigned serial = irc_client_ping(mine->client);
	if (serial > 0) {
		irc_deliveries_pinged(&mine->deliveries, serial);
	}
}

void irc_session_written(struct irc_session *mine, unsigned batch) {
	irc_deliveries_written(&mine->deliveries, batch);
	ping_behind(mine);
}

void irc_session_ponged(struct irc_session *mine, unsigned serial) {
	ping_behind(mine);
	irc_deliveries_answered(&mine->deliveries, serial, irc_session_now_ms(mine));
}

/* The user talks to somebody who exists: that makes a contact. */
void irc_contact_delivered(struct gw_contact *contact) {
	const struct irc_contact *theirs = gw_contact_data(contact);
	if (!theirs->is_away) {
		gw_contact_set_presence(contact, GW_SHOW_AVAILABLE, NULL);
	}
	gw_contact_add_to_roster(contact);
}

void irc_contact_stopped(struct gw_contact *contact, unsigned batch) {
	struct irc_session *mine = gw_session_data(gw_contact_session(contact));
	irc_client_unsend(mine->client, batch);
	ping_behind(mine);
}

/* They have a receipt, or nothing that says otherwise. */
void irc_contact_refused(struct gw_contact *contact, const char *beginning, const char *text, bool is_sure) {
	const char *name = gw_contact_name(contact) != NULL ? gw_contact_name(contact) : gw_contact_id(contact);
	char told[1024];
	if (is_sure) {
		snprintf(told, sizeof(told), "Your message to %s did not arrive after all: %s\n> %s", name, text, beginning);
	} else {
		snprintf(told, sizeof(told), "One of your last messages did not arrive after all, most likely this one to %s: %s\n> %s",
				name, text, beginning);
	}
	gw_session_tell(gw_contact_session(contact), told);
}

/* Why this cannot be sent, or GW_OK. */
static enum gw_condition check(const struct irc_session *mine, size_t count, char *out_text, size_t size) {
	const struct irc_gateway *admin = gw_gateway_data(gw_session_gateway(mine->session));
	size_t waiting = irc_client_count_waiting(mine->client);
	size_t waiting_max = (size_t)(WAITING_MAX_MS / admin->interval_ms) + 1;
	if (count == 0) {
		snprintf(out_text, size, "There is nothing in this message that IRC could carry.");
		return GW_BAD_REQUEST;
	}
	if (count > LINES_MAX || count > waiting_max) {
		snprintf(out_text, size, "This message would make %zu lines on IRC, which would be taken for flooding; %zu are the "
				"most. It was not sent.", count, waiting_max < LINES_MAX ? waiting_max : (size_t)LINES_MAX);
		return GW_POLICY_VIOLATION;
	}
	if (waiting + count > waiting_max || waiting + count > 2 * LINES_MAX) {
		snprintf(out_text, size, "IRC servers accept only so many lines a minute, and %zu of yours are still waiting. This "
				"message was not sent: try again in a moment.", waiting);
		return GW_RESOURCE_CONSTRAINT;
	}
	return GW_OK;
}

/* One that nobody answers by machine; servers say nothing about it either, not even that there is nobody of this name. */
static bool take_notice(const char **text) {
	static const char word[] = "/notice ";
	bool is_notice = strncmp(*text, word, strlen(word)) == 0;
	*text += is_notice ? strlen(word) : 0;
	return is_notice;
}

/* What is said to whom, in which way. */
struct saying {
	const char *command, *target, *text;
	size_t budget; /* of a piece */
};

static void send_pieces(struct irc_session *mine, struct gw_request *req, unsigned batch, const struct saying *saying) {
	char piece[IRC_LINE_OUT_MAX + 1];
	struct irc_split split;
	irc_split_init(&split, saying->text, saying->budget);
	while (irc_split_next(&split, piece)) {
		const char *const words[] = { saying->command, saying->target, piece, NULL };
		irc_deliveries_note_line(&mine->deliveries, batch, piece);
		if (!irc_client_send(mine->client, batch, words)) {
			irc_client_unsend(mine->client, batch);
			irc_deliveries_cancel(&mine->deliveries, req, GW_INTERNAL_SERVER_ERROR, "This message cannot be said on IRC.");
			return;
		}
	}
}

void irc_on_message(struct gw_request *req, struct gw_chat *chat, const struct gw_message *message) {
	struct gw_contact *contact = gw_chat_contact(chat);
	struct irc_session *mine = gw_session_data(gw_chat_session(chat));
	char nick[IRC_NAME_MAX], error[2 * IRC_NAME_MAX + 100];
	if (mine->client == NULL || !irc_client_is_ready(mine->client)) {
		gw_request_not_sent(req);
		return;
	}
	if (!irc_contact_nick(mine, contact, nick, sizeof(nick))) {
		gw_request_fail(req, GW_ITEM_NOT_FOUND, "This contact belongs to another IRC server than the one you registered for.");
		return;
	}
	const struct irc_contact *theirs = gw_contact_data(contact);
	if (theirs->move != NULL) {
		snprintf(error, sizeof(error), "Whom you know as %s is called %s now. This message was not sent: it could reach "
				"somebody else.", nick, theirs->move->nick);
		gw_request_fail(req, GW_ITEM_NOT_FOUND, error);
		return;
	}
	struct saying saying = { .target = nick, .text = message->text != NULL ? message->text : "" };
	saying.command = take_notice(&saying.text) ? "NOTICE" : "PRIVMSG";
	saying.budget = irc_client_budget(mine->client, saying.command, nick);
	size_t count = irc_split_count(saying.text, saying.budget);
	enum gw_condition condition = check(mine, count, error, sizeof(error));
	if (condition != GW_OK) {
		gw_request_fail(req, condition, error);
		return;
	}
	((struct irc_contact *)gw_contact_data(contact))->is_away = false;
	unsigned batch = irc_deliveries_add(&mine->deliveries, req, contact, nick, saying.text, count);
	gw_request_on_cancel(req, handle_cancelled, mine);
	send_pieces(mine, req, batch, &saying);
}

/*
 * Nobody waits for it any more, so it is not said any more either: unless the other person has seen its beginning. The user
 * was told that it may have arrived, and gets the receipt when it has.
 */
static void handle_cancelled(struct gw_request *req, void *data) {
	struct irc_session *mine = data;
	if (mine->client != NULL && irc_deliveries_has_begun(&mine->deliveries, req)) {
		return;
	}
	unsigned batch = irc_deliveries_cancel(&mine->deliveries, req, GW_REMOTE_SERVER_TIMEOUT, NULL);
	if (batch > 0 && mine->client != NULL) {
		irc_client_unsend(mine->client, batch);
	}
}
