/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Writing: runs of plain bytes are copied whole, a table tells where they end. Text is checked in
 * the same pass. Namespaces are declared as defaults; only an attribute in a namespace needs a
 * prefix.
 */
#include "xml/write.h"

#include "util/text.h"
#include "xml/ns.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/*
 * What has to be done with a byte, in text, in attribute values (in apostrophes), and where either
 * may follow.
 */
enum { IN_TEXT = 1, IN_ATTRIBUTE = 2, ANYWHERE = 4, ALWAYS = IN_TEXT | IN_ATTRIBUTE | ANYWHERE };

static const uint8_t special[256] = {
	[0x00 ... 0x08] = ALWAYS,
	['\t'] = IN_ATTRIBUTE | ANYWHERE,
	['\n'] = IN_ATTRIBUTE | ANYWHERE,
	[0x0b ... 0x1f] = ALWAYS, /* a carriage return would be read as a line feed */
	['"'] = ANYWHERE,
	['&'] = ALWAYS,
	['\''] = IN_ATTRIBUTE | ANYWHERE,
	['<'] = ALWAYS,
	['>'] = ALWAYS,
	[0x80 ... 0xff] = ALWAYS,
};

static const char replacement[] = "\xef\xbf\xbd";

/* Where the next byte goes in the buffer, and where the memory ends that it has already. */
struct writer {
	struct strbuf *out;
	char *at, *end;
	size_t size_before;
	bool was_full;
};

static void start(struct writer *writer, struct strbuf *out) {
	char *at = out->bytes + out->size;
	*writer = (struct writer){
		.out = out, .at = at, .end = at, .size_before = out->size, .was_full = out->is_full,
	};
	out->is_full = false;
}

/* Makes room for so many bytes. False when they do not fit: then nothing is written any more. */
static bool grow(struct writer *writer, size_t size) {
	struct strbuf *out = writer->out;
	strbuf_grew(out, (size_t)(writer->at - (out->bytes + out->size)));
	writer->at = writer->end = out->bytes + out->size;
	if (out->is_full || strbuf_room(out, size) == NULL) {
		return false;
	}
	size_t usable = out->capacity - 1 < out->max_bytes ? out->capacity - 1 : out->max_bytes;
	writer->at = out->bytes + out->size;
	writer->end = out->bytes + usable;
	return true;
}

static inline bool has_room(struct writer *writer, size_t size) {
	return size <= (size_t)(writer->end - writer->at) || grow(writer, size);
}

static inline void put(struct writer *writer, const char *bytes, size_t size) {
	if (has_room(writer, size)) {
		memcpy(writer->at, bytes, size);
		writer->at += size;
	}
}

#define PUT(writer, literal) put(writer, literal, sizeof(literal) - 1)

static const char *escape(char c) {
	switch (c) {
	case '\t': return "&#9;";
	case '\n': return "&#10;";
	case '\r': return "&#13;";
	case '"': return "&quot;";
	case '&': return "&amp;";
	case '\'': return "&apos;";
	case '<': return "&lt;";
	case '>': return "&gt;";
	default: return replacement;
	}
}

/*
 * Could one of these eight bytes be special in text or in attributes? Bits instead of a loop, as
 * most are not.
 */
static inline bool may_be_special(uint64_t eight) {
	const uint64_t ones = 0x0101010101010101u, high_bits = 0x80 * ones;
	uint64_t ampersands = (eight | ones) ^ ('\'' * ones); /* and apostrophes: zero bytes here */
	uint64_t brackets = (eight | 2 * ones) ^ ('>' * ones);
	uint64_t found = eight | (eight - ' ' * ones) | (ampersands - ones) | (brackets - ones);
	return (found & high_bits) != 0;
}

/* A special character at *text: written as it has to be, and passed. */
static void put_special(struct writer *writer, const char **text, size_t *left) {
	size_t length = 1, size = 1;
	const char *bytes = *text;
	if ((unsigned char)*bytes < 0x80) {
		bytes = escape(*bytes);
		size = strlen(bytes);
	} else {
		uint32_t c = text_decode(bytes, *left, &length);
		bool is_bad = c >= 0xfffd && c <= 0xffff; /* malformed, or no character */
		bytes = is_bad ? replacement : bytes;
		size = is_bad ? sizeof(replacement) - 1 : length;
	}
	*text += length;
	*left -= length;
	/* What follows has its room again afterwards. */
	if (has_room(writer, size + *left)) {
		memcpy(writer->at, bytes, size);
		writer->at += size;
	} else {
		*left = 0;
	}
}

static void put_escaped(struct writer *writer, const char *text, size_t left, unsigned where) {
	if (!has_room(writer, left)) {
		return;
	}
	while (left > 0) {
		uint64_t eight;
		while (left >= 8 && where != ANYWHERE) {
			memcpy(&eight, text, 8);
			if (may_be_special(eight)) {
				break;
			}
			memcpy(writer->at, text, 8);
			writer->at += 8;
			text += 8;
			left -= 8;
		}
		while (left > 0 && (special[(unsigned char)*text] & where) == 0) {
			*writer->at++ = *text++;
			left--;
		}
		if (left > 0) {
			put_special(writer, &text, &left);
		}
	}
}

static void put_attr(struct writer *writer, const struct xml_attr *attr, unsigned *prefixes) {
	PUT(writer, " ");
	if (attr->ns != NULL && strcmp(attr->ns, NS_XML) == 0) {
		PUT(writer, "xml:");
	} else if (attr->ns != NULL) {
		char prefix[16];
		snprintf(prefix, sizeof(prefix), "a%u", ++*prefixes);
		PUT(writer, "xmlns:");
		put(writer, prefix, strlen(prefix));
		PUT(writer, "='");
		put_escaped(writer, attr->ns, strlen(attr->ns), IN_ATTRIBUTE);
		PUT(writer, "' ");
		put(writer, prefix, strlen(prefix));
		PUT(writer, ":");
	}
	put(writer, attr->name, strlen(attr->name));
	PUT(writer, "='");
	put_escaped(writer, attr->value, strlen(attr->value), IN_ATTRIBUTE);
	PUT(writer, "'");
}

static void put_node(struct writer *writer, const struct xml_node *node, const char *outer_ns) {
	if (node->name == NULL && node->ns == XML_WRITTEN) {
		put(writer, node->text, strlen(node->text));
		return;
	}
	if (node->name == NULL) {
		put_escaped(writer, node->text, strlen(node->text), IN_TEXT);
		return;
	}
	const char *ns = node->ns != NULL ? node->ns : outer_ns;
	size_t name_size = strlen(node->name);
	PUT(writer, "<");
	put(writer, node->name, name_size);
	if (ns != outer_ns && strcmp(ns, outer_ns) != 0) {
		PUT(writer, " xmlns='");
		put_escaped(writer, ns, strlen(ns), IN_ATTRIBUTE);
		PUT(writer, "'");
	}
	unsigned prefixes = 0;
	for (const struct xml_attr *attr = node->attrs; attr != NULL; attr = attr->next) {
		put_attr(writer, attr, &prefixes);
	}
	if (node->first == NULL) {
		PUT(writer, "/>");
		return;
	}
	PUT(writer, ">");
	for (const struct xml_node *child = node->first; child != NULL; child = child->next) {
		put_node(writer, child, ns);
	}
	PUT(writer, "</");
	put(writer, node->name, name_size);
	PUT(writer, ">");
}

/* What does not fit as a whole is not written at all. */
static bool finish(struct writer *writer) {
	struct strbuf *out = writer->out;
	strbuf_grew(out, (size_t)(writer->at - (out->bytes + out->size)));
	bool fits = !out->is_full;
	if (!fits && out->size > writer->size_before) {
		out->size = writer->size_before;
		out->bytes[out->size] = '\0';
	}
	out->is_full = !fits || writer->was_full;
	return fits;
}

bool xml_write(struct strbuf *out, const struct xml_node *node, const char *default_ns) {
	struct writer writer;
	start(&writer, out);
	put_node(&writer, node, default_ns != NULL ? default_ns : "");
	return finish(&writer);
}

bool xml_write_escaped(struct strbuf *out, const char *text) {
	struct writer writer;
	start(&writer, out);
	put_escaped(&writer, text, strlen(text), ANYWHERE);
	return finish(&writer);
}

const char *xml_to_string(struct arena *arena, const struct xml_node *node,
		const char *default_ns) {
	struct strbuf out;
	strbuf_init(&out, STRBUF_UNLIMITED);
	xml_write(&out, node, default_ns);
	const char *text = arena_strndup(arena, out.bytes, out.size);
	strbuf_finish(&out);
	return text;
}
