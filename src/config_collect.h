/* SPDX-License-Identifier: MPL-2.0 */
/* What was said in files, environment and command line, as it stands and with its origin; config.c makes sense of it. */
#ifndef CONFIG_COLLECT_H
#define CONFIG_COLLECT_H

#include "util/arena.h"

#include <stdbool.h>

enum { CONFIG_SECTIONS_MAX = 256 };

enum config_source { FROM_FILE, FROM_ENVIRONMENT, FROM_COMMAND_LINE };

/* One thing that was said, in the order in which it was said. */
struct setting {
	struct setting *next;
	enum config_source source;
	const char *section; /* NULL: for all */
	const char *name, *value, *origin;
	const char *file; /* NULL: in none */
	unsigned line;
};

/* A zeroed one is empty. All strings are in its arena. */
struct collection {
	struct arena arena;
	struct setting *first, **last;
	const char *sections[CONFIG_SECTIONS_MAX]; /* of components */
	size_t section_count;
	const char *file; /* being read */
	unsigned line;
	char *error;      /* the first problem; for free() */
	const char *config_file, *jid;
	int first_argument; /* of argv, behind the options */
};

/* Returns a text to print instead of running (for free()), or NULL. */
char *collect_command_line(struct collection *all, int argc, char **argv);
void collect_files(struct collection *all);
void collect_environment(struct collection *all);

/* Notes a problem, unless there is one already. */
void collection_complain(struct collection *all, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
