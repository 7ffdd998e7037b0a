/* SPDX-License-Identifier: MPL-2.0 */
/* The registration of a connection. Numerics are named as in the specifications beside their numbers. */
#include "handshake.h"

#include "convert.h"
#include "memory.h"
#include "sasl.h"

#include <stdio.h>
#include <strings.h>

enum { NICK_ATTEMPTS_MAX = 6 };

#define SAY(handshake, ...) (handshake)->say((const char *const[]){ __VA_ARGS__, NULL }, (handshake)->data)

static bool wants_sasl(const struct irc_handshake *handshake) {
	return handshake->settings->password != NULL;
}

void irc_handshake_start(struct irc_handshake *handshake, const struct irc_settings *settings,
		void (*say)(const char *const *words, void *data), void *data) {
	*handshake = (struct irc_handshake){ .settings = settings, .say = say, .data = data };
	snprintf(handshake->nick, sizeof(handshake->nick), "%s", settings->nick);
	SAY(handshake, "CAP", "LS", "302");
	if (settings->server_password != NULL) {
		SAY(handshake, "PASS", settings->server_password);
	}
	SAY(handshake, "NICK", handshake->nick);
	SAY(handshake, "USER", settings->user, "0", "*", settings->real_name);
}

static enum irc_outcome refuse_without_sasl(struct irc_handshake *handshake, struct irc_problem *out_problem) {
	irc_problem_set(out_problem, IRC_TROUBLE_NO_SASL,
			"%s offers no way to log in to an account with a password (SASL PLAIN) at the moment. "
			"Leave the account password empty to connect without an account.", handshake->settings->host);
	return IRC_OUTCOME_REFUSED;
}

static enum irc_outcome refuse(struct irc_handshake *handshake, enum irc_trouble trouble, const struct irc_line *line,
		struct irc_problem *out_problem) {
	irc_problem_set_words(out_problem, trouble, handshake->settings->host, irc_line_text(line));
	return IRC_OUTCOME_REFUSED;
}

/* --- Capabilities --- */

/* Calls back for each word of a list; words of unlikely length are passed over. */
static void for_each_capability(struct irc_handshake *handshake, const char *list,
		void (*take)(struct irc_handshake *handshake, const char *name, const char *value)) {
	for (const char *word = list + strspn(list, " "); *word != '\0';) {
		size_t size = strcspn(word, " ");
		char name[IRC_NAME_MAX];
		if (size < sizeof(name)) {
			memcpy(name, word, size);
			name[size] = '\0';
			char *value = strchr(name, '=');
			if (value != NULL) {
				*value++ = '\0';
			}
			take(handshake, name, value != NULL ? value : "");
		}
		word += size;
		word += strspn(word, " ");
	}
}

/* sasl=EXTERNAL,PLAIN; without a value, the server does not tell which mechanisms it knows. */
static bool has_mechanism(const char *list, const char *mechanism) {
	size_t size = strlen(mechanism);
	for (const char *word = list; *word != '\0';) {
		size_t word_size = strcspn(word, ",");
		if (word_size == size && strncasecmp(word, mechanism, size) == 0) {
			return true;
		}
		word += word_size + (word[word_size] == ',');
	}
	return *list == '\0';
}

static void take_offer(struct irc_handshake *handshake, const char *name, const char *value) {
	if (strcmp(name, "sasl") == 0) {
		handshake->offers_sasl = has_mechanism(value, "PLAIN");
	} else if (strcmp(name, "server-time") == 0) {
		handshake->offers_time = true;
	} else if (strcmp(name, "message-tags") == 0) {
		handshake->offers_tags = true;
	} else if (strncmp(name, "znc.in/", strlen("znc.in/")) == 0 || strncmp(name, "soju.im/", strlen("soju.im/")) == 0) {
		handshake->is_bouncer = true;
	}
}

static enum irc_outcome end_capabilities(struct irc_handshake *handshake) {
	handshake->state = IRC_HANDSHAKE_ENDING;
	SAY(handshake, "CAP", "END");
	return IRC_OUTCOME_NONE;
}

/* `sasl` is asked for on its own: a request is granted or refused as a whole. */
static enum irc_outcome request_capabilities(struct irc_handshake *handshake, struct irc_problem *out_problem) {
	if (wants_sasl(handshake) && !handshake->offers_sasl) {
		return refuse_without_sasl(handshake, out_problem);
	}
	if (handshake->offers_time) {
		SAY(handshake, "CAP", "REQ", "server-time");
		handshake->waiting_for++;
	}
	if (handshake->offers_tags) {
		SAY(handshake, "CAP", "REQ", "message-tags");
		handshake->waiting_for++;
	}
	if (wants_sasl(handshake)) {
		SAY(handshake, "CAP", "REQ", "sasl");
		handshake->waiting_for++;
	}
	if (handshake->waiting_for == 0) {
		return end_capabilities(handshake);
	}
	handshake->state = IRC_HANDSHAKE_REQUESTING;
	return IRC_OUTCOME_NONE;
}

static void take_answer(struct irc_handshake *handshake, const char *name, bool is_granted) {
	if (strcmp(name, "sasl") == 0) {
		handshake->has_sasl = is_granted;
	}
	if (handshake->waiting_for > 0) {
		handshake->waiting_for--;
	}
}

static void take_grant(struct irc_handshake *handshake, const char *name, const char *value) {
	(void)value;
	take_answer(handshake, name, true);
}

static void take_denial(struct irc_handshake *handshake, const char *name, const char *value) {
	(void)value;
	take_answer(handshake, name, false);
}

static enum irc_outcome use_granted(struct irc_handshake *handshake, struct irc_problem *out_problem) {
	if (handshake->waiting_for > 0) {
		return IRC_OUTCOME_NONE;
	}
	if (!wants_sasl(handshake)) {
		return end_capabilities(handshake);
	}
	if (!handshake->has_sasl) {
		return refuse_without_sasl(handshake, out_problem);
	}
	handshake->state = IRC_HANDSHAKE_AUTHENTICATING;
	SAY(handshake, "AUTHENTICATE", "PLAIN");
	return IRC_OUTCOME_NONE;
}

/* :irc.example.org CAP * LS * :multi-prefix sasl=PLAIN */
static enum irc_outcome read_cap(struct irc_handshake *handshake, const struct irc_line *line,
		struct irc_problem *out_problem) {
	const char *what = irc_line_param(line, 1);
	if (strcasecmp(what, "LS") == 0 && handshake->state == IRC_HANDSHAKE_LISTING) {
		for_each_capability(handshake, irc_line_text(line), take_offer);
		bool goes_on = line->param_count > 3 && strcmp(line->params[2], "*") == 0;
		return goes_on ? IRC_OUTCOME_NONE : request_capabilities(handshake, out_problem);
	}
	if (handshake->state != IRC_HANDSHAKE_REQUESTING) {
		return IRC_OUTCOME_NONE;
	}
	if (strcasecmp(what, "ACK") == 0) {
		for_each_capability(handshake, irc_line_text(line), take_grant);
		return use_granted(handshake, out_problem);
	}
	if (strcasecmp(what, "NAK") == 0) {
		for_each_capability(handshake, irc_line_text(line), take_denial);
		return use_granted(handshake, out_problem);
	}
	return IRC_OUTCOME_NONE;
}

/* --- SASL --- */

static void say_piece(const char *piece, void *data) {
	struct irc_handshake *handshake = data;
	SAY(handshake, "AUTHENTICATE", piece);
}

/* AUTHENTICATE + */
static enum irc_outcome read_challenge(struct irc_handshake *handshake, const struct irc_line *line) {
	bool is_ours = handshake->state == IRC_HANDSHAKE_AUTHENTICATING && !handshake->is_authenticated;
	if (!is_ours || strcmp(irc_line_param(line, 0), "+") != 0) {
		return IRC_OUTCOME_NONE;
	}
	handshake->is_authenticated = true; /* said once; what becomes of it, the numerics tell */
	char *response = irc_sasl_plain(handshake->settings->account, handshake->settings->password);
	irc_sasl_pieces(response, say_piece, handshake);
	explicit_bzero(response, strlen(response));
	free(response);
	return IRC_OUTCOME_NONE;
}

/* --- The nickname --- */

/* romeo_, romeo__, then romeo1, romeo2 ... in the length of the original, where servers allow no longer ones. */
static void choose_other_nick(struct irc_handshake *handshake) {
	const char *wanted = handshake->settings->nick;
	unsigned attempt = handshake->nick_attempts;
	int size = (int)strnlen(wanted, sizeof(handshake->nick) - 3);
	if (attempt <= 2) {
		snprintf(handshake->nick, sizeof(handshake->nick), "%.*s%s", size, wanted, attempt == 1 ? "_" : "__");
		return;
	}
	bool is_ascii_end = size > 1 && (unsigned char)wanted[size - 1] < 0x80;
	snprintf(handshake->nick, sizeof(handshake->nick), "%.*s%u", is_ascii_end ? size - 1 : size, wanted, attempt - 2);
}

static enum irc_outcome read_nick_error(struct irc_handshake *handshake, const struct irc_line *line,
		struct irc_problem *out_problem) {
	/* One that was good when the user registered is held back by services for a while. */
	if (line->numeric == 432 && !handshake->settings->may_change_nick) {
		return refuse(handshake, IRC_TROUBLE_NICK_REFUSED, line, out_problem);
	}
	if (!handshake->settings->may_change_nick || ++handshake->nick_attempts > NICK_ATTEMPTS_MAX) {
		char *words = irc_convert_text(irc_line_text(line));
		irc_problem_set(out_problem, IRC_TROUBLE_NICK_IN_USE, "%s says about the nickname %s: %s",
				handshake->settings->host, handshake->settings->nick, words);
		free(words);
		return IRC_OUTCOME_REFUSED;
	}
	choose_other_nick(handshake);
	SAY(handshake, "NICK", handshake->nick);
	return IRC_OUTCOME_NONE;
}

/* --- All of it --- */

/* The server does not know CAP: many do without. */
static enum irc_outcome read_unknown_command(struct irc_handshake *handshake, const struct irc_line *line,
		struct irc_problem *out_problem) {
	bool is_cap = strcasecmp(irc_line_param(line, 1), "CAP") == 0;
	if (is_cap && handshake->state == IRC_HANDSHAKE_LISTING) {
		handshake->state = IRC_HANDSHAKE_ENDING;
		return wants_sasl(handshake) ? refuse_without_sasl(handshake, out_problem) : IRC_OUTCOME_NONE;
	}
	return IRC_OUTCOME_NONE;
}

/* :irc.example.org 001 romeo :Welcome */
static enum irc_outcome read_welcome(struct irc_handshake *handshake, const struct irc_line *line,
		struct irc_problem *out_problem) {
	bool is_logged_in = handshake->state == IRC_HANDSHAKE_ENDING && handshake->is_authenticated;
	if (wants_sasl(handshake) && !is_logged_in) {
		return refuse_without_sasl(handshake, out_problem);
	}
	const char *nick = irc_line_param(line, 0);
	if (irc_is_nick(nick)) {
		snprintf(handshake->nick, sizeof(handshake->nick), "%s", nick);
	}
	return IRC_OUTCOME_WELCOME;
}

static enum irc_outcome read_numeric(struct irc_handshake *handshake, const struct irc_line *line,
		struct irc_problem *out_problem) {
	switch (line->numeric) {
	case 1: /* RPL_WELCOME */
		return read_welcome(handshake, line, out_problem);
	case 410: /* ERR_INVALIDCAPCMD */
	case 421: /* ERR_UNKNOWNCOMMAND */
		return read_unknown_command(handshake, line, out_problem);
	case 432: /* ERR_ERRONEUSNICKNAME */
	case 433: /* ERR_NICKNAMEINUSE */
	case 436: /* ERR_NICKCOLLISION */
	case 437: /* ERR_UNAVAILRESOURCE */
		return read_nick_error(handshake, line, out_problem);
	case 463: /* ERR_NOPERMFORHOST */
	case 465: /* ERR_YOUREBANNEDCREEP */
	case 466: /* ERR_YOUWILLBEBANNED */
		return refuse(handshake, IRC_TROUBLE_BANNED, line, out_problem);
	case 464: /* ERR_PASSWDMISMATCH */
		return refuse(handshake, IRC_TROUBLE_CREDENTIALS, line, out_problem);
	case 468: /* ERR_INVALIDUSERNAME */
		return refuse(handshake, IRC_TROUBLE_NICK_REFUSED, line, out_problem);
	case 902: /* ERR_NICKLOCKED */
	case 904: /* ERR_SASLFAIL */
	case 905: /* ERR_SASLTOOLONG */
		return wants_sasl(handshake) ? refuse(handshake, IRC_TROUBLE_CREDENTIALS, line, out_problem) : IRC_OUTCOME_NONE;
	case 906: /* ERR_SASLABORTED, which it was not by us: the network's services are away */
		return wants_sasl(handshake) ? refuse(handshake, IRC_TROUBLE_NO_SASL, line, out_problem) : IRC_OUTCOME_NONE;
	case 903: /* RPL_SASLSUCCESS */
	case 907: /* ERR_SASLALREADY */
		return handshake->state == IRC_HANDSHAKE_AUTHENTICATING ? end_capabilities(handshake) : IRC_OUTCOME_NONE;
	default:
		return IRC_OUTCOME_NONE;
	}
}

enum irc_outcome irc_handshake_read(struct irc_handshake *handshake, const struct irc_line *line,
		struct irc_problem *out_problem) {
	if (line->numeric > 0) {
		return read_numeric(handshake, line, out_problem);
	}
	if (strcasecmp(line->command, "CAP") == 0) {
		return read_cap(handshake, line, out_problem);
	}
	if (strcasecmp(line->command, "AUTHENTICATE") == 0) {
		return read_challenge(handshake, line);
	}
	if (strcasecmp(line->command, "FAIL") == 0 && strcasecmp(irc_line_param(line, 1), "ACCOUNT_REQUIRED") == 0) {
		return refuse(handshake, IRC_TROUBLE_CREDENTIALS, line, out_problem);
	}
	if (strcasecmp(line->command, "ERROR") == 0) {
		return refuse(handshake, irc_trouble_of_error(irc_line_text(line)), line, out_problem);
	}
	return IRC_OUTCOME_NONE;
}
