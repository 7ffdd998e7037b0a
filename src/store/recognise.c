/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Is the database still the file that was open last, as it was left then? A backup that was put back is another file, or the
 * same one written over: the first shows by its number and the time of its birth, which stand in the database; the second by
 * the time of the file's last change, which is noted beside it when it is closed. Who only looks at the store does not take
 * that knowledge away: it stays until store_copy_is_dealt_with().
 */
#include "store/database.h"
#include "store/files.h"

#include "util/digest.h"
#include "util/mem.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_ID "file_id"
#define IS_COPY "is_copy"

/* Beside the database, from an orderly end to the next start. */
#define SEAL "-closed"

struct seal {
	uint64_t inode;
	int64_t changed_s, changed_ns;
};

static bool look(const char *path, struct statx *out) {
	return path != NULL && statx(AT_FDCWD, path, 0, STATX_INO | STATX_CTIME | STATX_BTIME, out) == 0;
}

/* Where a file system knows no time of birth that is 0. */
static int64_t id_of(const struct statx *file) {
	const int64_t parts[] = { (int64_t)file->stx_ino, file->stx_btime.tv_sec, file->stx_btime.tv_nsec };
	return (int64_t)(digest_number(parts, sizeof(parts), 0) | 1);
}

static char *seal_path(const char *path) {
	return mem_printf("%s%s", path, SEAL);
}

static struct seal seal_of(const struct statx *file) {
	struct seal seal;
	memset(&seal, 0, sizeof(seal));
	seal.inode = file->stx_ino;
	seal.changed_s = file->stx_ctime.tv_sec;
	seal.changed_ns = file->stx_ctime.tv_nsec;
	return seal;
}

static bool is_seal_broken(const char *path, const struct seal *now) {
	char *name = seal_path(path);
	struct seal then;
	bool is_broken = files_read(name, &then, sizeof(then)) == (int)sizeof(then) && memcmp(&then, now, sizeof(then)) != 0;
	free(name);
	return is_broken;
}

/* Before anything is written. */
void recognise_before(struct store *store) {
	struct statx file;
	if (look(store->path, &file)) {
		const struct seal seal = seal_of(&file);
		store->is_copy = is_seal_broken(store->path, &seal);
	}
}

void recognise(struct store *store) {
	struct statx file;
	if (!look(store->path, &file)) {
		return;
	}
	char *seal = seal_path(store->path);
	unlink(seal);
	free(seal);
	int64_t id = id_of(&file), known_id = store_number(store, FILE_ID);
	bool was_copy = store_number(store, IS_COPY) != 0;
	store->is_copy = store->is_copy || was_copy || (known_id && known_id != id);
	if (known_id != id) {
		store_number_set(store, FILE_ID, id);
	}
	if (store->is_copy && !was_copy) {
		store_number_set(store, IS_COPY, 1);
	}
}

/* Nothing depends on it that would not work without. A copy that the database does not know of gets a seal that is broken. */
void recognise_after(const char *path, bool is_copy) {
	struct statx file;
	if (!look(path, &file)) {
		return;
	}
	const struct seal seal = is_copy ? (struct seal){ 0 } : seal_of(&file);
	char *name = seal_path(path);
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd >= 0) {
		bool is_written = write(fd, &seal, sizeof(seal)) == (ssize_t)sizeof(seal);
		close(fd);
		if (!is_written) {
			unlink(name);
		}
	}
	free(name);
}

bool store_is_copy(const struct store *store) {
	return store->is_copy;
}

void store_copy_is_dealt_with(struct store *store) {
	if (store->is_copy) {
		store->is_copy = false;
		store_number_set(store, IS_COPY, 0);
	}
}
