/* SPDX-License-Identifier: MPL-2.0 */
/* The process's side of logging: level and destination. The lines are written with gw_log(). */
#ifndef UTIL_LOG_H
#define UTIL_LOG_H

#include <gangway/log.h>
#include <stdbool.h>

/* "error", "warning", "info", "debug" */
bool log_level_read(const char *text, enum gw_log_level *out_level);
const char *log_level_name(enum gw_log_level level);

void log_set_level(enum gw_log_level level);
enum gw_log_level log_level(void);

/* Lines go to stderr with a time stamp, or with a <n> priority prefix and no time when stderr is systemd's journal. */
void log_use_journal_prefixes(bool use);

/* Sends finished lines (without line break) to a function instead, for tests. NULL: back to stderr. */
void log_set_sink(void (*sink)(enum gw_log_level level, const char *line, void *data), void *data);

#endif
