/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Bytes as an XML stream, whole and in pieces: both have to tell the same. What is told is written,
 * and what is written is read again and comes out the same.
 */
#include "util/arena.h"
#include "xml/ns.h"
#include "xml/parse.h"
#include "xml/write.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Small, so that they are met. */
static const struct xml_limits limits = {
	.stanza_bytes = 400, .depth = 6, .attributes = 4, .nodes = 12,
};

struct told {
	struct strbuf lines;
	struct xml_parser *parser;
};

static void told_open(const struct xml_node *header, void *data) {
	struct told *told = data;
	strbuf_add_text(&told->lines, "open ");
	xml_write(&told->lines, header, NULL);
}

static void told_stanza(struct arena *arena, struct xml_node *stanza, void *data) {
	struct told *told = data;
	const char *written = xml_to_string(arena, stanza, NULL), *error = NULL;
	struct xml_node *again = xml_parse(arena, written, strlen(written), &error);
	assert(again != NULL);
	assert(strcmp(xml_to_string(arena, again, NULL), written) == 0);
	struct xml_node *copy = xml_copy(arena, stanza);
	assert(strcmp(xml_to_string(arena, copy, NULL), written) == 0);
	strbuf_printf(&told->lines, "stanza %s '%s'", written, xml_content(stanza));
	if (xml_get(stanza, "stop") != NULL) {
		xml_parser_stop(told->parser);
	}
	arena_finish(arena);
}

static void told_oversized(const struct xml_node *head, const char *limit, void *data) {
	struct told *told = data;
	strbuf_printf(&told->lines, "%s ", limit);
	xml_write(&told->lines, head, NULL);
}

static void told_close(void *data) {
	struct told *told = data;
	strbuf_add_text(&told->lines, "close");
}

static const struct xml_stream_events told_events = {
	.on_open = told_open,
	.on_stanza = told_stanza,
	.on_oversized = told_oversized,
	.on_close = told_close,
};

/* Whether the bytes were taken; *told says what they were. */
static bool feed(struct told *told, const char *bytes, size_t size, size_t piece) {
	bool is_good = true;
	strbuf_init(&told->lines, STRBUF_UNLIMITED);
	told->parser = xml_parser_new(&limits, &told_events, told);
	for (size_t i = 0; is_good && i < size; i += piece) {
		size_t left = size - i;
		is_good = xml_parser_feed(told->parser, bytes + i, left < piece ? left : piece, NULL);
	}
	xml_parser_free(told->parser);
	return is_good;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
	if (size == 0) {
		return 0;
	}
	const char *text = (const char *)bytes;
	struct told whole, pieces;
	bool is_whole_good = feed(&whole, text, size, size);
	bool are_pieces_good = feed(&pieces, text, size, 1 + bytes[0] % 16);
	/* An unfinished tag beyond the limit is noticed in pieces only: in one piece it is finished. */
	size_t common = pieces.lines.size < whole.lines.size ? pieces.lines.size : whole.lines.size;
	assert(memcmp(whole.lines.bytes, pieces.lines.bytes, common) == 0);
	assert(!are_pieces_good || (is_whole_good && whole.lines.size == pieces.lines.size));
	strbuf_finish(&whole.lines);
	strbuf_finish(&pieces.lines);

	struct arena arena = { 0 };
	const char *error = NULL;
	struct xml_node *document = xml_parse(&arena, text, size, &error);
	assert((document == NULL) == (error != NULL));
	struct strbuf escaped;
	strbuf_init(&escaped, size * 6);
	assert(xml_write_escaped(&escaped, arena_strndup(&arena, text, size)));
	assert(strpbrk(escaped.bytes, "<>'\"") == NULL);
	strbuf_finish(&escaped);
	arena_finish(&arena);
	return 0;
}
