/* SPDX-License-Identifier: MPL-2.0 */
/* What the loop needs of its timers; everybody else uses gw_timer_start() and its sisters. */
#ifndef NET_TIMER_H
#define NET_TIMER_H

#include "net/scope.h"

/*
 * A binary heap, the next one due at the top; of those due at the same time the one started first.
 */
struct timers {
	struct gw_timer **heap;
	size_t count, capacity;
	uint64_t started; /* how many ever were */
};

/* Frees the heap, which must be empty. */
void timers_finish(struct timers *timers);

/* When the next one is due; INT64_MAX when there is none. */
int64_t timers_next_ms(const struct timers *timers);

/*
 * Calls back the next timer if it is due at now_ms and was started before there were `started` of
 * them (so that timers which start each other cannot keep a turn from ending). False when there is
 * no such timer.
 */
bool timers_fire_one(struct timers *timers, int64_t now_ms, uint64_t started);

#endif
