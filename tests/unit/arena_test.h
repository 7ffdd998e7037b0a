/* SPDX-License-Identifier: MPL-2.0 */
/* cmocka tests whose state is an arena that lives as long as the test. Include <cmocka.h> first. */
#ifndef TESTS_ARENA_TEST_H
#define TESTS_ARENA_TEST_H

#include "util/arena.h"
#include "util/mem.h"

#include <stdlib.h>

static inline int arena_set_up(void **state) {
	*state = mem_new(sizeof(struct arena));
	return 0;
}

static inline int arena_tear_down(void **state) {
	arena_finish(*state);
	arena_release_cache();
	free(*state);
	return 0;
}

#define ARENA_TEST(name) cmocka_unit_test_setup_teardown(name, arena_set_up, arena_tear_down)

#endif
