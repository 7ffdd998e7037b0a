/* SPDX-License-Identifier: MPL-2.0 */
/*
 * libsystemd is loaded only where a service manager listens: it brings half a dozen compression libraries with it, which
 * a daemon started otherwise does not need in its memory.
 */
#include "service.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void *find(const char *name) {
	static void *library;
	if (!library) {
		library = dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL);
	}
	return library ? dlsym(library, name) : NULL;
}

void service_notify(const char *state) {
	int (*notify)(int, const char *) = getenv("NOTIFY_SOCKET") ? (int (*)(int, const char *))find("sd_notify") : NULL;
	if (notify) {
		notify(0, state);
	}
}

/* "9:28341": device and inode of the stream. */
bool service_has_journal(void) {
	const char *stream = getenv("JOURNAL_STREAM");
	uintmax_t device, inode;
	struct stat found;
	return stream && sscanf(stream, "%ju:%ju", &device, &inode) == 2 && fstat(STDERR_FILENO, &found) == 0 &&
			device == (uintmax_t)found.st_dev && inode == (uintmax_t)found.st_ino;
}

int64_t service_watchdog_ms(void) {
	int (*enabled)(int, uint64_t *) = getenv("WATCHDOG_USEC") ?
			(int (*)(int, uint64_t *))find("sd_watchdog_enabled") : NULL;
	uint64_t interval_us = 0;
	return enabled && enabled(0, &interval_us) > 0 ? (int64_t)(interval_us / 1000) : 0;
}
