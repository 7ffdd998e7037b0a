/* SPDX-License-Identifier: MPL-2.0 */
/* Ids for lines that are played back. */
#include "playback.h"

#include <stdio.h>
#include <string.h>

/* FNV-1a */
static uint64_t add_to_hash(uint64_t hash, const char *text) {
	do {
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
	} while (*text++ != '\0');
	return hash;
}

bool irc_playback_id(struct irc_playback *playback, const char *time, const char *nick, const char *text,
		char out[IRC_PLAYBACK_ID_MAX]) {
	if (*time == '\0' || strlen(time) >= sizeof(playback->time)) {
		return false;
	}
	if (strcmp(time, playback->time) != 0) {
		memcpy(playback->time, time, strlen(time) + 1);
		playback->count = 0;
	}
	if (playback->count == IRC_PLAYBACK_AT_ONCE) {
		return false;
	}
	uint64_t hash = add_to_hash(add_to_hash(0xcbf29ce484222325u, nick), text);
	size_t before = 0;
	for (size_t i = 0; i < playback->count; i++) {
		before += playback->heard[i] == hash;
	}
	playback->heard[playback->count++] = hash;
	snprintf(out, IRC_PLAYBACK_ID_MAX, "%s-%016llx-%zu", time, (unsigned long long)hash, before);
	return true;
}
