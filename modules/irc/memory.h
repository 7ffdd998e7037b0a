/* SPDX-License-Identifier: MPL-2.0 */
/* Memory of the module's own: it is there, or the process ends. Released with free(). */
#ifndef IRC_MEMORY_H
#define IRC_MEMORY_H

#include <stdlib.h>
#include <string.h>

/* Zeroed. */
static inline void *irc_new(size_t size) {
	void *memory = calloc(1, size);
	if (memory == NULL) {
		abort();
	}
	return memory;
}

static inline void *irc_resize(void *old, size_t size) {
	void *memory = realloc(old, size);
	if (memory == NULL) {
		abort();
	}
	return memory;
}

/* A NULL text gives NULL. */
static inline char *irc_strdup(const char *text) {
	if (text == NULL) {
		return NULL;
	}
	size_t size = strlen(text) + 1;
	return memcpy(irc_new(size), text, size);
}

#endif
