/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Time and waiting. One thread runs one loop; everything in this library is called from that
 * thread, except gw_post().
 *
 * Whatever waits is started on a *scope*: the lifetime of the object it serves (a session, a
 * request, the gateway). Closing a scope ends all that was started on it: timers and watches fall
 * silent, operations with an answer call back once more with a cancellation, before the call that
 * closes the scope returns. What is started on a scope that is closed already ends in the same way,
 * but not from inside that call: timers and watches are NULL then, operations call back with a
 * cancellation.
 */
#ifndef GANGWAY_LOOP_H
#define GANGWAY_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct gw_loop;
struct gw_scope;
struct gw_timer;
struct gw_watch;

/* The loop that a scope lives on. */
struct gw_loop *gw_scope_loop(struct gw_scope *scope);

/* A clock that never jumps, in milliseconds from an arbitrary start: for intervals. */
int64_t gw_now_ms(struct gw_loop *loop);

/* The wall clock, milliseconds since the Unix epoch (UTC): for time stamps. May jump. */
int64_t gw_time_ms(struct gw_loop *loop);

/*
 * Calls back once, after at least delay_ms. The handle is valid until the callback begins or the
 * timer is stopped; forget it then. Closing the scope stops the timer.
 */
struct gw_timer *gw_timer_start(struct gw_scope *scope, int64_t delay_ms,
		void (*callback)(void *data), void *data);

/* Calls back every interval_ms (at least 1) until stopped. */
struct gw_timer *gw_timer_start_repeating(struct gw_scope *scope, int64_t interval_ms,
		void (*callback)(void *data), void *data);

/* No callback after this. NULL is fine. */
void gw_timer_stop(struct gw_timer *timer);

/*
 * Calls back soon, from the loop, never from inside this call. For "do this when my caller has
 * finished".
 */
void gw_defer(struct gw_scope *scope, void (*callback)(void *data), void *data);

enum { GW_READABLE = 1, GW_WRITABLE = 2 };

/*
 * Calls back whenever the file descriptor is ready for one of the events, with those that hold
 * (also on hang-up and error, as both). For libraries that own their sockets. The descriptor
 * becomes non-blocking, stays the caller's and must stay open until the watch is stopped. One watch
 * a descriptor; NULL when it cannot be watched (a plain file).
 */
struct gw_watch *gw_watch_start(struct gw_scope *scope, int fd, int events,
		void (*callback)(int events, void *data), void *data);

/* No callback after this. NULL is fine. */
void gw_watch_stop(struct gw_watch *watch);

/*
 * Thread-safe, the only function that is: has the loop's thread call back soon. Posted calls run in
 * order. What is posted to a loop that ends is dropped; the loop must outlive the threads that post
 * to it.
 */
void gw_post(struct gw_loop *loop, void (*callback)(void *data), void *data);

#ifdef __cplusplus
}
#endif

#endif
