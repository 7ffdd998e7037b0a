/* SPDX-License-Identifier: MPL-2.0 */
/* What the tests of the store share: a loop, a directory that is cleaned up, and a store in it. */
#ifndef STORE_CASE_H
#define STORE_CASE_H

#include "net/loop.h"
#include "store/store.h"
#include "util/arena.h"
#include "util/digest.h"

#include <stddef.h>
#include <stdint.h>

struct store_case {
	struct gw_loop *loop;
	char directory[64];
	char path[96]; /* of the database; in a directory of its own that does not exist at first */
	uint8_t key[DIGEST_KEY_SIZE];
	struct store_options options;
	struct store *store;
	struct arena arena;

	/* What on_trouble said. */
	unsigned trouble_count, recovery_count;
	char trouble[512];
};

/* cmocka setup and teardown of one test: *state is a struct store_case, nothing opened yet. */
int store_case_set_up(void **state);
int store_case_tear_down(void **state);

/* Opens, and fails the test if that does not work; closes, with the end of the turn. */
void store_case_open(struct store_case *at);
void store_case_close(struct store_case *at);

/* Tries to open, expecting that it is refused; the sentence is in the arena. */
const char *store_case_refused(struct store_case *at);

/* Runs SQL on the database from outside; the first column of the first row is returned (arena), or NULL. */
const char *store_case_sql(struct store_case *at, const char *sql);

/* The bytes and the time of a file as one text, to see whether anything changed; "" when it is not there. */
const char *store_case_print_of(struct store_case *at, const char *path);

int64_t store_case_add_user(struct store_case *at, const char *jid);
int64_t store_case_add_chat(struct store_case *at, int64_t user_id, const char *remote_id);

#endif
