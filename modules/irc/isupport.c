/* SPDX-License-Identifier: MPL-2.0 */
/* RPL_ISUPPORT. */
#include "isupport.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_BYTES_MAX = 200 };

void irc_isupport_init(struct irc_isupport *isupport) {
	*isupport = (struct irc_isupport){
		.casemap = IRC_CASEMAP_RFC1459,
		.line_bytes = IRC_LINE_USUAL,
		.chantypes = "#&",
	};
}

static int hex_value(char c) {
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	if (c >= 'A' && c <= 'F') {
		return c - 'A' + 10;
	}
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Copies what fits; \x20 is a space. Control characters are left out. */
static void copy_value(const char *value, char *out, size_t size) {
	size_t written = 0;
	while (*value != '\0' && written + 1 < size) {
		int c = (unsigned char)*value++;
		if (c == '\\' && value[0] == 'x' && hex_value(value[1]) >= 0 && hex_value(value[2]) >= 0) {
			c = hex_value(value[1]) * 16 + hex_value(value[2]);
			value += 3;
		}
		if (c >= ' ' && c != 0x7f) {
			out[written++] = (char)c;
		}
	}
	out[written] = '\0';
}

/* A number within the bounds; anything else leaves what was there. */
static void read_size(const char *value, size_t min, size_t max, size_t *out) {
	char *end;
	unsigned long number = strtoul(value, &end, 10);
	if (*value >= '0' && *value <= '9' && *end == '\0' && number >= min) {
		*out = number < max ? number : max;
	}
}

static void read_token(struct irc_isupport *isupport, const char *name, const char *value) {
	if (strcmp(name, "CASEMAPPING") == 0) {
		irc_casemap_read(value, &isupport->casemap);
	} else if (strcmp(name, "LINELEN") == 0) {
		read_size(value, IRC_LINE_USUAL, IRC_LINE_OUT_MAX, &isupport->line_bytes);
	} else if (strcmp(name, "NICKLEN") == 0) {
		read_size(value, 1, NAME_BYTES_MAX, &isupport->nick_bytes);
	} else if (strcmp(name, "USERLEN") == 0) {
		read_size(value, 1, NAME_BYTES_MAX, &isupport->user_bytes);
	} else if (strcmp(name, "HOSTLEN") == 0) {
		read_size(value, 1, NAME_BYTES_MAX, &isupport->host_bytes);
	} else if (strcmp(name, "CHANTYPES") == 0) {
		copy_value(value, isupport->chantypes, sizeof(isupport->chantypes));
	} else if (strcmp(name, "NETWORK") == 0) {
		copy_value(value, isupport->network, sizeof(isupport->network));
	}
}

/* -LINELEN: what was told no longer holds. */
static void forget_token(struct irc_isupport *isupport, const char *name) {
	struct irc_isupport usual;
	irc_isupport_init(&usual);
	if (strcmp(name, "CASEMAPPING") == 0) {
		isupport->casemap = usual.casemap;
	} else if (strcmp(name, "LINELEN") == 0) {
		isupport->line_bytes = usual.line_bytes;
	} else if (strcmp(name, "CHANTYPES") == 0) {
		memcpy(isupport->chantypes, usual.chantypes, sizeof(usual.chantypes));
	}
}

void irc_isupport_read(struct irc_isupport *isupport, const struct irc_line *line) {
	/* The first parameter is our nickname, the last one a sentence. */
	for (size_t i = 1; i + 1 < line->param_count; i++) {
		const char *token = line->params[i];
		if (*token == '-') {
			forget_token(isupport, token + 1);
			continue;
		}
		char name[32];
		size_t name_size = strcspn(token, "=");
		if (name_size > 0 && name_size < sizeof(name)) {
			snprintf(name, sizeof(name), "%.*s", (int)name_size, token);
			read_token(isupport, name, token[name_size] == '=' ? token + name_size + 1 : "");
		}
	}
}
