/* SPDX-License-Identifier: MPL-2.0 */
/* Text from IRC. */
#include "convert.h"

#include "memory.h"

#include <gangway/text.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* 0x80 to 0x9f of windows-1252; the five that it does not define are U+FFFD. */
static const uint16_t windows_1252[32] = {
	0x20ac, 0xfffd, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0xfffd,
	0x017d, 0xfffd, 0xfffd, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a,
	0x0153, 0xfffd, 0x017e, 0x0178,
};

/* How many bytes the first one announces; 0: it cannot be a first one. */
static size_t announced_size(unsigned char first) {
	if (first < 0x80) {
		return 1;
	}
	if (first >= 0xc2 && first <= 0xdf) {
		return 2;
	}
	if (first >= 0xe0 && first <= 0xef) {
		return 3;
	}
	return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

/* The second byte decides about overlong forms, surrogates and what lies beyond Unicode. */
static bool is_second(unsigned char first, unsigned char second) {
	unsigned char min = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
	unsigned char max = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
	return second >= min && second <= max;
}

/*
 * The length of the beginning that is well-formed UTF-8. *out_is_cut: only the end is missing, of a character that was well
 * until there; a single byte of one counts for that only behind others, for in latin-1 it is a letter.
 */
static size_t utf8_size(const unsigned char *bytes, size_t size, bool *out_is_cut) {
	*out_is_cut = false;
	bool has_others = false;
	size_t i = 0;
	while (i < size) {
		size_t announced = announced_size(bytes[i]);
		size_t good = announced > 0 ? 1 : 0;
		while (good > 0 && good < announced && i + good < size
				&& (good == 1 ? is_second(bytes[i], bytes[i + 1]) : (bytes[i + good] & 0xc0) == 0x80)) {
			good++;
		}
		if (good < announced || good == 0) {
			*out_is_cut = i + good == size && (good > 1 || (good == 1 && has_others));
			return i;
		}
		has_others |= announced > 1;
		i += announced;
	}
	return i;
}

/* Latin letters and typographic signs; all below U+10000. */
static char *add_code_point(char *end, unsigned code_point) {
	if (code_point < 0x80) {
		*end++ = (char)code_point;
	} else if (code_point < 0x800) {
		*end++ = (char)(0xc0 | (code_point >> 6));
		*end++ = (char)(0x80 | (code_point & 0x3f));
	} else {
		*end++ = (char)(0xe0 | (code_point >> 12));
		*end++ = (char)(0x80 | ((code_point >> 6) & 0x3f));
		*end++ = (char)(0x80 | (code_point & 0x3f));
	}
	return end;
}

static char *decode_windows_1252(const unsigned char *bytes, size_t size) {
	char *text = irc_new(size * 3 + 1);
	char *end = text;
	for (size_t i = 0; i < size; i++) {
		bool is_special = bytes[i] >= 0x80 && bytes[i] < 0xa0;
		end = add_code_point(end, is_special ? windows_1252[bytes[i] - 0x80] : bytes[i]);
	}
	*end = '\0';
	return text;
}

char *irc_convert_decode(const char *bytes) {
	size_t size = strlen(bytes);
	bool is_cut;
	size_t good = utf8_size((const unsigned char *)bytes, size, &is_cut);
	if (good == size || is_cut) {
		return gw_text_repair(bytes, good);
	}
	char *decoded = decode_windows_1252((const unsigned char *)bytes, size);
	char *text = gw_text_repair(decoded, strlen(decoded));
	free(decoded);
	return text;
}

static size_t count_digits(const char *text, size_t max, const char *digits) {
	size_t count = strspn(text, digits);
	return count < max ? count : max;
}

/* 0x03 and one or two digits, or 0x04 and six hexadecimal ones; then perhaps a comma and the same again. */
static size_t colour_size(const char *code) {
	const char *digits = *code == 0x03 ? "0123456789" : "0123456789abcdefABCDEF";
	size_t min = *code == 0x03 ? 1 : 6, max = *code == 0x03 ? 2 : 6;
	size_t front = count_digits(code + 1, max, digits);
	if (front < min) {
		return 1;
	}
	const char *comma = code + 1 + front;
	size_t back = *comma == ',' ? count_digits(comma + 1, max, digits) : 0;
	return 1 + front + (back >= min ? 1 + back : 0);
}

void irc_convert_strip(char *bytes) {
	char *end = bytes;
	for (const char *c = bytes; *c != '\0';) {
		if (*c == 0x03 || *c == 0x04) {
			c += colour_size(c);
		} else if (((unsigned char)*c < ' ' && *c != '\t') || *c == 0x7f) {
			c++;
		} else {
			*end++ = *c++;
		}
	}
	*end = '\0';
}

char *irc_convert_text(const char *bytes) {
	char *stripped = irc_strdup(bytes);
	irc_convert_strip(stripped);
	char *text = irc_convert_decode(stripped);
	free(stripped);
	return text;
}

char *irc_convert_action(const char *bytes) {
	static const char me[] = "/me ";
	char *text = irc_convert_text(bytes);
	size_t size = strlen(text);
	char *action = irc_new(strlen(me) + size + 1);
	memcpy(action, me, strlen(me));
	memcpy(action + strlen(me), text, size);
	free(text);
	return action;
}

/* SEND letter.txt 2130706433 5000 100, or SEND "my letter.txt" ... */
static char *name_of_file(const char *bytes) {
	bool is_quoted = *bytes == '"';
	char *name = irc_strdup(bytes + is_quoted);
	name[strcspn(name, is_quoted ? "\"" : " ")] = '\0';
	char *text = irc_convert_text(name);
	free(name);
	return text;
}

char *irc_convert_offer(const char *bytes) {
	static const char send[] = "SEND ", chat[] = "CHAT ";
	if (strncasecmp(bytes, chat, strlen(chat)) == 0) {
		return irc_strdup("/me offers a direct chat (DCC), which this gateway cannot take.");
	}
	if (strncasecmp(bytes, send, strlen(send)) != 0) {
		return irc_strdup("");
	}
	static const char format[] = "/me offers the file “%s” (DCC), which this gateway cannot take.";
	char *name = name_of_file(bytes + strlen(send));
	size_t size = sizeof(format) + strlen(name);
	char *text = irc_new(size);
	snprintf(text, size, format, name);
	free(name);
	return text;
}

bool irc_ctcp_read(char *text, struct irc_ctcp *out_ctcp) {
	if (*text != '\001') {
		return false;
	}
	char *command = text + 1;
	command[strcspn(command, "\001")] = '\0';
	char *end = command + strcspn(command, " ");
	const char *params = *end == ' ' ? end + 1 : end;
	*end = '\0';
	for (char *c = command; *c != '\0'; c++) {
		if (*c >= 'a' && *c <= 'z') {
			*c = (char)(*c - 'a' + 'A');
		}
	}
	*out_ctcp = (struct irc_ctcp){ .command = command, .params = params };
	return true;
}

/* The time is UTC: where the user is, is theirs to tell. */
bool irc_ctcp_answer(const struct irc_ctcp *query, const char *version, int64_t time_ms, char *out, size_t size) {
	int written = -1;
	if (strcmp(query->command, "VERSION") == 0) {
		written = snprintf(out, size, "\001VERSION %s\001", version);
	} else if (strcmp(query->command, "PING") == 0 && strlen(query->params) <= 64) {
		written = snprintf(out, size, "\001PING %s\001", query->params);
	} else if (strcmp(query->command, "TIME") == 0) {
		char time_text[40];
		time_t seconds = (time_t)(time_ms / 1000);
		struct tm tm;
		gmtime_r(&seconds, &tm);
		strftime(time_text, sizeof(time_text), "%Y-%m-%dT%H:%M:%SZ", &tm);
		written = snprintf(out, size, "\001TIME %s\001", time_text);
	}
	return written > 0 && (size_t)written < size;
}
