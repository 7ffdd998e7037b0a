/* SPDX-License-Identifier: MPL-2.0 */
/* The files of the store as files: looked at before anything touches them, and never readable by others. */
#ifndef STORE_FILES_H
#define STORE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "Gngw", at the place where SQLite files tell whose they are. */
#define STORE_APPLICATION_ID 0x476e6777

/* Makes the directory and those above it, 0700, where they are missing. */
bool files_make_directory(const char *path, char **out_error);

/* The directory that a file is in; free(). */
char *files_directory_of(const char *path);

/*
 * Is this a file that could be a database of ours, or could become one? Only reads. False with a sentence: it belongs to
 * somebody else, is damaged at first sight, or may not be written.
 */
struct file_state {
	bool is_new;     /* missing, empty, or its first tables were being made when the power went */
	bool is_created; /* by files_create() */
	bool is_unclean; /* what it wrote last is still beside it: it was not closed */
	int64_t size;
	unsigned user_version; /* as far as the file itself tells */
};
bool files_examine(const char *path, struct file_state *out_state, char **out_error);

/* Makes an empty file, 0600, unless there is one; *out_is_created (may be NULL) says whether there was none. */
bool files_create(const char *path, bool *out_is_created, char **out_error);

/* What was made or renamed in the directory that the file is in is on the disk. */
void files_sync_directory(const char *path);

/* All bytes of a small file; -1: errno says why not. */
int files_read(const char *path, void *out, size_t capacity);

/* Writes a file under a second name and puts it in place on the disk only when it is complete; never over another. */
bool files_write_new(const char *path, const void *bytes, size_t size, char **out_error);

#endif
