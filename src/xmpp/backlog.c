/* SPDX-License-Identifier: MPL-2.0 */
/* What outlives a link. */
#include "xmpp/backlog.h"

#include "util/mem.h"
#include "xml/ns.h"
#include "xml/parse.h"
#include "xml/write.h"

#include <string.h>

bool backlog_wants(const struct xml_node *stanza) {
	static const char *const lasting[] = { "subscribe", "subscribed", "unsubscribe", "unsubscribed", "result", "error" };
	const char *type = xml_get(stanza, "type");
	for (size_t i = 0; type && i < ARRAY_LENGTH(lasting); i++) {
		if (strcmp(type, lasting[i]) == 0) {
			return true;
		}
	}
	return strcmp(stanza->name, "message") == 0;
}

static void ignore_header(const struct xml_node *header, void *data) {
	(void)header;
	(void)data;
}

static void take_one(struct arena *arena, struct xml_node *stanza, void *data) {
	if (backlog_wants(stanza)) {
		xml_write(data, stanza, NS_COMPONENT);
	}
	arena_finish(arena);
}

/* Reads it once more, because it matters now what each stanza is: a rare event may cost something, each stanza may not. */
void backlog_take_over(struct strbuf *backlog, const struct strbuf *output) {
	static const char header[] = "<stream:stream xmlns='jabber:component:accept' "
			"xmlns:stream='http://etherx.jabber.org/streams'>";
	static const struct xml_stream_events events = { .on_open = ignore_header, .on_stanza = take_one };
	size_t size = sizeof(header) + output->size;
	struct xml_limits ours = { .stanza_bytes = size, .depth = 1024, .attributes = 1024, .nodes = (unsigned)size };
	struct xml_parser *parser = xml_parser_new(&ours, &events, backlog);
	xml_parser_feed(parser, header, sizeof(header) - 1, NULL);
	xml_parser_feed(parser, output->bytes, output->size, NULL);
	xml_parser_free(parser);
}
