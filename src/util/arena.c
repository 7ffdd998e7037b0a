/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Blocks of three standard sizes, kept on free lists when an arena ends, so that a stanza costs no
 * malloc() once the process is warm. An arena begins with a small block and goes on with larger
 * ones; what does not fit into the largest gets a block of its own, which is not kept.
 *
 * With the address sanitizer blocks are not kept and each piece has a gap behind it, so that it
 * sees every mistake.
 */
#include "util/arena.h"

#include "util/mem.h"

#include <assert.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IS_SANITIZED 1
#endif
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED 0
#endif

#if IS_SANITIZED
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(start, size) ((void)(start), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(start, size) ((void)(start), (void)(size))
#endif

enum { ALIGNMENT = alignof(max_align_t), GAP = IS_SANITIZED ? ALIGNMENT : 0 };

/* Header included. The last is for arenas that turned out large: histories, long lists. */
static const size_t grade_bytes[] = { 2048, 8192, 65536 };
enum { GRADE_COUNT = ARRAY_LENGTH(grade_bytes), GRADE_NONE = GRADE_COUNT };

/* What is kept for reuse by grade: 256 KiB at most in each. */
static const unsigned kept_max[GRADE_COUNT] = { 128, 32, 4 };

struct arena_block {
	struct arena_block *older;
	size_t size; /* header included */
	unsigned grade;
	alignas(max_align_t) char bytes[];
};

static struct {
	struct arena_block *first;
	unsigned count;
} kept[GRADE_COUNT];

static struct arena_block *block_new(size_t size, unsigned grade) {
	struct arena_block *block;
	if (grade != GRADE_NONE && kept[grade].first != NULL) {
		block = kept[grade].first;
		kept[grade].first = block->older;
		kept[grade].count--;
		return block;
	}
	block = mem_resize(NULL, size);
	block->size = size;
	block->grade = grade;
	return block;
}

static void block_free(struct arena_block *block) {
	ASAN_UNPOISON_MEMORY_REGION(block, block->size);
	if (IS_SANITIZED || block->grade == GRADE_NONE
			|| kept[block->grade].count >= kept_max[block->grade]) {
		free(block);
		return;
	}
	block->older = kept[block->grade].first;
	kept[block->grade].first = block;
	kept[block->grade].count++;
}

struct arena *arena_create(void) {
	struct arena start = { 0 };
	struct arena *arena = arena_alloc(&start, sizeof(*arena));
	*arena = start;
	return arena;
}

void arena_finish(struct arena *arena) {
	struct arena_block *block = arena->block;
	*arena = (struct arena){ 0 }; /* before the blocks go: it may lie in one of them */
	while (block != NULL) {
		struct arena_block *older = block->older;
		block_free(block);
		block = older;
	}
}

/* A block for this piece alone, behind the one being filled. */
static void *alloc_alone(struct arena *arena, size_t size) {
	struct arena_block *block = block_new(sizeof(*block) + size, GRADE_NONE);
	if (arena->block == NULL) {
		block->older = NULL;
		arena->block = block;
		arena->next = arena->end = block->bytes + size;
	} else {
		block->older = arena->block->older;
		arena->block->older = block;
	}
	return block->bytes;
}

/* The size is a multiple of the alignment and does not fit into what is left. */
static void *alloc_from_new_block(struct arena *arena, size_t size) {
	unsigned grade = 0;
	if (arena->block != NULL && arena->block->grade != GRADE_NONE) {
		grade = arena->block->grade + 1 < GRADE_COUNT ? arena->block->grade + 1 : GRADE_COUNT - 1;
	}
	while (grade < GRADE_COUNT && size > grade_bytes[grade] - sizeof(struct arena_block)) {
		grade++;
	}
	if (grade == GRADE_COUNT) {
		return alloc_alone(arena, size);
	}
	struct arena_block *block = block_new(grade_bytes[grade], grade);
	block->older = arena->block;
	arena->block = block;
	arena->next = block->bytes + size;
	arena->end = (char *)block + block->size;
	ASAN_POISON_MEMORY_REGION(arena->next, (size_t)(arena->end - arena->next));
	return block->bytes;
}

void *arena_alloc(struct arena *arena, size_t size) {
	assert(size <= SIZE_MAX / 2);
	size_t rounded = (size + GAP + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (rounded == 0) {
		rounded = ALIGNMENT;
	}
	void *piece = arena->next;
	if (rounded <= (size_t)(arena->end - arena->next)) {
		arena->next += rounded;
	} else {
		piece = alloc_from_new_block(arena, rounded);
	}
	ASAN_POISON_MEMORY_REGION(piece, rounded);
	ASAN_UNPOISON_MEMORY_REGION(piece, size);
	return piece;
}

void *arena_new(struct arena *arena, size_t size) {
	return memset(arena_alloc(arena, size), 0, size);
}

char *arena_strdup(struct arena *arena, const char *text) {
	return text == NULL ? NULL : arena_strndup(arena, text, strlen(text));
}

char *arena_strndup(struct arena *arena, const char *text, size_t size) {
	if (text == NULL) {
		return NULL;
	}
	size_t length = strnlen(text, size);
	char *copy = arena_alloc(arena, length + 1);
	memcpy(copy, text, length);
	copy[length] = '\0';
	return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...) {
	va_list args;
	va_start(args, format);
	char *text = arena_vprintf(arena, format, args);
	va_end(args);
	return text;
}

char *arena_vprintf(struct arena *arena, const char *format, va_list args) {
	/* Most texts are short: they are formatted once. */
	char first[256];
	va_list again;
	va_copy(again, args);
	int length = vsnprintf(first, sizeof(first), format, args);
	assert(length >= 0);
	size_t size = (size_t)length + 1;
	char *text = arena_alloc(arena, size);
	if (size <= sizeof(first)) {
		memcpy(text, first, size);
	} else {
		vsnprintf(text, size, format, again);
	}
	va_end(again);
	return text;
}

void arena_release_cache(void) {
	for (unsigned grade = 0; grade < GRADE_COUNT; grade++) {
		while (kept[grade].first != NULL) {
			struct arena_block *block = kept[grade].first;
			kept[grade].first = block->older;
			free(block);
		}
		kept[grade].count = 0;
	}
}
