/* SPDX-License-Identifier: MPL-2.0 */
/* Texts that may come in several languages (RFC 6121: body, subject, status). */
#ifndef CODEC_LANGUAGE_H
#define CODEC_LANGUAGE_H

#include "xml/node.h"

/* xml:lang of the element itself; NULL when it has none. */
const char *language_of(const struct xml_node *node);

/* The content of the child without a language, else of the first one; NULL when there is none. */
const char *text_for_everybody(const struct xml_node *stanza, const char *name);

#endif
