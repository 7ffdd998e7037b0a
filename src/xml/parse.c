/* SPDX-License-Identifier: MPL-2.0 */
/*
 * expat's events become trees, one arena each.
 *
 * expat remembers every name it has ever met in a document, and a stream is a document that lasts
 * for months. So from time to time, between two stanzas, it starts anew and is given the stream's
 * header again; nobody notices.
 */
#include "xml/parse.h"

#include "util/mem.h"
#include "util/strbuf.h"
#include "xml/ns.h"

#include <assert.h>
#include <expat.h>
#include <stdlib.h>
#include <string.h>

/* Between namespace and name; no XML text can contain it. */
#define SEPARATOR '\001'

enum {
	HEADER_MAX_BYTES = 8192,
	FEED_MAX_BYTES = 1 << 20, /* expat counts in ints */
	RENEW_BYTES = 1 << 20,    /* expat starts anew after so much of the stream */

	/*
	 * How far beyond the limits a stanza is skipped; then the stream ends, for everybody. No user must
	 * be able to bring that about: servers let 512 KiB through as they come, in which elements can be
	 * nested 75,000 deep, or name a namespace that the server writes out anew for each element.
	 */
	SKIPPED_MAX_FACTOR = 1024,
	SKIPPED_MAX_DEPTH = 1 << 17,
};

const struct xml_limits xml_default_limits = {
	.stanza_bytes = 1 << 20,
	.depth = 128,
	.attributes = 128,
	.nodes = 20000,
};

struct xml_parser {
	XML_Parser expat;
	struct xml_limits limits;
	const struct xml_stream_events *events;
	void *data;
	bool is_document;  /* a single element instead of a stream: xml_parse() */
	bool is_stopped;
	bool is_renewing;  /* stopped to start anew */
	bool is_replaying; /* reads the header for the second time */
	const char *error;

	unsigned depth; /* of open elements; the stream's is one */
	unsigned nodes;
	size_t ns_bytes; /* of the stanza's namespaces that ns.h does not know, one copy for each element */
	struct arena *arena;
	struct xml_node *stanza, *open; /* the outermost element and the innermost one */
	struct strbuf text;             /* character data up to here */
	const char *stanza_ns;          /* the constant that the last outermost element had */
	const char *exceeded;           /* the limit: only the head is here, the rest is skipped */

	/* In bytes of what expat has been given. */
	XML_Index fed, stanza_start, renew_at;
	struct strbuf header; /* <stream:stream ...> as it came */
};

static void set_up_expat(struct xml_parser *parser);

static struct xml_parser *parser_new(const struct xml_limits *limits) {
	struct xml_parser *parser = mem_new(sizeof(*parser));
	parser->limits = *limits;
	parser->expat = XML_ParserCreateNS("UTF-8", SEPARATOR);
	if (parser->expat == NULL) {
		abort();
	}
	strbuf_init(&parser->text, limits->stanza_bytes);
	strbuf_init(&parser->header, HEADER_MAX_BYTES);
	set_up_expat(parser);
	return parser;
}

struct xml_parser *xml_parser_new(const struct xml_limits *limits,
		const struct xml_stream_events *events, void *data) {
	struct xml_parser *parser = parser_new(limits);
	parser->events = events;
	parser->data = data;
	return parser;
}

/* Lets go of the stanza that is being read. */
static void drop_stanza(struct xml_parser *parser) {
	if (parser->arena != NULL && !parser->is_document) {
		arena_finish(parser->arena);
	}
	parser->arena = NULL;
	parser->stanza = parser->open = NULL;
	parser->exceeded = NULL;
	strbuf_shrink(&parser->text);
}

void xml_parser_free(struct xml_parser *parser) {
	if (parser == NULL) {
		return;
	}
	drop_stanza(parser);
	XML_ParserFree(parser->expat);
	strbuf_finish(&parser->text);
	strbuf_finish(&parser->header);
	free(parser);
}

void xml_parser_reset(struct xml_parser *parser) {
	drop_stanza(parser);
	XML_ParserReset(parser->expat, "UTF-8");
	set_up_expat(parser);
	strbuf_clear(&parser->header);
	parser->is_stopped = parser->is_renewing = parser->is_replaying = false;
	parser->error = NULL;
	parser->depth = 0;
	parser->fed = 0;
}

void xml_parser_stop(struct xml_parser *parser) {
	parser->is_stopped = true;
	XML_StopParser(parser->expat, XML_FALSE); /* does nothing outside of a callback */
}

static void fail(struct xml_parser *parser, const char *error) {
	parser->error = error;
	XML_StopParser(parser->expat, XML_FALSE);
}

/* expat may still report the end of an empty element after it was told to stop. */
static bool is_over(const struct xml_parser *parser) {
	return parser->is_stopped || parser->is_renewing || parser->error != NULL;
}

/* Where the tag or text that is being reported ends. */
static XML_Index event_end(const struct xml_parser *parser) {
	return XML_GetCurrentByteIndex(parser->expat) + XML_GetCurrentByteCount(parser->expat);
}

/*
 * From here on the stanza is skipped. Its outermost element is kept, without its content, for
 * on_oversized.
 */
static void exceed(struct xml_parser *parser, const char *limit) {
	if (parser->is_document) {
		fail(parser, limit);
		return;
	}
	struct arena *arena = arena_create();
	parser->stanza->first = parser->stanza->last = NULL;
	struct xml_node *head = xml_copy(arena, parser->stanza);
	drop_stanza(parser);
	parser->arena = arena;
	parser->stanza = parser->open = head;
	parser->exceeded = limit;
}

/*
 * Sees to the size of the stanza while it grows: what stands before this event. False when there is
 * nothing more to do with the event.
 */
static bool is_within_size(struct xml_parser *parser) {
	size_t size = (size_t)(XML_GetCurrentByteIndex(parser->expat) - parser->stanza_start);
	if (size <= parser->limits.stanza_bytes) {
		return parser->exceeded == NULL;
	}
	if (parser->exceeded == NULL) {
		exceed(parser, "too many bytes");
	} else if (size / SKIPPED_MAX_FACTOR > parser->limits.stanza_bytes) {
		fail(parser, "a stanza without end");
	}
	return false;
}

/* Links a node behind what the open element holds already. */
static void link_node(struct xml_parser *parser, struct xml_node *node) {
	struct xml_node *parent = parser->open;
	node->parent = parent;
	node->arena = parser->arena;
	parser->nodes++;
	if (parent == NULL) {
		return;
	}
	if (parent->last != NULL) {
		parent->last->next = node;
	} else {
		parent->first = node;
	}
	parent->last = node;
}

/* The character data collected so far becomes a node. */
static void flush_text(struct xml_parser *parser) {
	size_t size = parser->text.size;
	if (size == 0) {
		return;
	}
	struct xml_node *node = arena_alloc(parser->arena, sizeof(*node) + size + 1);
	*node = (struct xml_node){ 0 };
	char *text = (char *)(node + 1);
	memcpy(text, parser->text.bytes, size + 1);
	node->text = text;
	link_node(parser, node);
	strbuf_clear(&parser->text);
}

/* Mostly the parent's, and that of the stanza before; else mostly one of ns.h. */
static const char *intern_ns(struct xml_parser *parser, const char *ns, size_t size) {
	const char *outer = parser->open != NULL ? parser->open->ns : parser->stanza_ns;
	if (outer != NULL && strncmp(outer, ns, size) == 0 && outer[size] == '\0') {
		return outer;
	}
	const char *known = size > 0 ? ns_find_sized(ns, size) : "";
	if (known == NULL) {
		parser->ns_bytes += size;
		return arena_strndup(parser->arena, ns, size);
	}
	if (parser->open == NULL) {
		parser->stanza_ns = known;
	}
	return known;
}

/*
 * "namespace SEPARATOR name" or "name": where the name begins, and the size of the namespace. Names
 * are short.
 */
static const char *split_name(const char *full_name, size_t *out_ns_size, size_t *out_name_size) {
	const char *name = full_name, *end = full_name;
	for (; *end != '\0'; end++) {
		if (*end == SEPARATOR) {
			name = end + 1;
		}
	}
	*out_ns_size = name > full_name ? (size_t)(name - full_name - 1) : 0;
	*out_name_size = (size_t)(end - name);
	return name;
}

/*
 * expat gives pairs of name and value. False when there are more than allowed; those are left out.
 */
static bool add_attrs(struct xml_parser *parser, struct xml_node *node, const char **pairs) {
	struct xml_attr **place = &node->attrs;
	for (unsigned count = 0; pairs[0] != NULL; pairs += 2) {
		if (++count > parser->limits.attributes) {
			return false;
		}
		size_t ns_size, name_size, value_size = strlen(pairs[1]);
		const char *name = split_name(pairs[0], &ns_size, &name_size);
		struct xml_attr *attr =
				arena_alloc(parser->arena, sizeof(*attr) + name_size + 1 + value_size + 1);
		char *strings = (char *)(attr + 1);
		attr->next = NULL;
		attr->name = memcpy(strings, name, name_size + 1);
		attr->value = memcpy(strings + name_size + 1, pairs[1], value_size + 1);
		attr->ns = ns_size > 0 ? intern_ns(parser, pairs[0], ns_size) : NULL;
		*place = attr;
		place = &attr->next;
	}
	return true;
}

static struct xml_node *make_element(struct xml_parser *parser, const char *full_name) {
	size_t ns_size, name_size;
	const char *name = split_name(full_name, &ns_size, &name_size);
	struct xml_node *node = arena_alloc(parser->arena, sizeof(*node) + name_size + 1);
	*node = (struct xml_node){ .ns = intern_ns(parser, full_name, ns_size) };
	node->name = memcpy(node + 1, name, name_size + 1);
	return node;
}

/* <stream:stream>: told, and kept as it came, to be given to expat again. */
static void open_stream(struct xml_parser *parser, const char *name, const char **attrs) {
	if (parser->is_replaying) {
		return;
	}
	int offset, size, count = XML_GetCurrentByteCount(parser->expat);
	const char *bytes = XML_GetInputContext(parser->expat, &offset, &size);
	if (bytes == NULL || !strbuf_add(&parser->header, bytes + offset, (size_t)count)) {
		fail(parser, "the header of the stream is too long");
		return;
	}
	parser->arena = arena_create();
	struct xml_node *header = make_element(parser, name);
	header->arena = parser->arena;
	if (!add_attrs(parser, header, attrs)) {
		fail(parser, "the header of the stream has too many attributes");
	} else {
		parser->events->on_open(header, parser->data);
	}
	drop_stanza(parser);
}

static void begin_stanza(struct xml_parser *parser) {
	parser->nodes = 0;
	parser->ns_bytes = 0;
	parser->stanza_start = XML_GetCurrentByteIndex(parser->expat);
	if (!parser->is_document) {
		parser->arena = arena_create();
	}
}

static void XMLCALL handle_start(void *data, const char *name, const char **attrs) {
	struct xml_parser *parser = data;
	if (is_over(parser)) {
		return;
	}
	unsigned level = parser->depth++;
	if (level == 0 && !parser->is_document) {
		open_stream(parser, name, attrs);
		return;
	}
	if (parser->exceeded != NULL) {
		if (level > parser->limits.depth + SKIPPED_MAX_DEPTH) {
			fail(parser, "a stanza nested too deeply");
		}
		is_within_size(parser);
		return;
	}
	if (parser->stanza == NULL) {
		begin_stanza(parser);
	} else {
		flush_text(parser);
	}

	struct xml_node *node = make_element(parser, name);
	bool has_all = add_attrs(parser, node, attrs);
	link_node(parser, node);
	parser->open = node;
	if (parser->stanza == NULL) {
		parser->stanza = node;
	}
	if (!has_all) {
		exceed(parser, "too many attributes");
	} else if (parser->depth > parser->limits.depth + !parser->is_document) {
		exceed(parser, "nested too deeply");
	} else if (parser->nodes > parser->limits.nodes) {
		exceed(parser, "too many elements");
	} else if (parser->ns_bytes > parser->limits.stanza_bytes) {
		exceed(parser, "namespaces too long");
	} else {
		is_within_size(parser);
	}
}

static void XMLCALL handle_text(void *data, const char *text, int size) {
	struct xml_parser *parser = data;
	/* Between stanzas there is white space only, to keep the connection alive. */
	if (is_over(parser) || parser->stanza == NULL || !is_within_size(parser)) {
		return;
	}
	strbuf_add(&parser->text, text, (size_t)size);
}

static void end_stanza(struct xml_parser *parser) {
	struct xml_node *stanza = parser->stanza;
	struct arena *arena = parser->arena;
	XML_Index end = event_end(parser);
	if (parser->exceeded != NULL) {
		parser->events->on_oversized(stanza, parser->exceeded, parser->data);
		drop_stanza(parser);
	} else {
		parser->arena = NULL;
		drop_stanza(parser);
		parser->events->on_stanza(arena, stanza, parser->data);
	}
	if (end >= RENEW_BYTES && !is_over(parser)) {
		parser->is_renewing = true;
		parser->renew_at = end;
		XML_StopParser(parser->expat, XML_FALSE);
	}
}

static void XMLCALL handle_end(void *data, const char *name) {
	(void)name;
	struct xml_parser *parser = data;
	if (is_over(parser)) {
		return;
	}
	parser->depth--;
	if (parser->stanza == NULL) {
		xml_parser_stop(parser); /* whatever stands behind it */
		parser->events->on_close(parser->data);
		return;
	}
	bool is_outermost = parser->depth == !parser->is_document;
	if (is_within_size(parser)) {
		flush_text(parser);
		parser->open = is_outermost ? parser->open : parser->open->parent;
	}
	if (is_outermost && !parser->is_document && !is_over(parser)) {
		end_stanza(parser);
	}
}

/*
 * Restricted XML (RFC 6120 section 11.1). Without a DTD there are no entities to expand or to look
 * up.
 */
static void XMLCALL handle_doctype(void *data, const char *name, const char *system_id,
		const char *public_id, int has_internal_subset) {
	(void)name, (void)system_id, (void)public_id, (void)has_internal_subset;
	fail(data, "a document type declaration is not allowed");
}

static void XMLCALL handle_comment(void *data, const char *text) {
	(void)text;
	fail(data, "a comment is not allowed");
}

static void XMLCALL handle_instruction(void *data, const char *target, const char *text) {
	(void)target, (void)text;
	fail(data, "a processing instruction is not allowed");
}

static void set_up_expat(struct xml_parser *parser) {
#ifdef HAVE_EXPAT_REPARSE_DEFERRAL
	/* Else the end of a tag may be held back until more comes, which on a stream may be never. */
	XML_SetReparseDeferralEnabled(parser->expat, XML_FALSE);
#endif
	XML_SetUserData(parser->expat, parser);
	XML_SetElementHandler(parser->expat, handle_start, handle_end);
	XML_SetCharacterDataHandler(parser->expat, handle_text);
	XML_SetDoctypeDeclHandler(parser->expat, handle_doctype, NULL);
	XML_SetCommentHandler(parser->expat, handle_comment);
	XML_SetProcessingInstructionHandler(parser->expat, handle_instruction);
}

/*
 * A tag is not reported before it is complete, and expat would keep the beginning of one without
 * end.
 */
static bool has_endless_tag(const struct xml_parser *parser) {
	XML_Index reported = XML_GetCurrentByteIndex(parser->expat);
	return (size_t)(parser->fed - (reported > 0 ? reported : 0)) > parser->limits.stanza_bytes;
}

static bool parse(struct xml_parser *parser, const char *bytes, int size, bool is_last) {
	if (XML_Parse(parser->expat, bytes, size, is_last) == XML_STATUS_ERROR && !is_over(parser)) {
		parser->error = XML_ErrorString(XML_GetErrorCode(parser->expat));
	}
	return !is_over(parser);
}

static void renew(struct xml_parser *parser) {
	XML_ParserReset(parser->expat, "UTF-8");
	set_up_expat(parser);
	parser->is_renewing = false;
	parser->depth = 0;
	parser->is_replaying = true;
	parse(parser, parser->header.bytes, (int)parser->header.size, false);
	parser->is_replaying = false;
	parser->fed = (XML_Index)parser->header.size;
}

bool xml_parser_feed(struct xml_parser *parser, const char *bytes, size_t size,
		const char **out_error) {
	while (size > 0 && !is_over(parser)) {
		size_t used = size < FEED_MAX_BYTES ? size : FEED_MAX_BYTES;
		if (parse(parser, bytes, (int)used, false)) {
			parser->fed += (XML_Index)used;
			if (has_endless_tag(parser)) {
				parser->error = "a tag without end";
			}
		} else if (parser->is_renewing) {
			used = (size_t)(parser->renew_at - parser->fed);
			renew(parser);
		}
		bytes += used;
		size -= used;
	}
	if (parser->error != NULL && out_error != NULL) {
		*out_error = parser->error;
	}
	return parser->error == NULL;
}

struct xml_node *xml_parse(struct arena *arena, const char *bytes, size_t size,
		const char **out_error) {
	struct xml_parser *parser = parser_new(&xml_default_limits);
	parser->is_document = true;
	parser->arena = arena;
	if (size > parser->limits.stanza_bytes) {
		parser->error = "too many bytes";
	} else {
		parse(parser, bytes, (int)size, true);
	}
	struct xml_node *root = parser->error == NULL ? parser->stanza : NULL;
	if (parser->error != NULL && out_error != NULL) {
		*out_error = parser->error;
	}
	xml_parser_free(parser);
	return root;
}
