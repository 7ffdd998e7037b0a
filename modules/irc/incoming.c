/* SPDX-License-Identifier: MPL-2.0 */
/* From IRC to the user: what people say, and what the server says about the user's own messages. */
#include "session.h"

#include "convert.h"
#include "memory.h"

#include <stdio.h>
#include <strings.h>

enum {
	CTCP_INTERVAL_MS = 3000, /* between two answers, so that nobody can make the user flood */
	OLD_MS = 60000,          /* what was said longer ago is shown with its time; clocks differ by less */
	MSGID_MAX = 256,
};

/* #channel, @#channel: rooms are not there yet. */
static bool is_channel(const struct irc_session *mine, const char *target) {
	const char *chantypes = irc_client_isupport(mine->client)->chantypes;
	if (*target != '#' && strchr(chantypes, *target) == NULL) {
		target += strspn(target, "@+%~");
	}
	return *target == '#' || strchr(chantypes, *target) != NULL;
}

static bool is_own_nick(const struct irc_session *mine, const char *nick) {
	return irc_casemap_equal(irc_client_isupport(mine->client)->casemap, nick, irc_client_nick(mine->client));
}

/*
 * What the user has said elsewhere, as bouncers tell it: with whom they talk is the target then. Perhaps they said it when
 * they still had the nickname they wanted; nobody else's words to others come here.
 */
static bool is_from_user(const struct irc_session *mine, const char *nick, const char *target) {
	enum irc_casemap casemap = irc_client_isupport(mine->client)->casemap;
	const char *wanted = gw_form_text(gw_session_credentials(mine->session), "nick");
	bool is_theirs = is_own_nick(mine, nick) || irc_casemap_equal(casemap, nick, wanted);
	return is_theirs && !is_own_nick(mine, target) && irc_is_contact_nick(target);
}

/* Whose chat a line belongs to. */
static struct gw_contact *get_partner(struct irc_session *mine, const char *nick, const char *target, bool is_self) {
	if (!is_self) {
		return irc_contact_get(mine, nick);
	}
	struct gw_contact *known = irc_contact_find(mine, target);
	return known != NULL ? known : irc_contact_get(mine, target);
}

/* By which the line is known when it is played back. */
static bool read_id(struct irc_session *mine, const struct irc_line *line, const char *nick, char *out, size_t size) {
	char time[40];
	if (irc_line_tag(line, "msgid", out, size) && out[0] != '\0') {
		return true;
	}
	return irc_client_is_bouncer(mine->client) && size >= IRC_PLAYBACK_ID_MAX && irc_line_tag(line, "time", time, sizeof(time))
			&& irc_playback_id(&mine->playback, time, nick, irc_line_text(line), out);
}

static void send_to_user(struct irc_session *mine, const struct irc_line *line, const char *nick, const char *text) {
	const char *target = irc_line_param(line, 0);
	bool is_self = is_from_user(mine, nick, target);
	struct gw_contact *contact = *text != '\0' ? get_partner(mine, nick, target, is_self) : NULL;
	if (contact == NULL) {
		return;
	}
	char id[MSGID_MAX];
	bool has_id = read_id(mine, line, nick, id, sizeof(id));
	char *readable_id = has_id ? irc_convert_decode(id) : NULL;
	int64_t sent_at_ms = irc_line_time_ms(line);
	int64_t now_ms = gw_time_ms(gw_scope_loop(gw_session_scope(mine->session)));
	struct gw_message message = {
		.id = readable_id,
		.text = text,
		.sent_at_ms = sent_at_ms < now_ms - OLD_MS ? sent_at_ms : 0,
	};
	if (is_self) {
		gw_actor_send(gw_chat_self(gw_contact_chat(contact)), &message);
	} else {
		irc_contact_is_back(contact);
		gw_contact_set_presence(contact, GW_SHOW_AVAILABLE, NULL);
		gw_actor_send(gw_contact_actor(contact), &message);
	}
	free(readable_id);
}

static void answer_ctcp(struct irc_session *mine, const char *nick, const struct irc_ctcp *query) {
	struct gw_loop *loop = gw_scope_loop(gw_session_scope(mine->session));
	int64_t now_ms = gw_now_ms(loop);
	char answer[256];
	bool is_too_soon = mine->ctcp_answered_at_ms != 0 && now_ms - mine->ctcp_answered_at_ms < CTCP_INTERVAL_MS;
	if (!is_too_soon && irc_ctcp_answer(query, "Gangway " IRC_VERSION, gw_time_ms(loop), answer, sizeof(answer))) {
		mine->ctcp_answered_at_ms = now_ms;
		irc_client_send(mine->client, 0, (const char *const[]){ "NOTICE", nick, answer, NULL });
	}
}

/* :juliet!j@example.org PRIVMSG romeo :wherefore art thou; NOTICE is the same, but never answered by machines */
static void read_message(struct irc_session *mine, const struct irc_line *line, bool is_notice) {
	char nick[IRC_NAME_MAX];
	if (!irc_line_nick(line, nick, sizeof(nick)) || line->param_count < 2 || is_channel(mine, line->params[0])) {
		return;
	}
	char *bytes = irc_strdup(line->params[1]);
	struct irc_ctcp ctcp;
	bool is_ctcp = irc_ctcp_read(bytes, &ctcp);
	bool is_action = is_ctcp && strcmp(ctcp.command, "ACTION") == 0;
	if (is_action && *ctcp.params == '\0') {
		free(bytes);
		return;
	}
	bool is_offer = is_ctcp && strcmp(ctcp.command, "DCC") == 0;
	if (!is_ctcp || is_action || is_offer) {
		char *text = is_action ? irc_convert_action(ctcp.params)
				: is_offer ? irc_convert_offer(ctcp.params) : irc_convert_text(bytes);
		send_to_user(mine, line, nick, text);
		free(text);
	} else if (!is_notice && !is_own_nick(mine, nick)) {
		answer_ctcp(mine, nick, &ctcp);
	}
	free(bytes);
}

static void set_offline(struct irc_session *mine, const char *nick) {
	struct gw_contact *contact = irc_contact_find(mine, nick);
	if (contact != NULL) {
		gw_contact_set_presence(contact, GW_SHOW_OFFLINE, NULL);
	}
}

/* :irc.example.org 301 romeo juliet :Gone to see the friar */
static void read_away(struct irc_session *mine, const struct irc_line *line) {
	struct gw_contact *contact = irc_contact_find(mine, irc_line_param(line, 1));
	if (contact != NULL) {
		char *text = irc_convert_text(irc_line_text(line));
		((struct irc_contact *)gw_contact_data(contact))->is_away = true;
		gw_contact_set_presence(contact, GW_SHOW_AWAY, text);
		free(text);
	}
}

/* --- What the server says about messages --- */

static enum gw_condition condition_of(int numeric) {
	switch (numeric) {
	case 263: /* RPL_TRYAGAIN */
	case 439: /* ERR_TARGETTOOFAST */
	case 707: /* ERR_TARGCHANGE */
		return GW_RESOURCE_CONSTRAINT;
	case 401: /* ERR_NOSUCHNICK */
	case 402: /* ERR_NOSUCHSERVER */
	case 406: /* ERR_WASNOSUCHNICK */
		return GW_ITEM_NOT_FOUND;
	case 412: /* ERR_NOTEXTTOSEND */
		return GW_BAD_REQUEST;
	case 417: /* ERR_INPUTTOOLONG */
		return GW_POLICY_VIOLATION;
	case 404: /* ERR_CANNOTSENDTOCHAN, which some send about people too */
	case 477: /* ERR_NEEDREGGEDNICK */
	case 486: /* ERR_NONONREG */
	case 531: /* ERR_CANTSENDTOUSER */
	case 716: /* RPL_TARGUMODEG: they let only those in whom they know */
		return GW_FORBIDDEN;
	default:
		return GW_UNDEFINED_CONDITION;
	}
}

static bool is_message(const char *command) {
	return strcasecmp(command, "PRIVMSG") == 0 || strcasecmp(command, "NOTICE") == 0;
}

/* Those that do not name the target, but at most the command. */
static bool is_about_no_target(const struct irc_line *line) {
	switch (line->numeric) {
	case 412: /* ERR_NOTEXTTOSEND */
	case 417: /* ERR_INPUTTOOLONG */
		return true;
	case 263: /* RPL_TRYAGAIN */
	case 400: /* ERR_UNKNOWNERROR: of soju when it is not on IRC */
	case 421: /* ERR_UNKNOWNCOMMAND: the same, of older ones */
		return is_message(irc_line_param(line, 1));
	default:
		return false;
	}
}

/* The server's words as a sentence; free() it. */
static char *copy_complaint(const struct irc_session *mine, const char *words) {
	char *readable = irc_convert_text(words);
	char text[512];
	snprintf(text, sizeof(text), "%s says: %s", irc_client_host(mine->client), readable);
	free(readable);
	return irc_convert_decode(text); /* the end may have been cut inside a character */
}

/* False when there is no message that it can be about. */
static bool refuse(struct irc_session *mine, const char *target, enum gw_condition condition, const char *words) {
	enum irc_casemap casemap = irc_client_isupport(mine->client)->casemap;
	char *text = copy_complaint(mine, words);
	bool is_known = irc_deliveries_refused(&mine->deliveries, casemap, target, condition, text, irc_session_now_ms(mine));
	free(text);
	return is_known;
}

/*
 * :other.example.org 401 romeo * :Target left IRC. Failed to deliver: [But soft, what light]
 *
 * Servers talk to each other of numbers, and the one where somebody was knows no name for theirs any more.
 */
static void refuse_quote(struct irc_session *mine, const struct irc_line *line) {
	const char *start = strchr(irc_line_text(line), '[');
	const char *end = start != NULL ? strrchr(start, ']') : NULL;
	if (end == NULL) {
		return;
	}
	char *quote = irc_strdup(start + 1);
	quote[end - start - 1] = '\0';
	char *text = copy_complaint(mine, irc_line_text(line));
	irc_deliveries_refused_quote(&mine->deliveries, quote, condition_of(line->numeric), text, irc_session_now_ms(mine));
	free(text);
	free(quote);
}

/* :other.example.org 401 romeo 42XAAAAAB :No such nick; InspIRCd hands on the number. No nickname begins with a digit. */
static bool is_user_number(struct irc_session *mine, const char *target) {
	size_t size = strspn(target, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	return size == 9 && target[size] == '\0' && *target <= '9' && irc_contact_find(mine, target) == NULL;
}

static void refuse_number(struct irc_session *mine, const struct irc_line *line) {
	char *text = copy_complaint(mine, irc_line_text(line));
	irc_deliveries_refused_somebody(&mine->deliveries, condition_of(line->numeric), text, irc_session_now_ms(mine));
	free(text);
}

/* :irc.example.org 401 romeo juliet :No such nick or channel name */
static void read_refusal(struct irc_session *mine, const struct irc_line *line) {
	const char *target = irc_line_param(line, 1);
	if (line->numeric == 401 && strcmp(target, "*") == 0) {
		refuse_quote(mine, line);
		return;
	}
	if (line->numeric == 401 && is_user_number(mine, target)) {
		refuse_number(mine, line);
		return;
	}
	if (line->numeric == 401) {
		set_offline(mine, target);
	}
	refuse(mine, is_about_no_target(line) ? NULL : target, condition_of(line->numeric), irc_line_text(line));
}

/*
 * :irc.example.org NOTICE romeo :*** Message to juliet throttled due to flooding
 *
 * ratbox and its descendants have no numeric for this one. People have a '!' in their names and cannot say it.
 */
static bool read_throttling(struct irc_session *mine, const struct irc_line *line) {
	static const char before[] = "*** Message to ", behind[] = " throttled due to flooding";
	const char *words = irc_line_text(line);
	if ((line->source != NULL && strchr(line->source, '!') != NULL) || strncmp(words, before, strlen(before)) != 0) {
		return false;
	}
	const char *target = words + strlen(before);
	size_t size = strcspn(target, " ");
	if (size >= IRC_NAME_MAX || strcmp(target + size, behind) != 0) {
		return false;
	}
	char nick[IRC_NAME_MAX];
	memcpy(nick, target, size);
	nick[size] = '\0';
	refuse(mine, nick, GW_RESOURCE_CONSTRAINT, words);
	return true;
}

/*
 * :*status!znc@znc.in PRIVMSG romeo :Your message to juliet got lost, you are not connected to IRC!
 *
 * ZNC answers PINGs by itself, so there is nothing else that tells it. No nickname has a '*'.
 */
static bool read_loss(struct irc_session *mine, const struct irc_line *line) {
	static const char before[] = "Your message to ", behind[] = " got lost, you are not connected to IRC!";
	char nick[IRC_NAME_MAX];
	const char *words = irc_line_text(line);
	if (!irc_line_nick(line, nick, sizeof(nick)) || strcmp(nick, "*status") != 0
			|| strncmp(words, before, strlen(before)) != 0) {
		return false;
	}
	const char *target = words + strlen(before);
	size_t size = strcspn(target, " ");
	if (size >= sizeof(nick) || strcmp(target + size, behind) != 0) {
		return false;
	}
	bool is_bracketed = size > 2 && target[0] == '[' && target[size - 1] == ']'; /* older ones: [juliet] */
	snprintf(nick, sizeof(nick), "%.*s", (int)size, target);
	if (refuse(mine, nick, GW_RECIPIENT_UNAVAILABLE, words)) {
		return true;
	}
	nick[size - 1] = '\0';
	return is_bracketed && refuse(mine, nick + 1, GW_RECIPIENT_UNAVAILABLE, words);
}

/*
 * FAIL PRIVMSG INVALID_UTF8 :Message rejected; between the code and the sentence stands what it is about, which may be the
 * target.
 */
static void read_failure(struct irc_session *mine, const struct irc_line *line) {
	const char *words = irc_line_text(line);
	for (size_t i = 2; i + 1 < line->param_count; i++) {
		if (refuse(mine, line->params[i], GW_UNDEFINED_CONDITION, words)) {
			return;
		}
	}
	refuse(mine, NULL, GW_UNDEFINED_CONDITION, words);
}

/* Errors about our own nickname name one, too, which may be a contact's. */
static bool is_refusal(int numeric) {
	switch (numeric) {
	case 263: /* RPL_TRYAGAIN */
	case 707: /* ERR_TARGCHANGE */
	case 716: /* RPL_TARGUMODEG */
		return true;
	case 432: /* ERR_ERRONEUSNICKNAME */
	case 433: /* ERR_NICKNAMEINUSE */
	case 436: /* ERR_NICKCOLLISION */
	case 437: /* ERR_UNAVAILRESOURCE */
	case 438: /* ERR_NICKTOOFAST */
		return false;
	default:
		return numeric >= 400 && numeric < 600;
	}
}

static void read_numeric(struct irc_session *mine, const struct irc_line *line) {
	if (line->numeric == 301) { /* RPL_AWAY */
		read_away(mine, line);
	} else if (is_refusal(line->numeric)) {
		read_refusal(mine, line);
	}
}

/*
 * :juliet!j@example.org NICK :juliet2; of ourselves the connection knows it already. Whoever takes the old nickname next is
 * somebody else, and what the user goes on to write to it is not for them.
 */
static void read_nick_change(struct irc_session *mine, const struct irc_line *line, const char *nick) {
	const char *now = irc_line_param(line, 0);
	if (is_own_nick(mine, now)) {
		irc_session_renamed(mine);
		return;
	}
	struct gw_contact *before = irc_contact_find(mine, nick), *contact = irc_contact_find(mine, now);
	if (before == contact) {
		return; /* only written in another way */
	}
	if (before != NULL) {
		irc_contact_went(before, now);
		gw_contact_set_presence(before, GW_SHOW_OFFLINE, NULL);
	}
	if (contact != NULL) {
		irc_contact_came(contact, nick);
		gw_contact_set_presence(contact, GW_SHOW_AVAILABLE, NULL);
	}
}

void irc_session_read(struct irc_session *mine, const struct irc_line *line) {
	char nick[IRC_NAME_MAX];
	if (line->numeric > 0) {
		read_numeric(mine, line);
	} else if (is_message(line->command) && (read_throttling(mine, line) || read_loss(mine, line))) {
		return;
	} else if (is_message(line->command)) {
		read_message(mine, line, strcasecmp(line->command, "NOTICE") == 0);
	} else if (strcasecmp(line->command, "FAIL") == 0 && is_message(irc_line_param(line, 0))) {
		read_failure(mine, line);
	} else if (strcasecmp(line->command, "QUIT") == 0 && irc_line_nick(line, nick, sizeof(nick))) {
		set_offline(mine, nick);
	} else if (strcasecmp(line->command, "NICK") == 0 && irc_line_nick(line, nick, sizeof(nick))) {
		read_nick_change(mine, line, nick);
	}
}
