/* SPDX-License-Identifier: MPL-2.0 */
/* Single numbers to remember, and many in one value. */
#include "store/database.h"

#include "util/arena.h"

enum { NUMBER_BYTES = 8 };

void store_number_set(struct store *store, const char *name, int64_t number) {
	store_write(store, NUMBER_SET, VALUES(value_text(name), value_integer(number)));
}

bool number_read(struct store *store, const char *name, int64_t *out) {
	struct query query;
	*out = 0;
	query_start(&query, store, NUMBER, VALUES(value_text(name)));
	if (query_next(&query)) {
		*out = sqlite3_column_int64(query.row, 0);
	}
	query_finish(&query);
	return !query.is_failed;
}

int64_t store_number(struct store *store, const char *name) {
	int64_t number;
	number_read(store, name, &number);
	return number;
}

/* Least significant byte first, whatever the machine: a store may move to another one. */
void numbers_write(struct strbuf *out, const uint64_t *numbers, size_t count) {
	for (size_t i = 0; i < count; i++) {
		char bytes[NUMBER_BYTES];
		for (unsigned byte = 0; byte < NUMBER_BYTES; byte++) {
			bytes[byte] = (char)(numbers[i] >> (8 * byte) & 0xff);
		}
		strbuf_add(out, bytes, sizeof(bytes));
	}
}

static uint64_t read_number(const unsigned char *bytes) {
	uint64_t number = 0;
	for (unsigned byte = 0; byte < NUMBER_BYTES; byte++) {
		number |= (uint64_t)bytes[byte] << (8 * byte);
	}
	return number;
}

const uint64_t *numbers_read(struct arena *arena, const void *from, size_t size, size_t *out_count) {
	size_t count = size / NUMBER_BYTES;
	const unsigned char *bytes = from;
	uint64_t *numbers = arena_new(arena, (count + 1) * sizeof(*numbers));
	for (size_t i = 0; i < count; i++) {
		numbers[i] = read_number(bytes + i * NUMBER_BYTES);
	}
	*out_count = count;
	return numbers;
}

const uint64_t *query_numbers(const struct query *query, struct arena *arena, int column, size_t *out_count) {
	const void *bytes = sqlite3_column_blob(query->row, column);
	return numbers_read(arena, bytes, (size_t)sqlite3_column_bytes(query->row, column), out_count);
}
