/* SPDX-License-Identifier: MPL-2.0 */
/* What a server tells of itself in 005 (RPL_ISUPPORT), as far as the module needs it. */
#ifndef IRC_ISUPPORT_H
#define IRC_ISUPPORT_H

#include "casemap.h"
#include "line.h"

struct irc_isupport {
	enum irc_casemap casemap;
	size_t line_bytes;   /* LINELEN, with CR LF; 512 unless told, never more than IRC_LINE_OUT_MAX */
	size_t nick_bytes;   /* NICKLEN; 0 when not told */
	size_t user_bytes;   /* USERLEN; 0 when not told */
	size_t host_bytes;   /* HOSTLEN; 0 when not told */
	char chantypes[8];   /* "#&" */
	char network[64];    /* "Libera.Chat"; "" when not told */
};

/* What holds when the server says nothing. */
void irc_isupport_init(struct irc_isupport *isupport);

/* :irc.example.org 005 romeo CASEMAPPING=ascii NICKLEN=30 -LINELEN :are supported by this server */
void irc_isupport_read(struct irc_isupport *isupport, const struct irc_line *line);

#endif
