/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The event loop: the only file that knows libuv is loop.c (conn.c, resolve.c and http.c go through what stands here).
 *
 * A *turn* is: wait, call everything that became ready, then end the turn. At the end of a turn the hooks run, in the
 * order in which they were added (commit the stores, then write to the sockets), and then what was handed to
 * loop_free_later() is freed. A turn's end may be followed by another one at once if hooks deferred something.
 */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include "net/scope.h"

struct loop_hook {
	struct loop_hook *next;
	void (*run)(void *data);
	void *data;
};

struct gw_loop *loop_new(void);

/* Everything on the root scope must be closed before; loop_free() closes the root scope itself. */
void loop_free(struct gw_loop *loop);

/* The scope that lives as long as the loop. */
struct gw_scope *loop_scope(struct gw_loop *loop);

/* Runs until loop_stop(). */
void loop_run(struct gw_loop *loop);
void loop_stop(struct gw_loop *loop);

/* One turn: waits for at most max_wait_ms (-1: for ever) and handles what is ready. */
void loop_turn(struct gw_loop *loop, int64_t max_wait_ms);

/* Hooks are embedded in their owner. Lower ranks run first. */
enum loop_rank { LOOP_RANK_COMMIT, LOOP_RANK_FLUSH, LOOP_RANK_LAST };
void loop_add_hook(struct gw_loop *loop, enum loop_rank rank, struct loop_hook *hook);
void loop_remove_hook(struct gw_loop *loop, enum loop_rank rank, struct loop_hook *hook);

/* free() at the end of this turn; release(pointer) instead of free() if given. */
void loop_free_later(struct gw_loop *loop, void *pointer, void (*release)(void *pointer));

/* Runs the end of a turn now: for tests and for the last bytes of a shutdown. */
void loop_end_turn(struct gw_loop *loop);

/*
 * The clock that tests can move. After loop_hold_clock() neither clock runs by itself; loop_advance() moves both, firing
 * timers in their order, each at its time, with a turn end after each. The wall clock starts at time_ms.
 */
void loop_hold_clock(struct gw_loop *loop, int64_t time_ms);
void loop_advance(struct gw_loop *loop, int64_t by_ms);

/* Moves only the wall clock, as an admin or NTP would. */
void loop_jump_wall_clock(struct gw_loop *loop, int64_t by_ms);

/* Runs what was deferred or is ready, without moving a held clock, until nothing is left to do. */
void loop_settle(struct gw_loop *loop);

/* What is still waiting, for the leak check at the end of a scenario: timers, watches, connections, resolutions. */
size_t loop_count_waiting(const struct gw_loop *loop);

/* SIGTERM and the like: calls back from the loop. */
void loop_on_signal(struct gw_scope *scope, int signal_number, void (*callback)(void *data), void *data);

#endif
