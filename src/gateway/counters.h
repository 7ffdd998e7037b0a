/* SPDX-License-Identifier: MPL-2.0 */
/* What became of messages since the process began, counted where it is decided: command/counters.c shows it. */
#ifndef GATEWAY_COUNTERS_H
#define GATEWAY_COUNTERS_H

#include <stdint.h>

struct gw_gateway;

struct counters {
	/* From users to the network. What was taken has arrived, was returned, left, or is under way; else it is lost. */
	uint64_t taken;      /* those that an earlier life had left included */
	uint64_t arrived;    /* the network has it */
	uint64_t returned;   /* went back to the user, as an error */
	uint64_t uncertain;  /* of these: it may have arrived */
	uint64_t left;       /* its user unregistered */
	uint64_t recovered;  /* of those taken: found in an archive */
	uint64_t repeated;   /* came once more, and was passed over */

	/* From the network and the gateway to users. */
	uint64_t accepted;    /* stanzas that have to reach the server */
	uint64_t sent_again;  /* because it was not sure that they had */
	uint64_t bounced;     /* sent back by servers, as errors */
	uint64_t played_back; /* by the network, and passed over */

	uint64_t lost; /* accepted or taken, and then damaged in the store */
};

/* Messages of users that wait for the network, or that it has not confirmed yet. */
uint64_t counters_under_way(const struct gw_gateway *gateway);

/* What was taken and of which nothing is known: a fault of ours, and what was damaged in the store. */
uint64_t counters_lost(const struct gw_gateway *gateway);

#endif
