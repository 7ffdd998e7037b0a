/* SPDX-License-Identifier: MPL-2.0 */
/* Lifetimes: a tree of scopes, each with the list of what ends when it closes. */
#include "net/scope.h"

#include <assert.h>
#include <string.h>

void scope_init_root(struct gw_scope *scope, struct gw_loop *loop) {
	*scope = (struct gw_scope){ .loop = loop, .is_open = true };
}

void scope_init(struct gw_scope *scope, struct gw_scope *parent) {
	*scope = (struct gw_scope){ .loop = parent->loop };
	if (!parent->is_open) {
		return;
	}

	scope->is_open = true;
	scope->parent = parent;
	scope->next_sibling = parent->first_child;
	if (parent->first_child != NULL) {
		parent->first_child->previous_sibling = scope;
	}
	parent->first_child = scope;
}

static void leave_parent(struct gw_scope *scope) {
	if (scope->parent == NULL) {
		return;
	}
	if (scope->previous_sibling != NULL) {
		scope->previous_sibling->next_sibling = scope->next_sibling;
	} else {
		scope->parent->first_child = scope->next_sibling;
	}
	if (scope->next_sibling != NULL) {
		scope->next_sibling->previous_sibling = scope->previous_sibling;
	}
	scope->parent = scope->previous_sibling = scope->next_sibling = NULL;
}

/*
 * The end functions may call out, and what they call may close this scope again, or its parent, or
 * any other: the scope is closed and out of the tree before the first of them runs, and both lists
 * are read afresh after each.
 */
void scope_close(struct gw_scope *scope) {
	if (!scope->is_open) {
		return;
	}
	scope->is_open = false;
	leave_parent(scope);

	while (scope->first_child != NULL) {
		scope_close(scope->first_child);
	}
	while (scope->items != NULL) {
		struct scope_item *item = scope->items;
		scope_remove(item);
		item->end(item);
	}
}

bool scope_is_open(const struct gw_scope *scope) {
	return scope->is_open;
}

void scope_add(struct gw_scope *scope, struct scope_item *item,
		void (*end)(struct scope_item *item)) {
	assert(scope->is_open);

	*item = (struct scope_item){ .scope = scope, .end = end, .next = scope->items };
	if (scope->items != NULL) {
		scope->items->previous = item;
	}
	scope->items = item;
}

void scope_remove(struct scope_item *item) {
	if (item->scope == NULL) {
		return;
	}
	if (item->previous != NULL) {
		item->previous->next = item->next;
	} else {
		item->scope->items = item->next;
	}
	if (item->next != NULL) {
		item->next->previous = item->previous;
	}
	item->scope = NULL;
	item->previous = item->next = NULL;
}

struct gw_loop *gw_scope_loop(struct gw_scope *scope) {
	return scope->loop;
}
