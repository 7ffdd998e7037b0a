/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Calls that wait for their moment in the loop: deferred, posted, cancelled. In order of arrival.
 */
#ifndef NET_CALLS_H
#define NET_CALLS_H

#include "net/scope.h"

struct call;

/* A zeroed one is empty. It may be moved by assignment. */
struct calls {
	struct call *first, *last;
};

/* The scope may be NULL; when it closes before the call's turn, the call is not made. */
void calls_add(struct calls *calls, struct gw_scope *scope,
		void (*callback)(void *data), void *data);

/* Makes them all, also those that are added meanwhile. Returns how many were made. */
size_t calls_run(struct calls *calls);

/* Forgets them. */
void calls_drop(struct calls *calls);

#endif
