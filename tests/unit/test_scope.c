/* SPDX-License-Identifier: MPL-2.0 */
/* Scopes: what ends when, and that closing is safe from anywhere. */
#include "net/loop.h"
#include "util/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct thing {
	struct scope_item item;
	char name;
	struct gw_scope *closes; /* closed by its end */
	struct thing *removes;   /* taken off its scope by its end */
};

static char ended[32];

static void handle_end(struct scope_item *item) {
	struct thing *thing = container_of(item, struct thing, item);
	assert_null(item->scope);
	strncat(ended, &thing->name, 1);
	if (thing->removes != NULL) {
		scope_remove(&thing->removes->item);
	}
	if (thing->closes != NULL) {
		scope_close(thing->closes);
	}
}

static int reset(void **state) {
	(void)state;
	ended[0] = '\0';
	return 0;
}

static void test_children_end_first_then_items_newest_first(void **state) {
	struct gw_scope root, child, grandchild, sibling;
	struct thing a = { .name = 'a' }, b = { .name = 'b' }, c = { .name = 'c' };
	struct thing d = { .name = 'd' }, e = { .name = 'e' };
	(void)state;
	scope_init_root(&root, NULL);
	scope_init(&child, &root);
	scope_init(&sibling, &root);
	scope_init(&grandchild, &child);
	scope_add(&root, &a.item, handle_end);
	scope_add(&root, &b.item, handle_end);
	scope_add(&child, &c.item, handle_end);
	scope_add(&grandchild, &d.item, handle_end);
	scope_add(&sibling, &e.item, handle_end);

	scope_close(&root);
	assert_string_equal(ended, "edcba");
	assert_false(scope_is_open(&root) || scope_is_open(&child) || scope_is_open(&grandchild));
	scope_close(&root);
	assert_string_equal(ended, "edcba");
}

static void test_closing_one_leaves_the_others(void **state) {
	struct gw_scope root, first, second, third;
	struct thing a = { .name = 'a' }, b = { .name = 'b' }, c = { .name = 'c' };
	(void)state;
	scope_init_root(&root, NULL);
	scope_init(&first, &root);
	scope_init(&second, &root);
	scope_init(&third, &root);
	scope_add(&first, &a.item, handle_end);
	scope_add(&second, &b.item, handle_end);
	scope_add(&third, &c.item, handle_end);

	scope_close(&second);
	assert_string_equal(ended, "b");
	assert_true(scope_is_open(&first) && scope_is_open(&third) && scope_is_open(&root));
	scope_close(&root);
	assert_string_equal(ended, "bca");
}

static void test_removed_items_do_not_end(void **state) {
	struct gw_scope root;
	struct thing a = { .name = 'a' }, b = { .name = 'b' }, c = { .name = 'c' };
	(void)state;
	scope_init_root(&root, NULL);
	scope_add(&root, &a.item, handle_end);
	scope_add(&root, &b.item, handle_end);
	scope_add(&root, &c.item, handle_end);
	scope_remove(&b.item);
	scope_remove(&b.item);
	scope_close(&root);
	assert_string_equal(ended, "ca");
}

static void test_an_end_may_close_and_remove_others(void **state) {
	struct gw_scope root, child, sibling;
	struct thing a = { .name = 'a' }, b = { .name = 'b' }, c = { .name = 'c' }, d = { .name = 'd' };
	(void)state;
	scope_init_root(&root, NULL);
	scope_init(&sibling, &root);
	scope_init(&child, &root);
	scope_add(&root, &a.item, handle_end);
	scope_add(&child, &b.item, handle_end);
	scope_add(&child, &c.item, handle_end);
	scope_add(&sibling, &d.item, handle_end);
	c.closes = &root;
	d.removes = &a;

	scope_close(&child);
	assert_string_equal(ended, "cdb");
	assert_false(scope_is_open(&root) || scope_is_open(&sibling));
}

static void never(void *data) {
	(void)data;
	fail();
}

static void test_nothing_starts_on_a_closed_scope(void **state) {
	struct gw_loop *loop = loop_new();
	struct gw_scope scope, child, zeroed = { 0 };
	(void)state;
	assert_false(scope_is_open(&zeroed));
	scope_close(&zeroed);

	scope_init(&scope, loop_scope(loop));
	assert_ptr_equal(gw_scope_loop(&scope), loop);
	scope_close(&scope);
	assert_null(gw_timer_start(&scope, 0, never, NULL));
	assert_null(gw_timer_start_repeating(&scope, 1, never, NULL));
	gw_defer(&scope, never, NULL);
	scope_init(&child, &scope);
	assert_false(scope_is_open(&child));
	assert_null(gw_timer_start(&child, 0, never, NULL));
	loop_settle(loop);
	assert_int_equal(loop_count_waiting(loop), 0);
	loop_free(loop);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_children_end_first_then_items_newest_first, reset),
		cmocka_unit_test_setup(test_closing_one_leaves_the_others, reset),
		cmocka_unit_test_setup(test_removed_items_do_not_end, reset),
		cmocka_unit_test_setup(test_an_end_may_close_and_remove_others, reset),
		cmocka_unit_test_setup(test_nothing_starts_on_a_closed_scope, reset),
	};
	return cmocka_run_group_tests_name("scope", tests, NULL, NULL);
}
