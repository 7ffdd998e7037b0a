/* SPDX-License-Identifier: MPL-2.0 */
/* Queues of calls. */
#include "net/calls.h"

#include "util/mem.h"

#include <stdlib.h>

struct call {
	struct scope_item item;
	struct call *next;
	void (*callback)(void *data); /* NULL: its scope closed */
	void *data;
};

static void handle_scope_end(struct scope_item *item) {
	container_of(item, struct call, item)->callback = NULL;
}

void calls_add(struct calls *calls, struct gw_scope *scope,
		void (*callback)(void *data), void *data) {
	struct call *call = mem_new(sizeof(*call));
	call->callback = callback;
	call->data = data;
	if (scope != NULL) {
		scope_add(scope, &call->item, handle_scope_end);
	}

	if (calls->first == NULL) {
		calls->first = call;
	} else {
		calls->last->next = call;
	}
	calls->last = call;
}

static struct call *take(struct calls *calls) {
	struct call *call = calls->first;
	if (call != NULL) {
		calls->first = call->next;
		scope_remove(&call->item);
	}
	return call;
}

size_t calls_run(struct calls *calls) {
	size_t count = 0;
	for (struct call *call; (call = take(calls)) != NULL;) {
		void (*callback)(void *data) = call->callback;
		void *data = call->data;
		free(call);
		if (callback != NULL) {
			count++;
			callback(data);
		}
	}
	return count;
}

void calls_drop(struct calls *calls) {
	for (struct call *call; (call = take(calls)) != NULL;) {
		free(call);
	}
}
