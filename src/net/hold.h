/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Backpressure from above: all connections of a scope and of the scopes below it, those to come too, are not read, so that
 * their peers wait; or what is written to them does not leave yet.
 */
#ifndef NET_HOLD_H
#define NET_HOLD_H

#include "net/scope.h"

enum { HOLD_NOTHING = 0, HOLD_READING = 1, HOLD_WRITING = 2 };

/* From now on, instead of what was held there before. */
void hold_connections(struct gw_scope *scope, unsigned what);

#endif
