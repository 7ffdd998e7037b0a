/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A lifetime: what was started on it ends with it. Scopes form a tree; closing one closes its children first, then ends
 * its items, newest first. An item's end function must remove the item (scope_remove) or finds it removed already.
 */
#ifndef NET_SCOPE_H
#define NET_SCOPE_H

#include <gangway/loop.h>

struct scope_item {
	struct scope_item *previous, *next;
	struct gw_scope *scope; /* NULL when on no scope */
	void (*end)(struct scope_item *item);
};

/* Embedded in the object whose lifetime it is. A zeroed scope is closed. */
struct gw_scope {
	struct gw_loop *loop;
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

void scope_add(struct gw_scope *scope, struct scope_item *item, void (*end)(struct scope_item *item));
void scope_remove(struct scope_item *item);

#endif
