/* SPDX-License-Identifier: MPL-2.0 */
/* Writes as bytes: the number of a statement and its values. */
#include "store/database.h"

#include <string.h>

/* Values of a kind with bytes have their size here, and the bytes behind it. */
struct value_head {
	int64_t integer_or_size;
	uint8_t kind;
} __attribute__((packed));

struct record_head {
	uint8_t statement, count;
};

static bool has_bytes(enum value_kind kind) {
	return kind == VALUE_TEXT || kind == VALUE_BYTES;
}

void record_add(struct strbuf *out, enum statement which, const struct value *values, size_t count) {
	const struct record_head head = { .statement = (uint8_t)which, .count = (uint8_t)count };
	strbuf_add(out, &head, sizeof(head));
	for (size_t i = 0; i < count; i++) {
		const struct value_head value = {
			.integer_or_size = has_bytes(values[i].kind) ? (int64_t)values[i].size : values[i].integer,
			.kind = (uint8_t)values[i].kind,
		};
		strbuf_add(out, &value, sizeof(value));
		if (has_bytes(values[i].kind)) {
			strbuf_add(out, values[i].bytes, values[i].size);
		}
	}
}

size_t record_read(const char *bytes, size_t at, struct record *out) {
	struct record_head head;
	memcpy(&head, bytes + at, sizeof(head));
	at += sizeof(head);
	*out = (struct record){ .statement = head.statement, .count = head.count };
	for (size_t i = 0; i < out->count; i++) {
		struct value_head value;
		memcpy(&value, bytes + at, sizeof(value));
		at += sizeof(value);
		out->values[i] = (struct value){ .kind = (enum value_kind)value.kind, .integer = value.integer_or_size };
		if (has_bytes(out->values[i].kind)) {
			out->values[i].bytes = bytes + at;
			out->values[i].size = (size_t)value.integer_or_size;
			at += out->values[i].size;
		}
	}
	return at;
}
