/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Memory that lives exactly as long as one stanza (or one operation): taken piece by piece, given back at once.
 * A zeroed arena is empty and valid.
 */
#ifndef UTIL_ARENA_H
#define UTIL_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *block; /* the one being filled; the older ones hang on it */
	char *next, *end;
};

/*
 * An arena whose head lies in its own first block, so that its address stays the same however it is passed on;
 * arena_finish() then ends the head too.
 */
struct arena *arena_create(void);

/* Gives all memory back; the arena is empty and usable again. Blocks are kept for reuse, up to a small limit. */
void arena_finish(struct arena *arena);

/* Aligned for any object. arena_alloc() does not clear, arena_new() does. */
void *arena_alloc(struct arena *arena, size_t size) __attribute__((returns_nonnull));
void *arena_new(struct arena *arena, size_t size) __attribute__((returns_nonnull));

/* A NULL text gives NULL. */
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t size);
char *arena_printf(struct arena *arena, const char *format, ...)
		__attribute__((format(printf, 2, 3), returns_nonnull));
char *arena_vprintf(struct arena *arena, const char *format, va_list args);

/* Frees the blocks that are kept for reuse: at the end of the process, so that leak checkers stay quiet. */
void arena_release_cache(void);

#endif
