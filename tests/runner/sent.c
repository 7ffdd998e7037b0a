/* SPDX-License-Identifier: MPL-2.0 */
/* The gateway's side of the stream, cut into stanzas again. */
#include "sent.h"

#include "pretty.h"
#include "util/mem.h"
#include "xml/ns.h"

#include <stdlib.h>
#include <string.h>

enum { RAW_MAX_BYTES = 64 * 1024 };

static void handle_stanza(struct arena *arena, struct xml_node *xml, void *data) {
	struct sent *sent = data;
	struct sent_stanza *stanza = mem_new(sizeof(*stanza));
	*stanza = (struct sent_stanza){ .arena = arena, .xml = xml, .line = *sent->line };
	*sent->end = stanza;
	sent->end = &stanza->next;
}

static void handle_oversized(const struct xml_node *head, const char *limit, void *data) {
	struct sent *sent = data;
	(void)head;
	sent->problem = limit;
}

static void handle_open(const struct xml_node *header, void *data) {
	(void)header;
	(void)data;
}

static void handle_close(void *data) {
	(void)data;
}

static const struct xml_stream_events events = {
	.on_open = handle_open,
	.on_stanza = handle_stanza,
	.on_oversized = handle_oversized,
	.on_close = handle_close,
};

void sent_init(struct sent *sent, const unsigned *line) {
	static const char header[] = "<stream:stream xmlns='jabber:component:accept' "
			"xmlns:stream='http://etherx.jabber.org/streams'>";
	*sent = (struct sent){ .line = line };
	sent->end = &sent->first;
	sent->parser = xml_parser_new(&xml_default_limits, &events, sent);
	strbuf_init(&sent->raw, RAW_MAX_BYTES);
	sent_feed(sent, header, sizeof(header) - 1);
}

void sent_finish(struct sent *sent) {
	while (sent->first != NULL) {
		struct sent_stanza *next = sent->first->next;
		arena_finish(sent->first->arena);
		free(sent->first);
		sent->first = next;
	}
	xml_parser_free(sent->parser);
	strbuf_finish(&sent->raw);
}

void sent_feed(struct sent *sent, const char *bytes, size_t size) {
	strbuf_clear(&sent->raw);
	strbuf_add(&sent->raw, bytes, size);
	const char *problem = NULL;
	if (sent->problem == NULL && !xml_parser_feed(sent->parser, bytes, size, &problem)) {
		sent->problem = problem;
	}
}

static struct sent_stanza *first_new(struct sent_stanza *stanza) {
	while (stanza != NULL && stanza->is_seen) {
		stanza = stanza->next;
	}
	return stanza;
}

struct sent_stanza *sent_next(const struct sent *sent) {
	return first_new(sent->first);
}

struct sent_stanza *sent_next_after(const struct sent_stanza *stanza) {
	return first_new(stanza->next);
}

size_t sent_count_new(const struct sent *sent) {
	size_t count = 0;
	for (const struct sent_stanza *stanza = sent_next(sent); stanza != NULL; stanza = sent_next_after(stanza)) {
		count++;
	}
	return count;
}

void sent_ignore(struct sent *sent) {
	for (struct sent_stanza *stanza = sent->first; stanza != NULL; stanza = stanza->next) {
		stanza->is_seen = true;
	}
}

void sent_describe(const struct sent *sent, struct strbuf *out, unsigned since_line, const char *prefix) {
	for (const struct sent_stanza *stanza = sent->first; stanza != NULL; stanza = stanza->next) {
		if (stanza->line >= since_line || !stanza->is_seen) {
			strbuf_printf(out, "%sin line %u%s:\n", prefix, stanza->line,
					stanza->is_seen ? "" : ", not looked at");
			pretty_write(out, stanza->xml, NS_COMPONENT, prefix);
		}
	}
}
