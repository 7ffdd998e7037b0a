/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Stanza errors (RFC 6120 section 8.3) with all that may stand in them. The usual ones are made by
 * iq_fail() and stanza_add_error(); this is for errors that say more, and for those that others
 * send.
 */
#ifndef CODEC_ERROR_H
#define CODEC_ERROR_H

#include "xml/node.h"

#include <gangway/error.h>

/* Strings are borrowed from the tree that was read, or from the caller who writes. */
struct error_content {
	enum gw_condition condition;   /* GW_UNDEFINED_CONDITION for names we do not know */
	const char *text;              /* NULL when there is none */
	const char *by;                /* who refused; NULL: the sender of the stanza */
	const char *application;       /* name of an application condition; NULL: none */
	const char *application_ns;    /* and its namespace */
};

/*
 * <error/> below a stanza of type error, with the code of XEP-0086 that XEP-0077 wants for old
 * clients.
 */
struct xml_node *error_write(struct xml_node *stanza, const struct error_content *error);

/* From a stanza, or from its <error/>. False when there is no error in it. */
bool error_read(const struct xml_node *stanza, struct error_content *out);

/* XEP-0086: 406 for not-acceptable and so on. */
int error_code(enum gw_condition condition);

#endif
