/* SPDX-License-Identifier: MPL-2.0 */
/*
 * One look-up of a host at a time, whose answer is for all who have asked meanwhile. What the system's resolver has begun
 * cannot be called off, and it holds a thread, for half a minute when a name server is silent: a thousand users of one
 * network take one thread, and so does whoever asks again and again.
 */
#ifndef NET_LOOKUP_H
#define NET_LOOKUP_H

#include "net/loop.h"

struct lookup_asker;

/* As loop_lookup_start() and loop_lookup_stop(). */
struct lookup_asker *lookup_start(struct gw_loop *loop, const char *host, lookup_found *found, void *data);
void lookup_stop(struct lookup_asker *asker);

#endif
