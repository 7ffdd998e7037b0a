/* SPDX-License-Identifier: MPL-2.0 */
/* When are two names the same? Each network has its own idea of which characters are capitals of which. */
#ifndef IRC_CASEMAP_H
#define IRC_CASEMAP_H

#include <stdbool.h>
#include <stddef.h>

enum irc_casemap {
	IRC_CASEMAP_RFC1459, /* []\~ are the capitals of {}|^; what servers mean that do not say */
	IRC_CASEMAP_STRICT,  /* the same without ~ and ^ */
	IRC_CASEMAP_ASCII,
	IRC_CASEMAP_UTF8,    /* rfc7613 and the like: all letters there are */
};

/* The value of CASEMAPPING. False for one we do not know. */
bool irc_casemap_read(const char *text, enum irc_casemap *out_casemap);

/* Writes the name in the form by which it can be compared. False when it does not fit. */
bool irc_casemap_fold(enum irc_casemap casemap, const char *name, char *out, size_t size);

bool irc_casemap_equal(enum irc_casemap casemap, const char *a, const char *b);

/*
 * The name as it stands in an XMPP address, which knows lower case only but keeps []\~ apart from {}|^: so that
 * addresses look as people type them, whatever the network's mapping is.
 */
bool irc_casemap_address(const char *name, char *out, size_t size);

#endif
