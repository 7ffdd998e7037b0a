/* SPDX-License-Identifier: MPL-2.0 */
/* From the words of servers to the classes of the core. */
#include "problem.h"

#include "convert.h"
#include "memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

enum { TEXT_MAX = 512 };

void irc_problem_set(struct irc_problem *problem, enum irc_trouble trouble, const char *format, ...) {
	char text[TEXT_MAX];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	free(problem->text);
	/* The buffer may end inside a character: decoding drops that half. */
	*problem = (struct irc_problem){ .trouble = trouble, .text = irc_convert_decode(text) };
}

void irc_problem_set_words(struct irc_problem *problem, enum irc_trouble trouble, const char *host, const char *words) {
	char *readable = irc_convert_text(words);
	irc_problem_set(problem, trouble, "%s says: %s", host, *readable != '\0' ? readable : "(nothing)");
	free(readable);
}

void irc_problem_set_end(struct irc_problem *problem, const char *host, const struct gw_conn_end *end) {
	const char *text = end->text != NULL ? end->text : "";
	switch (end->problem) {
	case GW_CONN_ENDED:
		irc_problem_set(problem, IRC_TROUBLE_LOST, "%s closed the connection.", host);
		break;
	case GW_CONN_UNREACHABLE:
		irc_problem_set(problem, IRC_TROUBLE_UNREACHABLE, "%s cannot be reached: %s.", host, text);
		break;
	case GW_CONN_UNTRUSTED:
		irc_problem_set(problem, IRC_TROUBLE_UNTRUSTED, "The connection to %s would not be safe: %s.", host, text);
		break;
	case GW_CONN_LOST:
		irc_problem_set(problem, IRC_TROUBLE_LOST, "The connection to %s broke: %s.", host, text);
		break;
	case GW_CONN_CANCELLED:
		irc_problem_set(problem, IRC_TROUBLE_CANCELLED, "The connection to %s was given up.", host);
		break;
	}
}

void irc_problem_finish(struct irc_problem *problem) {
	free(problem->text);
	problem->text = NULL;
}

static bool has_word(const char *text, const char *const *words) {
	for (; *words != NULL; words++) {
		if (strcasestr(text, *words) != NULL) {
			return true;
		}
	}
	return false;
}

enum irc_trouble irc_trouble_of_error(const char *words) {
	/* A kill is no ban, but coming back at once would be taken for defiance. */
	static const char *const throttled[] = { "throttl", "too fast", "too many", "try again later", "wait a while",
		"reconnecting", "connect flood", "session limit", "(killed", "killed by", NULL };
	static const char *const banned[] = { "k-line", "g-line", "z-line", "d-line", "x-line", "kline", "gline", "zline",
		"dline", "akill", "banned", "not welcome", "dnsbl", "blacklist", "blocklist", NULL };
	static const char *const credentials[] = { "password", "sasl access only", "identify via sasl", "access denied", NULL };
	if (has_word(words, throttled)) {
		return IRC_TROUBLE_THROTTLED;
	}
	if (has_word(words, banned)) {
		return IRC_TROUBLE_BANNED;
	}
	return has_word(words, credentials) ? IRC_TROUBLE_CREDENTIALS : IRC_TROUBLE_LOST;
}

enum gw_condition irc_trouble_condition(enum irc_trouble trouble) {
	switch (trouble) {
	case IRC_TROUBLE_UNREACHABLE: return GW_REMOTE_SERVER_NOT_FOUND;
	case IRC_TROUBLE_UNTRUSTED: return GW_NOT_ACCEPTABLE;
	case IRC_TROUBLE_TIMEOUT: return GW_REMOTE_SERVER_TIMEOUT;
	case IRC_TROUBLE_LOST: return GW_REMOTE_SERVER_TIMEOUT;
	case IRC_TROUBLE_CREDENTIALS: return GW_NOT_AUTHORIZED;
	case IRC_TROUBLE_NO_SASL: return GW_NOT_ACCEPTABLE;
	case IRC_TROUBLE_NICK_IN_USE: return GW_CONFLICT;
	case IRC_TROUBLE_NICK_REFUSED: return GW_NOT_ACCEPTABLE;
	case IRC_TROUBLE_BANNED: return GW_FORBIDDEN;
	case IRC_TROUBLE_THROTTLED: return GW_RESOURCE_CONSTRAINT;
	case IRC_TROUBLE_CANCELLED: return GW_SERVICE_UNAVAILABLE;
	}
	return GW_UNDEFINED_CONDITION;
}

/* A network whose services are away offers no SASL for a while, and a nickname is free again one day: both are tried on. */
enum gw_loss irc_trouble_loss(enum irc_trouble trouble) {
	switch (trouble) {
	case IRC_TROUBLE_CREDENTIALS:
	case IRC_TROUBLE_NICK_REFUSED: return GW_LOSS_CREDENTIALS;
	case IRC_TROUBLE_BANNED: return GW_LOSS_BANNED;
	case IRC_TROUBLE_THROTTLED: return GW_LOSS_THROTTLED;
	default: return GW_LOSS_NETWORK;
	}
}
