/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Lines that wait for their turn. Servers disconnect those who talk too fast, so lines leave as from a bucket of tokens:
 * `burst` at once, then one each interval. Urgent lines do not wait, but are paid for by those behind them.
 */
#ifndef IRC_QUEUE_H
#define IRC_QUEUE_H

#include <stddef.h>
#include <stdint.h>

/* One line with its CR LF. */
struct irc_queued {
	struct irc_queued *next, *prev;
	unsigned batch; /* the sender's number for the lines that belong together; 0: none */
	size_t size;
	char bytes[];
};

struct irc_queue {
	struct irc_queued *first;
	size_t count;
	int64_t interval_ms, credit_max_ms;
	int64_t credit_ms, counted_at_ms; /* a line costs interval_ms of credit, and credit grows with time */
};

void irc_queue_init(struct irc_queue *queue, unsigned burst, int64_t interval_ms, int64_t now_ms);
void irc_queue_finish(struct irc_queue *queue);

/* Copies the line to the end. */
void irc_queue_add(struct irc_queue *queue, unsigned batch, const char *bytes, size_t size);

/* The line whose turn it is, paid for; free() it. NULL: none may leave now. */
struct irc_queued *irc_queue_take(struct irc_queue *queue, int64_t now_ms);

/* How long until irc_queue_take() gives something; -1: nothing waits. */
int64_t irc_queue_wait_ms(struct irc_queue *queue, int64_t now_ms);

/* A line was written past the queue. */
void irc_queue_spend(struct irc_queue *queue, int64_t now_ms);

/* Forgets the lines of a batch that have not left yet. */
void irc_queue_drop(struct irc_queue *queue, unsigned batch);

#endif
