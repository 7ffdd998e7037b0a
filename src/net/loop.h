/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The event loop: the only file that knows libuv is loop.c (conn.c, resolve.c and http.c go through
 * what stands here).
 *
 * A *turn* is: wait, call everything that became ready, then end the turn. At the end of a turn the
 * hooks run, by rank (gather what is to be stored, commit the stores, write to the sockets),
 * and then what was handed to loop_free_later() is freed. A turn's end may be followed by another
 * one at once if hooks deferred something.
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

/*
 * Everything on the root scope must be closed before; loop_free() closes the root scope itself.
 * Connections that are still saying goodbye are cut: give them turns until loop_count_waiting() is
 * 0 if that matters.
 */
void loop_free(struct gw_loop *loop);

/* The scope that lives as long as the loop. */
struct gw_scope *loop_scope(struct gw_loop *loop);

/* Runs until loop_stop(). */
void loop_run(struct gw_loop *loop);
void loop_stop(struct gw_loop *loop);

/* One turn: waits for at most max_wait_ms (-1: for ever) and handles what is ready. */
void loop_turn(struct gw_loop *loop, int64_t max_wait_ms);

/* Hooks are embedded in their owner. Lower ranks run first. */
enum loop_rank {
	LOOP_RANK_COLLECT, /* what the turn has gathered goes to the stores */
	LOOP_RANK_COMMIT,
	LOOP_RANK_FLUSH,
	LOOP_RANK_LAST,
};
void loop_add_hook(struct gw_loop *loop, enum loop_rank rank, struct loop_hook *hook);
void loop_remove_hook(struct gw_loop *loop, enum loop_rank rank, struct loop_hook *hook);

/* free() at the end of this turn; release(pointer) instead of free() if given. */
void loop_free_later(struct gw_loop *loop, void *pointer, void (*release)(void *pointer));

/* For those who leave work to a hook: the next turn does not wait before it comes to its end. */
void loop_hurry(struct gw_loop *loop);

/*
 * Runs the end of a turn now, not from inside a callback: for tests and for the last bytes of a
 * shutdown.
 */
void loop_end_turn(struct gw_loop *loop);

/*
 * The clock that tests can move. After loop_hold_clock() neither clock runs by itself;
 * loop_advance() moves both, firing timers in their order, each at its time, with a turn end after
 * each. The wall clock starts at time_ms.
 */
void loop_hold_clock(struct gw_loop *loop, int64_t time_ms);
void loop_advance(struct gw_loop *loop, int64_t by_ms);

/* Moves only the wall clock, as an admin or NTP would. */
void loop_jump_wall_clock(struct gw_loop *loop, int64_t by_ms);

/* Runs what was deferred or is ready, without moving a held clock, until nothing is left to do. */
void loop_settle(struct gw_loop *loop);

/*
 * What is still waiting, for the leak check at the end of a scenario: timers, watches, connections,
 * resolutions.
 */
size_t loop_count_waiting(const struct gw_loop *loop);

/* SIGTERM and the like: calls back from the loop. */
void loop_on_signal(struct gw_scope *scope, int signal_number,
		void (*callback)(void *data), void *data);

/*
 * What the rest of net/ builds on.
 */

struct timers;
struct timers *loop_timers(struct gw_loop *loop);

/*
 * State that another file keeps once for each loop; made at its first use, freed after the root
 * scope closed.
 */
enum loop_part {
	LOOP_PART_HTTP,
	LOOP_PART_TLS,
	LOOP_PART_CONN,
	LOOP_PART_LOOKUP,
	LOOP_PARTS,
};
void *loop_part(const struct gw_loop *loop, enum loop_part part);
void loop_set_part(struct gw_loop *loop, enum loop_part part, void *state,
		void (*free_state)(void *state));

/*
 * Calls back before this turn ends, whatever scopes close: how one hears that an operation began on
 * a closed scope.
 */
void loop_cancel_later(struct gw_loop *loop, void (*cancelled)(void *data), void *data);

/* Changes what a watch waits for; 0: nothing for now. */
void loop_watch_for(struct gw_watch *watch, int events);

/*
 * getaddrinfo() on another thread. Calls back once with an error (a phrase) or a list of addresses,
 * both borrowed, unless stopped. NULL when the name cannot be one. Withdrawing stops it if it has not begun, and says whether
 * that is so; once begun it holds a thread until it is over, even when it was stopped.
 */
struct addrinfo;
struct loop_lookup;
typedef void lookup_found(const char *error, const struct addrinfo *addresses, void *data);
struct loop_lookup *loop_lookup_start(struct gw_loop *loop, const char *host,
		lookup_found *found, void *data);
void loop_lookup_stop(struct loop_lookup *lookup);
bool loop_lookup_withdraw(struct loop_lookup *lookup);

#endif
