/* SPDX-License-Identifier: MPL-2.0 */
/* store: a database that was put back is known, whichever way that was done; one that was only closed and opened is not. */
#include "store_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static bool is_copy_when_opened(struct store_case *at) {
	store_case_open(at);
	bool is_copy = store_is_copy(at->store);
	store_case_close(at);
	return is_copy;
}

static void shell(struct store_case *at, const char *command) {
	assert_int_equal(system(arena_printf(&at->arena, "cd %s/gw.lit && file=%s && %s", at->directory,
			strrchr(at->path, '/') + 1, command)), 0);
}

static void test_opened_again(void **state) {
	struct store_case *at = *state;
	assert_false(is_copy_when_opened(at));
	assert_false(is_copy_when_opened(at));
	shell(at, "cp -a . ../backup"); /* reading changes nothing */
	assert_false(is_copy_when_opened(at));
	shell(at, "rm -r ../backup");
}

static void put_back(struct store_case *at, const char *command) {
	assert_false(is_copy_when_opened(at));
	shell(at, "cp -a . ../backup");
	assert_false(is_copy_when_opened(at));
	shell(at, command);
	shell(at, "rm -rf ../backup");
	assert_true(is_copy_when_opened(at));
	assert_true(is_copy_when_opened(at)); /* whoever only looks, like `gangway users`, takes nothing away */
	store_case_open(at);
	store_copy_is_dealt_with(at->store);
	store_case_close(at);
	assert_false(is_copy_when_opened(at));
}

static void test_put_back_over_it(void **state) {
	put_back(*state, "cp -a ../backup/. .");
}

static void test_put_back_in_its_place(void **state) {
	put_back(*state, "rm * && cp -a ../backup/. .");
}

static void test_only_the_database_put_back(void **state) {
	put_back(*state, "rm * && cp -a ../backup/$file .");
}

static void test_moved_into_its_place(void **state) {
	put_back(*state, "mv $file ../old && cp -a ../backup/$file . && rm ../old");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_opened_again, store_case_set_up, store_case_tear_down),
		cmocka_unit_test_setup_teardown(test_put_back_over_it, store_case_set_up, store_case_tear_down),
		cmocka_unit_test_setup_teardown(test_put_back_in_its_place, store_case_set_up, store_case_tear_down),
		cmocka_unit_test_setup_teardown(test_only_the_database_put_back, store_case_set_up, store_case_tear_down),
		cmocka_unit_test_setup_teardown(test_moved_into_its_place, store_case_set_up, store_case_tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
