/* SPDX-License-Identifier: MPL-2.0 */
/* Allocation that succeeds or ends the process. */
#include "util/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *check(void *memory) {
	if (memory == NULL) {
		fputs("gangway: out of memory\n", stderr);
		abort();
	}
	return memory;
}

void *mem_new(size_t size) {
	return check(calloc(1, size > 0 ? size : 1));
}

void *mem_new_array(size_t count, size_t size) {
	if (count == 0 || size == 0) {
		return mem_new(1);
	}
	return check(calloc(count, size));
}

void *mem_resize(void *old, size_t size) {
	return check(realloc(old, size > 0 ? size : 1));
}

char *mem_strdup(const char *text) {
	return text == NULL ? NULL : mem_strndup(text, strlen(text));
}

char *mem_strndup(const char *text, size_t size) {
	if (text == NULL) {
		return NULL;
	}
	size_t length = strnlen(text, size);
	char *copy = check(malloc(length + 1));
	memcpy(copy, text, length);
	copy[length] = '\0';
	return copy;
}

void *mem_dup(const void *bytes, size_t size) {
	void *copy = check(malloc(size > 0 ? size : 1));
	if (size > 0) {
		memcpy(copy, bytes, size);
	}
	return copy;
}

char *mem_printf(const char *format, ...) {
	va_list args;
	va_start(args, format);
	char *text = NULL;
	int length = vasprintf(&text, format, args);
	va_end(args);
	return check(length < 0 ? NULL : text);
}

void mem_set_string(char **slot, const char *text) {
	/* The text may be part of what the slot holds. */
	char *copy = mem_strdup(text);
	free(*slot);
	*slot = copy;
}
