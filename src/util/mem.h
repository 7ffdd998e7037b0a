/* SPDX-License-Identifier: MPL-2.0 */
/* Memory that is there or the process ends: code after an allocation is straight. */
#ifndef UTIL_MEM_H
#define UTIL_MEM_H

#include <stddef.h>

/* Zeroed. Released with free(). */
void *mem_new(size_t size);
void *mem_new_array(size_t count, size_t size);

/* Grows or shrinks; new bytes are not zeroed. */
void *mem_resize(void *old, size_t size);

/* Copies; a NULL text gives NULL. */
char *mem_strdup(const char *text);
char *mem_strndup(const char *text, size_t size);
void *mem_dup(const void *bytes, size_t size);

char *mem_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Replaces the string that *slot owns. NULL clears it. */
void mem_set_string(char **slot, const char *text);

/* The struct that has this member. */
#define container_of(pointer, type, member) \
	((type *)(void *)((char *)(pointer) - offsetof(type, member)))

#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#endif
