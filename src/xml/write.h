/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Trees to bytes. This is the one place that guarantees that nothing we send can break a stream: what is not well-formed
 * UTF-8 or not an XML character is written as U+FFFD.
 */
#ifndef XML_WRITE_H
#define XML_WRITE_H

#include "util/strbuf.h"
#include "xml/node.h"

/* xmlns is written where it differs from the parent's; default_ns is what the surrounding stream has declared. */
bool xml_write(struct strbuf *out, const struct xml_node *node, const char *default_ns);

/* The same as a string in an arena. */
const char *xml_to_string(struct arena *arena, const struct xml_node *node, const char *default_ns);

/* Escaped for character data and attribute values alike. */
bool xml_write_escaped(struct strbuf *out, const char *text);

#endif
