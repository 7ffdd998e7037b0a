/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Written through SQLite's own hands, its VFS: with the same patience, the same errors and the same file mode as the
 * database. Numbers are those of this kind of machine: a log never outlives an orderly stop.
 */
#include "store/turn_log.h"

#include "store/files.h"
#include "util/digest.h"
#include "util/mem.h"
#include "util/strbuf.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	WRITE_BYTES = 64 * 1024,        /* SQLite takes twice that at once, and not more */
	KEPT_BYTES = 16 * 1024 * 1024,  /* a file that one large turn made larger is cut back */
	TURNS_MAX = 1000000,            /* of one log, by far */
};

static const char MAGIC[8] = "gw-turns";

struct head {
	char magic[sizeof(MAGIC)];
	uint32_t format, schema;
	int64_t database;
	uint64_t generation; /* random; of each head another one, so that no frame of before fits behind it */
	uint32_t sql_count, sql_size; /* texts with their NULs, behind the head */
	uint64_t hash;                /* of all that, taken as 0 */
};
enum { FORMAT = 1 };

struct frame {
	int64_t turn;
	uint64_t size;
	uint64_t hash; /* of the bytes, then of what stands before */
};

struct turn_log {
	char *path;
	struct turn_log_owner owner;
	bool is_durable;
	sqlite3_file *file; /* NULL: not opened yet */
	const char *name;   /* as SQLite wants it */
	uint64_t generation;
	size_t first;       /* where the first frame stands */
	size_t end;         /* of the frames that count */
	size_t largest;     /* that the file has been */
	struct strbuf frame;
	int error, system_error;
};

static char *path_beside(const char *path) {
	return mem_printf("%s-turns", path);
}

static uint64_t hash_of(const struct frame *frame, const void *bytes, uint64_t generation) {
	uint64_t of_bytes = digest_number(bytes, (size_t)frame->size, generation);
	return digest_number(frame, offsetof(struct frame, hash), of_bytes);
}

struct turn_log *turn_log_new(const char *path, const struct turn_log_owner *owner, const struct turn_log_place *place,
		bool is_durable) {
	struct turn_log *log = mem_new(sizeof(*log));
	log->path = path_beside(path);
	log->owner = *owner;
	log->is_durable = is_durable;
	log->generation = place->generation;
	log->first = place->first;
	log->end = place->end;
	strbuf_init(&log->frame, STRBUF_UNLIMITED);
	return log;
}

static void close_file(struct turn_log *log) {
	if (log->file) {
		log->file->pMethods->xClose(log->file);
		free(log->file);
		sqlite3_free_filename((char *)log->name);
		log->file = NULL;
	}
}

void turn_log_free(struct turn_log *log, bool is_needed) {
	if (!log) {
		return;
	}
	close_file(log);
	if (!is_needed) {
		unlink(log->path);
	}
	strbuf_finish(&log->frame);
	free(log->path);
	free(log);
}

/* --- Writing --- */

static bool note(struct turn_log *log, int error) {
	log->error = error;
	log->system_error = errno;
	return error == SQLITE_OK;
}

static bool write_at(struct turn_log *log, const char *bytes, size_t size, size_t at) {
	bool is_written = true;
	errno = 0;
	for (size_t done = 0; is_written && done < size;) {
		size_t part = size - done < WRITE_BYTES ? size - done : WRITE_BYTES;
		is_written = note(log, log->file->pMethods->xWrite(log->file, bytes + done, (int)part, (sqlite3_int64)(at + done)));
		done += part;
	}
	return is_written;
}

static bool sync_file(struct turn_log *log) {
	errno = 0;
	return note(log, log->file->pMethods->xSync(log->file, SQLITE_SYNC_DATAONLY));
}

static void write_head(struct strbuf *out, const struct turn_log_owner *owner, uint64_t generation) {
	struct head head = {
		.format = FORMAT,
		.schema = (uint32_t)owner->schema,
		.database = owner->database,
		.generation = generation,
	};
	memcpy(head.magic, MAGIC, sizeof(MAGIC));
	strbuf_add(out, &head, sizeof(head));
	for (size_t i = 0; i < owner->sql_count; i++) {
		strbuf_add(out, owner->sql[i], strlen(owner->sql[i]) + 1);
	}
	head.sql_count = (uint32_t)owner->sql_count;
	head.sql_size = (uint32_t)(out->size - sizeof(head));
	memcpy(out->bytes, &head, sizeof(head));
	head.hash = digest_number(out->bytes, out->size, 0);
	memcpy(out->bytes, &head, sizeof(head));
}

/* A file that is there holds nothing any more that is needed: its turns are in the database. */
static bool begin_file(struct turn_log *log) {
	struct strbuf head;
	strbuf_init(&head, STRBUF_UNLIMITED);
	digest_random(&log->generation, sizeof(log->generation));
	write_head(&head, &log->owner, log->generation);
	bool is_written = write_at(log, head.bytes, head.size, 0);
	if (is_written) {
		log->first = log->end = head.size;
	}
	strbuf_finish(&head);
	return is_written;
}

/* What stands behind, torn or damaged, must never be taken for what follows the next frame. */
static bool resume_file(struct turn_log *log) {
	errno = 0;
	return note(log, log->file->pMethods->xTruncate(log->file, (sqlite3_int64)log->end));
}

static bool open_file(struct turn_log *log) {
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
	char *full_path = mem_new((size_t)vfs->mxPathname + 1);
	sqlite3_file *file = mem_new((size_t)vfs->szOsFile);
	errno = 0;
	int error = vfs->xFullPathname(vfs, log->path, vfs->mxPathname, full_path);
	log->name = sqlite3_create_filename(full_path, "", "", 0, NULL);
	if (error == SQLITE_OK) {
		error = vfs->xOpen(vfs, log->name, file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_WAL, NULL);
	}
	free(full_path);
	if (!note(log, error)) {
		free(file);
		sqlite3_free_filename((char *)log->name);
		return false;
	}
	log->file = file;
	bool is_ready = log->end > 0 ? resume_file(log) : begin_file(log);
	if (!is_ready) {
		close_file(log);
	}
	return is_ready;
}

bool turn_log_append(struct turn_log *log, int64_t turn, const void *bytes, size_t size) {
	if (!log->file && !open_file(log)) {
		return false;
	}
	struct frame frame = { .turn = turn, .size = size };
	frame.hash = hash_of(&frame, bytes, log->generation);
	strbuf_recycle(&log->frame);
	strbuf_add(&log->frame, &frame, sizeof(frame));
	strbuf_add(&log->frame, bytes, size);
	if (!write_at(log, log->frame.bytes, log->frame.size, log->end) || (log->is_durable && !sync_file(log))) {
		return false;
	}
	log->end += log->frame.size;
	log->largest = log->end > log->largest ? log->end : log->largest;
	return true;
}

const char *turn_log_reason(const struct turn_log *log) {
	bool is_of_system = (log->error & 0xff) == SQLITE_IOERR || (log->error & 0xff) == SQLITE_CANTOPEN;
	return is_of_system && log->system_error != 0 ? strerror(log->system_error) : sqlite3_errstr(log->error);
}

void turn_log_begin_anew(struct turn_log *log) {
	log->end = log->first;
	if (log->file && log->largest > KEPT_BYTES) {
		log->file->pMethods->xTruncate(log->file, (sqlite3_int64)log->first);
		log->largest = log->first;
	}
}

size_t turn_log_size(const struct turn_log *log) {
	return log ? log->end - log->first : 0;
}

/* --- Reading --- */

/* All of a file, NULL with errno: it cannot be read. */
static char *read_file(const char *path, size_t *out_size) {
	struct stat found;
	*out_size = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		return errno == ENOENT ? mem_new(1) : NULL;
	}
	char *bytes = fstat(fd, &found) == 0 ? mem_new((size_t)found.st_size + 1) : NULL;
	ssize_t got = 0;
	while (bytes && *out_size < (size_t)found.st_size &&
			(got = read(fd, bytes + *out_size, (size_t)found.st_size - *out_size)) > 0) {
		*out_size += (size_t)got;
	}
	int error = errno;
	close(fd);
	if (got < 0) {
		free(bytes);
		errno = error;
		return NULL;
	}
	return bytes;
}

static bool has_good_head(struct turn_log_frames *frames, struct head *out) {
	if (frames->size < sizeof(*out)) {
		return false;
	}
	memcpy(out, frames->bytes, sizeof(*out));
	size_t end = sizeof(*out) + (size_t)out->sql_size;
	bool is_log = memcmp(out->magic, MAGIC, sizeof(MAGIC)) == 0;
	frames->is_newer = is_log && out->format > FORMAT;
	if (!is_log || out->format != FORMAT || end > frames->size) {
		return false;
	}
	uint64_t hash = out->hash;
	memset(frames->bytes + offsetof(struct head, hash), 0, sizeof(hash));
	return digest_number(frames->bytes, end, 0) == hash;
}

static void read_sql(struct turn_log_frames *frames, size_t count) {
	const char *at = frames->bytes + sizeof(struct head), *end = frames->bytes + frames->first;
	frames->sql = mem_new((count + 1) * sizeof(*frames->sql));
	while (frames->sql_count < count && at < end && memchr(at, '\0', (size_t)(end - at))) {
		frames->sql[frames->sql_count++] = at;
		at += strlen(at) + 1;
	}
}

bool turn_log_read(const char *path, struct turn_log_frames *out) {
	struct head head;
	char *full_path = path_beside(path);
	*out = (struct turn_log_frames){ 0 };
	out->bytes = read_file(full_path, &out->size);
	free(full_path);
	if (!out->bytes) {
		return false;
	}
	if (has_good_head(out, &head)) {
		out->database = head.database;
		out->generation = head.generation;
		out->schema = (int)head.schema;
		out->first = out->at = sizeof(head) + (size_t)head.sql_size;
		read_sql(out, head.sql_count);
	} else {
		bool is_torn = out->size < sizeof(head) || (memcmp(head.magic, MAGIC, sizeof(MAGIC)) == 0 &&
				out->size < sizeof(head) + (size_t)head.sql_size);
		out->is_headless = !is_torn && !out->is_newer;
	}
	return true;
}

void turn_log_close(struct turn_log_frames *frames) {
	free(frames->bytes);
	free(frames->sql);
	*frames = (struct turn_log_frames){ 0 };
}

static bool has_sql_of(const struct turn_log_frames *frames, const struct turn_log_owner *owner) {
	bool is_same = frames->sql_count == owner->sql_count;
	for (size_t i = 0; is_same && i < owner->sql_count; i++) {
		is_same = strcmp(frames->sql[i], owner->sql[i]) == 0;
	}
	return is_same;
}

struct turn_log_place turn_log_place(const struct turn_log_frames *frames, const struct turn_log_owner *owner) {
	if (frames->database == owner->database && frames->schema == owner->schema && has_sql_of(frames, owner)) {
		return (struct turn_log_place){ .generation = frames->generation, .first = frames->first, .end = frames->at };
	}
	return (struct turn_log_place){ 0 };
}

bool turn_log_has_more(const struct turn_log_frames *frames, int64_t turn) {
	struct frame frame;
	for (size_t at = frames->at; at + sizeof(frame) <= frames->size; at++) {
		memcpy(&frame, frames->bytes + at, sizeof(frame));
		bool is_possible = frame.turn > turn && frame.turn - turn < TURNS_MAX &&
				frame.size <= frames->size - at - sizeof(frame);
		if (is_possible && frame.hash == hash_of(&frame, frames->bytes + at + sizeof(frame), frames->generation)) {
			return true;
		}
	}
	return false;
}

bool turn_log_next(struct turn_log_frames *frames, int64_t *in_out_turn, const char **out_bytes, size_t *out_size) {
	struct frame frame;
	if (!frames->database || frames->size - frames->at < sizeof(frame)) {
		return false;
	}
	memcpy(&frame, frames->bytes + frames->at, sizeof(frame));
	const char *bytes = frames->bytes + frames->at + sizeof(frame);
	bool is_first = frames->at == frames->first;
	if (frame.size > frames->size - frames->at - sizeof(frame) || (!is_first && frame.turn != *in_out_turn + 1) ||
			frame.hash != hash_of(&frame, bytes, frames->generation)) {
		return false;
	}
	*in_out_turn = frame.turn;
	*out_bytes = bytes;
	*out_size = (size_t)frame.size;
	frames->at += sizeof(frame) + (size_t)frame.size;
	return true;
}
