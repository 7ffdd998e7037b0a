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

static bool is_letter(char c) {
	return (unsigned char)c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A word that begins so, wherever it stands. */
static bool has_word(const char *text, const char *beginning) {
	for (const char *found = text; (found = strcasestr(found, beginning)) != NULL; found++) {
		if (found == text || !is_letter(found[-1])) {
			return true;
		}
	}
	return false;
}

static bool has_any(const char *text, const char *const *words) {
	while (*words != NULL && !has_word(text, *words)) {
		words++;
	}
	return *words != NULL;
}

/*
 * Closing Link: romeo[~r@example.org] (Ping timeout: 240 seconds), or: Closing link: (~r@example.org) [Ping timeout]. What
 * stands before the last bracket are names, which may be any words. Without one: the whole text.
 */
static char *copy_reason(const char *words) {
	char *reason = irc_strdup(words);
	size_t end = strlen(reason);
	while (end > 0 && reason[end - 1] == ' ') {
		end--;
	}
	char closing = end > 0 ? reason[end - 1] : '\0';
	char opening = closing == ')' ? '(' : closing == ']' ? '[' : '\0';
	size_t depth = 0, start = opening != '\0' ? end : 0;
	while (start > 0) {
		char c = reason[--start];
		depth += c == closing;
		depth -= c == opening;
		if (depth == 0) {
			break;
		}
	}
	if (start > 0 && reason[start - 1] == ' ') {
		reason[end - 1] = '\0';
		memmove(reason, reason + start + 1, end - start - 1);
	}
	return reason;
}

enum irc_trouble irc_trouble_of_error(const char *words) {
	/* A kill is no ban, but coming back at once would be taken for defiance. */
	static const char *const throttled[] = { "throttl", "too fast", "too many", "try again later", "wait a while",
		"reconnecting", "connect flood", "session limit", "killed", NULL };
	static const char *const banned[] = { "k-line", "g-line", "z-line", "d-line", "x-line", "kline", "gline", "zline",
		"dline", "akill", "banned", "not welcome", "dnsbl", "blacklist", "blocklist", NULL };
	static const char *const credentials[] = { "password", "sasl access only", "identify via sasl", "access denied", NULL };
	char *reason = copy_reason(words);
	enum irc_trouble trouble = has_any(reason, throttled) ? IRC_TROUBLE_THROTTLED : has_any(reason, banned) ?
			IRC_TROUBLE_BANNED : has_any(reason, credentials) ? IRC_TROUBLE_CREDENTIALS : IRC_TROUBLE_LOST;
	free(reason);
	return trouble;
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
