/* SPDX-License-Identifier: MPL-2.0 */
/* Bytes back to stanzas: a rare event may cost something, each stanza may not. */
#include "xmpp/written.h"

#include "xml/parse.h"

struct reading {
	void (*each)(struct xml_node *stanza, void *data);
	void *data;
};

static void ignore_header(const struct xml_node *header, void *data) {
	(void)header;
	(void)data;
}

static void take_one(struct arena *arena, struct xml_node *stanza, void *data) {
	const struct reading *reading = data;
	reading->each(stanza, reading->data);
	arena_finish(arena);
}

bool written_each(const char *bytes, size_t size, void (*each)(struct xml_node *stanza, void *data), void *data) {
	static const char header[] = "<stream:stream xmlns='jabber:component:accept' "
			"xmlns:stream='http://etherx.jabber.org/streams'>";
	static const struct xml_stream_events events = { .on_open = ignore_header, .on_stanza = take_one };
	size_t all = sizeof(header) + size;
	struct xml_limits ours = { .stanza_bytes = all, .depth = 1024, .attributes = 1024, .nodes = (unsigned)all };
	struct reading reading = { .each = each, .data = data };
	struct xml_parser *parser = xml_parser_new(&ours, &events, &reading);
	xml_parser_feed(parser, header, sizeof(header) - 1, NULL);
	bool is_whole = xml_parser_feed(parser, bytes, size, NULL);
	xml_parser_free(parser);
	return is_whole;
}
