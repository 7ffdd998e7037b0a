/* SPDX-License-Identifier: MPL-2.0 */
/* Every key of the configuration, once. */
#ifndef CONFIG_TABLE_H
#define CONFIG_TABLE_H

#include <stddef.h>

enum config_type {
	CONFIG_TEXT,
	CONFIG_FILE,     /* that can be read */
	CONFIG_DOMAINS,  /* of XMPP servers, separated by spaces or commas; as servers prepare them */
	CONFIG_JIDS,     /* of users, likewise, without resource */
	CONFIG_BOOLEAN,
	CONFIG_NUMBER,   /* 1 to 10000 */
	CONFIG_DURATION, /* milliseconds; "60", "60s", "5 min", "1h" */
	CONFIG_SERVER,   /* host:port */
	CONFIG_TLS,      /* no, yes, unverified */
	CONFIG_LEVEL,    /* of the log */
};

struct config_key {
	const char *name;
	enum config_type type;
	size_t offset;          /* of the member of struct config, or of struct config_component */
	const char *value;      /* default; NULL: none */
	const char *argument;   /* "HOST:PORT": how --help names it */
	const char *help;
	_Bool is_global;        /* may only stand in [gangway] */
	_Bool is_secret;        /* NAME_FILE in the environment names a file that holds it */
	char letter;            /* of the short option; 0: none */
};

/* Ends with a zeroed one. */
extern const struct config_key config_keys[];

/* What was expected, for the message about a wrong value. */
const char *config_expectation(enum config_type type);

const struct config_key *config_key_find(const char *name);

/* Words that differ by this many letters are not meant for each other. */
enum { CONFIG_FAR = 4 };

/* The known key that a mistyped one is nearest to; NULL when none is near. */
const char *config_key_nearest(const char *name);

/* --help and --man, made from the table; for free(). */
char *config_help(void);
char *config_man(void);

#endif
