/* SPDX-License-Identifier: MPL-2.0 */
/* Bytes to trees: an XML stream (RFC 6120 section 4) cut into stanzas, and whole documents. */
#ifndef XML_PARSE_H
#define XML_PARSE_H

#include "xml/node.h"

struct xml_limits {
	size_t stanza_bytes; /* one stanza as it stands on the wire */
	unsigned depth, attributes, nodes;
};

/* 1 MiB, 128 deep, 128 attributes an element, 20,000 nodes. */
extern const struct xml_limits xml_default_limits;

struct xml_stream_events {
	/* <stream:stream ...>; its attributes are on `header`, borrowed for the call. */
	void (*on_open)(const struct xml_node *header, void *data);

	/* A whole stanza. The arena (of arena_create()) that holds it goes over to the callee, who finishes it. */
	void (*on_stanza)(struct arena *arena, struct xml_node *stanza, void *data);

	/*
	 * A stanza beyond a limit was skipped; `head` is its outermost element with its attributes, without content, borrowed.
	 * The stream goes on. `limit` says which limit.
	 */
	void (*on_oversized)(const struct xml_node *head, const char *limit, void *data);

	/* </stream:stream> */
	void (*on_close)(void *data);
};

struct xml_parser;

/*
 * Entities, DTDs, processing instructions and comments are refused (RFC 6120 section 11.1); an external entity is never
 * looked at. Namespaces known to ns.h arrive as its constants.
 */
struct xml_parser *xml_parser_new(const struct xml_limits *limits, const struct xml_stream_events *events, void *data);
void xml_parser_free(struct xml_parser *parser);

/*
 * False when the bytes are not well-formed or are restricted XML; *out_error then says what and the parser is of no
 * further use until xml_parser_reset(). A callback may call xml_parser_stop(): the rest of the bytes is then ignored.
 */
bool xml_parser_feed(struct xml_parser *parser, const char *bytes, size_t size, const char **out_error);
void xml_parser_stop(struct xml_parser *parser);
void xml_parser_reset(struct xml_parser *parser);

/* One whole element; NULL with *out_error (may be NULL) when it is not well-formed. */
struct xml_node *xml_parse(struct arena *arena, const char *bytes, size_t size, const char **out_error);

#endif
