/* SPDX-License-Identifier: MPL-2.0 */
/* The files of the store as files. */
#include "store/files.h"

#include "util/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Directories */

char *files_directory_of(const char *path) {
	const char *slash = strrchr(path, '/');
	if (slash == NULL) {
		return mem_strdup(".");
	}
	return slash == path ? mem_strdup("/") : mem_strndup(path, (size_t)(slash - path));
}

static bool make_one(const char *path) {
	struct stat found;
	if (mkdir(path, 0700) == 0) {
		files_sync_directory(path);
		return true;
	}
	int error = errno;
	if (stat(path, &found) == 0) {
		error = ENOTDIR;
		if (S_ISDIR(found.st_mode)) {
			return true;
		}
	}
	errno = error;
	return false;
}

bool files_make_directory(const char *path, char **out_error) {
	char *part = mem_strdup(path);
	bool is_made = true;
	for (char *at = part; is_made && at != NULL;) {
		at = strchr(at + 1, '/');
		if (at != NULL) {
			*at = '\0';
		}
		is_made = make_one(part);
		if (at != NULL) {
			*at = '/';
		}
	}
	if (!is_made) {
		*out_error = mem_printf("Cannot make the directory %s: %s", path, strerror(errno));
	}
	free(part);
	return is_made;
}

static bool can_write_directory(const char *path, char **out_error) {
	char *directory = files_directory_of(path);
	bool can_write = faccessat(AT_FDCWD, directory, W_OK | X_OK, AT_EACCESS) == 0;
	if (!can_write) {
		*out_error = mem_printf("Cannot write to the directory %s, where the store is kept: %s", directory,
				strerror(errno));
	}
	free(directory);
	return can_write;
}

/* The header of an SQLite file */

enum { HEADER_SIZE = 100, HEADER_USER_VERSION = 60, HEADER_APPLICATION_ID = 68 };

static unsigned header_number(const uint8_t *at) {
	return (unsigned)at[0] << 24 | (unsigned)at[1] << 16 | (unsigned)at[2] << 8 | at[3];
}

/*
 * Reads through SQLite's own hands: if this process has the file open already, closing a descriptor of ours would give up
 * the locks that SQLite has on it.
 */
static bool read_header(const char *path, uint8_t out[static HEADER_SIZE]) {
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
	char *full_path = mem_new((size_t)vfs->mxPathname + 1);
	sqlite3_file *file = mem_new((size_t)vfs->szOsFile);
	bool is_read = false;
	if (vfs->xFullPathname(vfs, path, vfs->mxPathname, full_path) == SQLITE_OK) {
		const char *name = sqlite3_create_filename(full_path, "", "", 0, NULL);
		if (vfs->xOpen(vfs, name, file, SQLITE_OPEN_READONLY | SQLITE_OPEN_MAIN_DB, NULL) == SQLITE_OK) {
			is_read = file->pMethods->xRead(file, out, HEADER_SIZE, 0) == SQLITE_OK;
		}
		if (file->pMethods != NULL) {
			file->pMethods->xClose(file);
		}
		sqlite3_free_filename((char *)name);
	}
	free(full_path);
	free(file);
	return is_read;
}

static bool examine_header(const char *path, struct file_state *state, char **out_error) {
	uint8_t header[HEADER_SIZE];
	if (!read_header(path, header) || memcmp(header, "SQLite format 3", 16) != 0) {
		*out_error = mem_printf("%s is not a database, or its beginning is damaged", path);
		return false;
	}
	if (header_number(header + HEADER_APPLICATION_ID) != STORE_APPLICATION_ID) {
		*out_error = mem_printf("%s is a database of another program", path);
		return false;
	}
	state->user_version = header_number(header + HEADER_USER_VERSION);
	return true;
}

static bool has_leftover(const char *path, const char *suffix) {
	struct stat found;
	char *name = mem_printf("%s%s", path, suffix);
	bool has_one = stat(name, &found) == 0 && found.st_size > 0;
	free(name);
	return has_one;
}

static bool has_leftovers(const char *path) {
	return has_leftover(path, "-turns") || has_leftover(path, "-wal") || has_leftover(path, "-journal");
}

/* Not all of the first page got to the disk. The journal, which only a file without tables has, makes it empty again. */
static bool is_half_made(const char *path) {
	uint8_t header[HEADER_SIZE];
	return has_leftover(path, "-journal") && (!read_header(path, header) || memcmp(header, "SQLite format 3", 16) != 0);
}

bool files_examine(const char *path, struct file_state *out_state, char **out_error) {
	struct stat found;
	*out_state = (struct file_state){ .is_new = true };
	if (stat(path, &found) == 0) {
		if (!S_ISREG(found.st_mode)) {
			*out_error = mem_printf("%s is not a file", path);
			return false;
		}
		if (faccessat(AT_FDCWD, path, R_OK | W_OK, AT_EACCESS) != 0) {
			*out_error = mem_printf("Cannot write %s: %s", path, strerror(errno));
			return false;
		}
		*out_state = (struct file_state){ .is_new = found.st_size == 0 || is_half_made(path), .size = found.st_size };
	} else if (errno != ENOENT) {
		*out_error = mem_printf("Cannot open %s: %s", path, strerror(errno));
		return false;
	}
	out_state->is_unclean = has_leftovers(path);
	return can_write_directory(path, out_error) && (out_state->is_new || examine_header(path, out_state, out_error));
}

/* Files */

bool files_create(const char *path, bool *out_is_created, char **out_error) {
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bool is_created = fd >= 0;
	if (!is_created && errno == EEXIST) {
		fd = open(path, O_WRONLY | O_CLOEXEC);
	}
	if (fd < 0) {
		*out_error = mem_printf("Cannot make %s: %s", path, strerror(errno));
		return false;
	}
	close(fd);
	if (out_is_created != NULL) {
		*out_is_created = is_created;
	}
	return true;
}

int files_read(const char *path, void *out, size_t capacity) {
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		return -1;
	}
	ssize_t size = read(fd, out, capacity);
	int error = errno;
	close(fd);
	errno = error;
	return (int)size;
}

void files_sync_directory(const char *path) {
	char *directory = files_directory_of(path);
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	free(directory);
}

static bool write_synced(const char *path, const void *bytes, size_t size) {
	unlink(path);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0) {
		return false;
	}
	ssize_t written = write(fd, bytes, size);
	if (written >= 0 && (size_t)written < size) {
		errno = ENOSPC;
	}
	bool is_written = written == (ssize_t)size && fsync(fd) == 0;
	int error = errno;
	close(fd);
	errno = error;
	return is_written;
}

bool files_write_new(const char *path, const void *bytes, size_t size, char **out_error) {
	char *second_name = mem_printf("%s.new", path);
	bool is_written = write_synced(second_name, bytes, size) && link(second_name, path) == 0;
	if (!is_written) {
		*out_error = mem_printf("Cannot write %s: %s", path, strerror(errno));
	}
	unlink(second_name);
	free(second_name);
	files_sync_directory(path);
	return is_written;
}
