/* SPDX-License-Identifier: MPL-2.0 */
/* Bringing the tables of an older version, or of none, to this one. */
#ifndef STORE_MIGRATE_H
#define STORE_MIGRATE_H

#include <stdbool.h>
#include <stddef.h>

struct sqlite3;

/* The SQL that leads from one version to the next; the first one leads from nothing to version 1. */
extern const char *const migrations[];
extern const size_t migration_count;

/*
 * All or nothing, in one transaction. An existing database (path not NULL, version not 0) is copied to PATH.before-vN
 * first, N being the version that it gets. False with a sentence: nothing has changed, no copy is left.
 */
bool migrate(struct sqlite3 *db, const char *path, const char *const *steps, size_t step_count, char **out_error);

/* The version of the tables: how many migrations they have seen. -1 when it cannot be read. */
int migrate_version(struct sqlite3 *db);

#endif
