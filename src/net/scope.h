/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A lifetime: what was started on it ends with it. Scopes form a tree; closing one closes its
 * children first, then ends its items, newest first. An item's end function finds the item removed
 * already.
 *
 * Nothing runs on a closed scope: a timer, watch or deferred call started there is never heard of
 * (its handle is NULL), an operation with an answer is cancelled before the turn ends, and a child
 * of it is closed from birth.
 */
#ifndef NET_SCOPE_H
#define NET_SCOPE_H

#include <gangway/loop.h>
#include <stdint.h>

struct scope_item {
	struct scope_item *previous, *next;
	struct gw_scope *scope; /* NULL when on no scope */
	void (*end)(struct scope_item *item);
};

/*
 * Embedded in the object whose lifetime it is. A zeroed scope is closed. The memory has to stay
 * until the end of the turn in which the scope closed (loop_free_later).
 */
struct gw_scope {
	struct gw_loop *loop; /* stays after closing */
	bool is_open;
	uint8_t held; /* what connections of it and below it may not do now: net/hold.h */
	struct gw_scope *parent;
	struct gw_scope *first_child, *previous_sibling, *next_sibling;
	struct scope_item *items; /* newest first */
};

/* The root of a tree has no parent and names its loop. */
void scope_init_root(struct gw_scope *scope, struct gw_loop *loop);
void scope_init(struct gw_scope *scope, struct gw_scope *parent);

/* Ends everything on it and takes it out of the tree. Closing a closed scope does nothing. */
void scope_close(struct gw_scope *scope);
bool scope_is_open(const struct gw_scope *scope);

/* The scope has to be open. */
void scope_add(struct gw_scope *scope, struct scope_item *item,
		void (*end)(struct scope_item *item));
void scope_remove(struct scope_item *item);

#endif
