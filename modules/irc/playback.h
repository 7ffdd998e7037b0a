/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Bouncers play back what was said, perhaps again with each connection, and have no ids: but each line comes with the time
 * at which they heard it, to the millisecond. Lines that are the same, of the same time, are told apart by counting them.
 */
#ifndef IRC_PLAYBACK_H
#define IRC_PLAYBACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	IRC_PLAYBACK_AT_ONCE = 64, /* lines of one time that are counted */
	IRC_PLAYBACK_ID_MAX = 96,
};

/* What was heard of one time. A zeroed one has heard nothing. */
struct irc_playback {
	char time[40];
	uint64_t heard[IRC_PLAYBACK_AT_ONCE];
	size_t count;
};

/* The id of a line, the same whenever it is played. False: it has none that would be sure. */
bool irc_playback_id(struct irc_playback *playback, const char *time, const char *nick, const char *text,
		char out[IRC_PLAYBACK_ID_MAX]);

#endif
