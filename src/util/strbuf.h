/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A growing string of bytes, born with its limit. What would grow it beyond the limit is not added at all and the
 * buffer remembers that it is full. The bytes are always followed by a NUL.
 */
#ifndef UTIL_STRBUF_H
#define UTIL_STRBUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct strbuf {
	char *bytes; /* never NULL after strbuf_init() */
	size_t size, capacity, max_bytes;
	bool is_full;
	unsigned slack; /* strbuf_recycle() found it much too large so many times in a row */
};

#define STRBUF_UNLIMITED ((size_t)-1)

void strbuf_init(struct strbuf *buf, size_t max_bytes);
void strbuf_finish(struct strbuf *buf);

/* Empty again, memory kept. strbuf_shrink() also gives memory beyond a small size back. */
void strbuf_clear(struct strbuf *buf);
void strbuf_shrink(struct strbuf *buf);

/*
 * Empty again, for a buffer that is filled and emptied over and over: memory is kept while it is needed, and given back
 * once far less was needed for a while.
 */
void strbuf_recycle(struct strbuf *buf);

bool strbuf_add(struct strbuf *buf, const void *bytes, size_t size);
bool strbuf_add_text(struct strbuf *buf, const char *text);
bool strbuf_add_char(struct strbuf *buf, char c);
bool strbuf_printf(struct strbuf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool strbuf_vprintf(struct strbuf *buf, const char *format, va_list args);

/* Room for size more bytes, to be filled by the caller who then calls strbuf_grew(); NULL when beyond the limit. */
char *strbuf_room(struct strbuf *buf, size_t size);
void strbuf_grew(struct strbuf *buf, size_t size);

/* Drops the first bytes. */
void strbuf_consume(struct strbuf *buf, size_t size);

/* Hands the string over to the caller (free()), and is empty again. */
char *strbuf_steal(struct strbuf *buf);

#endif
