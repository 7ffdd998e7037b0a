/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The log of turns, a file beside the database (PATH-turns): what turns wrote that is not committed in the database yet. A
 * turn is on the disk with one write() at its end; the database's own transaction stays open over many turns, so that what
 * comes and soon goes again never costs a page. After a crash the turns are repeated from here.
 *
 *   head     what the log belongs to, and the SQL of the statements that its turns name by number: so a later version of
 *            Gangway, with other statements, can still repeat them
 *   frame    a turn's number, its bytes and a hash; numbers follow each other. What is behind the last good frame was torn
 *            by the crash, or is left from before the log began anew
 */
#ifndef STORE_TURN_LOG_H
#define STORE_TURN_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct turn_log;

struct turn_log_owner {
	int64_t database;           /* a random number that the database knows, too */
	int schema;                 /* the version of its tables */
	const char *const *sql;     /* of the statements, by their numbers; not copied */
	size_t sql_count;
};

/* Where a log that was read ends. */
struct turn_log_place {
	uint64_t generation;
	size_t first, end; /* of its frames; end 0: there is none that one could go on with */
};

/*
 * Makes no file: the first turn does, and goes on behind that place, if there is one. The path is the database's. A log is
 * only gone on with by the same statements and tables.
 */
struct turn_log *turn_log_new(const char *path, const struct turn_log_owner *owner, const struct turn_log_place *place,
		bool is_durable);

/* Closes the file, and removes it when nothing in it is needed any more. */
void turn_log_free(struct turn_log *log, bool is_needed);

/*
 * A turn, numbered one higher than the one before, is on the disk; survives a loss of power too if the log is durable.
 * False: it is not, and can be tried again; turn_log_reason() says why.
 */
bool turn_log_append(struct turn_log *log, int64_t turn, const void *bytes, size_t size);
const char *turn_log_reason(const struct turn_log *log);

/* Everything in it is in the database now: the next turn overwrites it. */
void turn_log_begin_anew(struct turn_log *log);

/* How much there is to repeat, in bytes. */
size_t turn_log_size(const struct turn_log *log);

/* What a file says, read without changing anything. */
struct turn_log_frames {
	int64_t database; /* 0: there is no log, or its head is damaged */
	bool is_newer;    /* of a format that only a later version knows */
	bool is_headless; /* it has no good head, and was not torn before there was one */
	int schema;
	uint64_t generation;
	const char **sql;
	size_t sql_count;

	char *bytes;
	size_t size, at, first;
};
bool turn_log_read(const char *path, struct turn_log_frames *out); /* false: it is there and cannot be read; errno */
void turn_log_close(struct turn_log_frames *frames);

/* Behind the frames that were looked at so far, for somebody with these statements and tables. */
struct turn_log_place turn_log_place(const struct turn_log_frames *frames, const struct turn_log_owner *owner);

/*
 * Is there a whole frame of a later turn behind the frames that were looked at? Then what follows these was not torn, but is
 * damaged.
 */
bool turn_log_has_more(const struct turn_log_frames *frames, int64_t turn);

/* The next frame that is whole and follows the one before, or begins; false at the end. The bytes are the frames'. */
bool turn_log_next(struct turn_log_frames *frames, int64_t *in_out_turn, const char **out_bytes, size_t *out_size);

#endif
