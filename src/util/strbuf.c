/* SPDX-License-Identifier: MPL-2.0 */
/* The growing string of bytes. It doubles, and costs no memory before the first byte. */
#include "util/strbuf.h"

#include "util/mem.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BYTES = 64, KEPT_BYTES = 4096, PATIENCE = 32 };

/* What `bytes` points to while nothing is allocated (capacity 0): never written to. */
static char nothing[1];

void strbuf_init(struct strbuf *buf, size_t max_bytes) {
	*buf = (struct strbuf){ .bytes = nothing, .max_bytes = max_bytes };
}

void strbuf_finish(struct strbuf *buf) {
	if (buf->capacity > 0) {
		free(buf->bytes);
	}
	strbuf_init(buf, buf->max_bytes);
}

void strbuf_clear(struct strbuf *buf) {
	buf->size = 0;
	buf->is_full = false;
	if (buf->capacity > 0) {
		buf->bytes[0] = '\0';
	}
}

void strbuf_shrink(struct strbuf *buf) {
	strbuf_clear(buf);
	if (buf->capacity > KEPT_BYTES) {
		strbuf_finish(buf);
	}
}

void strbuf_recycle(struct strbuf *buf) {
	bool is_too_large = buf->capacity > KEPT_BYTES && buf->size < buf->capacity / 4;
	buf->slack = is_too_large ? buf->slack + 1 : 0;
	if (buf->slack < PATIENCE) {
		strbuf_clear(buf);
	} else {
		strbuf_shrink(buf);
		buf->slack = 0;
	}
}

/* Capacity counts the NUL; it is at least size + more + 1 afterwards. */
static void grow(struct strbuf *buf, size_t more) {
	size_t needed = buf->size + more + 1;
	size_t capacity = buf->capacity > 0 ? buf->capacity : FIRST_BYTES;
	while (capacity < needed) {
		capacity = capacity > STRBUF_UNLIMITED / 2 ? needed : capacity * 2;
	}
	buf->bytes = mem_resize(buf->capacity > 0 ? buf->bytes : NULL, capacity);
	buf->bytes[buf->size] = '\0';
	buf->capacity = capacity;
}

char *strbuf_room(struct strbuf *buf, size_t size) {
	if (size > buf->max_bytes - buf->size || size > STRBUF_UNLIMITED / 2 - buf->size) {
		buf->is_full = true;
		return NULL;
	}
	if (buf->size + size >= buf->capacity) {
		grow(buf, size);
	}
	return buf->bytes + buf->size;
}

void strbuf_grew(struct strbuf *buf, size_t size) {
	if (size == 0) {
		return;
	}
	assert(size < buf->capacity - buf->size);
	buf->size += size;
	buf->bytes[buf->size] = '\0';
}

bool strbuf_add(struct strbuf *buf, const void *bytes, size_t size) {
	if (size == 0) {
		return true;
	}
	char *room = strbuf_room(buf, size);
	if (room == NULL) {
		return false;
	}
	memcpy(room, bytes, size);
	room[size] = '\0';
	buf->size += size;
	return true;
}

bool strbuf_add_text(struct strbuf *buf, const char *text) {
	return strbuf_add(buf, text, strlen(text));
}

bool strbuf_add_char(struct strbuf *buf, char c) {
	return strbuf_add(buf, &c, 1);
}

bool strbuf_printf(struct strbuf *buf, const char *format, ...) {
	va_list args;
	va_start(args, format);
	bool added = strbuf_vprintf(buf, format, args);
	va_end(args);
	return added;
}

bool strbuf_vprintf(struct strbuf *buf, const char *format, va_list args) {
	va_list again;
	va_copy(again, args);
	int length = vsnprintf(NULL, 0, format, args);
	assert(length >= 0);
	char *room = strbuf_room(buf, (size_t)length);
	if (room != NULL && length > 0) {
		vsnprintf(room, (size_t)length + 1, format, again);
		buf->size += (size_t)length;
	}
	va_end(again);
	return room != NULL;
}

void strbuf_consume(struct strbuf *buf, size_t size) {
	assert(size <= buf->size);
	if (size == 0) {
		return;
	}
	memmove(buf->bytes, buf->bytes + size, buf->size - size + 1);
	buf->size -= size;
}

char *strbuf_steal(struct strbuf *buf) {
	char *bytes = buf->capacity > 0 ? buf->bytes : mem_strdup("");
	strbuf_init(buf, buf->max_bytes);
	return bytes;
}
