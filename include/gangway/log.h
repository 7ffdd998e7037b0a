/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Log lines that say whom they concern. Every object of the core carries a log with its prefix ("irc.example.org
 * romeo@example.org: ..."); a line written on it names the object by itself. Never log passwords, tokens or the bodies
 * of messages.
 */
#ifndef GANGWAY_LOG_H
#define GANGWAY_LOG_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

enum gw_log_level {
	GW_LOG_ERROR,   /* something an admin has to act on */
	GW_LOG_WARNING, /* something went wrong and is being dealt with */
	GW_LOG_INFO,    /* a few lines for each start, login and failure */
	GW_LOG_DEBUG,   /* what repeats itself, and what was passed over; stanzas and callbacks are not logged */
};

/* The place in the program a line is about. Borrowed from its object, lives as long as it. */
struct gw_log {
	const struct gw_log *parent; /* NULL: the process */
	const char *name;            /* borrowed; "romeo@example.org" */
};

/* Writes one line if the level is enabled. The format is printf's. Line breaks in the text are made visible. */
void gw_log(const struct gw_log *log, enum gw_log_level level, const char *format, ...)
		__attribute__((format(printf, 3, 4)));

/* For code that would have to compute what it logs. */
bool gw_log_is_enabled(enum gw_log_level level);

#define gw_log_error(log, ...) gw_log((log), GW_LOG_ERROR, __VA_ARGS__)
#define gw_log_warning(log, ...) gw_log((log), GW_LOG_WARNING, __VA_ARGS__)
#define gw_log_info(log, ...) gw_log((log), GW_LOG_INFO, __VA_ARGS__)
#define gw_log_debug(log, ...) gw_log((log), GW_LOG_DEBUG, __VA_ARGS__)

#ifdef __cplusplus
}
#endif

#endif
