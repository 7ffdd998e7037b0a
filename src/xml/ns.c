/* SPDX-License-Identifier: MPL-2.0 */
/* The namespaces' constants and a table that finds them. */
#include "xml/ns.h"

#include "util/mem.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define DEFINE(name, uri) const char name[sizeof(uri)] = uri;
XML_NAMESPACES(DEFINE)
#undef DEFINE

static const struct {
	const char *uri;
	size_t size;
} known[] = {
#define ROW(name, uri) { name, sizeof(uri) - 1 },
	XML_NAMESPACES(ROW)
#undef ROW
};

/* Open addressing, at most a third full: an index into known[] plus one, 0 for none. */
enum { SLOTS = 256 };
static uint8_t slots[SLOTS];
static_assert(ARRAY_LENGTH(known) <= SLOTS / 3, "the table of namespaces has room");

/* The ends differ most. */
static unsigned hash(const char *uri, size_t size) {
	unsigned h = (unsigned)size;
	for (size_t i = size > 8 ? size - 8 : 0; i < size; i++) {
		h = h * 31 + (unsigned char)uri[i];
	}
	return (h ^ h >> 8) % SLOTS;
}

static void fill_slots(void) {
	for (size_t i = 0; i < ARRAY_LENGTH(known); i++) {
		unsigned slot = hash(known[i].uri, known[i].size);
		while (slots[slot] != 0) {
			slot = (slot + 1) % SLOTS;
		}
		slots[slot] = (uint8_t)(i + 1);
	}
}

const char *ns_find(const char *uri) {
	return ns_find_sized(uri, strlen(uri));
}

const char *ns_find_sized(const char *uri, size_t size) {
	static bool is_filled;
	if (!is_filled) {
		fill_slots();
		is_filled = true;
	}
	for (unsigned slot = hash(uri, size); slots[slot] != 0; slot = (slot + 1) % SLOTS) {
		size_t i = slots[slot] - 1u;
		if (known[i].size == size && memcmp(known[i].uri, uri, size) == 0) {
			return known[i].uri;
		}
	}
	return NULL;
}
