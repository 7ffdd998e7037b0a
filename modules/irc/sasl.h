/* SPDX-License-Identifier: MPL-2.0 */
/* SASL for IRC: what AUTHENTICATE carries. */
#ifndef IRC_SASL_H
#define IRC_SASL_H

#include <stddef.h>

enum { IRC_SASL_CHUNK = 400 };

/* The response of the mechanism PLAIN (RFC 4616) in base64. free() it, it holds the password. */
char *irc_sasl_plain(const char *account, const char *password);

/*
 * Calls back with the pieces that one AUTHENTICATE each carries: 400 bytes, the last one shorter; "+" stands for an empty
 * one, also behind a response that fills its last piece.
 */
void irc_sasl_pieces(const char *response, void (*emit)(const char *piece, void *data), void *data);

#endif
