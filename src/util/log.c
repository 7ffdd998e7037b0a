/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Log lines: time or priority, level, the chain of names from the outermost, and the text on one
 * line.
 */
#include "util/log.h"

#include "util/mem.h"
#include "util/strbuf.h"
#include "util/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* Whatever is logged comes from outside sooner or later. */
enum { LINE_MAX_BYTES = 8192, CHAIN_MAX = 8 };

static const char *const level_names[] = {
	[GW_LOG_ERROR] = "error",
	[GW_LOG_WARNING] = "warning",
	[GW_LOG_INFO] = "info",
	[GW_LOG_DEBUG] = "debug",
};

/* syslog(3)'s numbers. */
static const int journal_priorities[] = {
	[GW_LOG_ERROR] = 3,
	[GW_LOG_WARNING] = 4,
	[GW_LOG_INFO] = 6,
	[GW_LOG_DEBUG] = 7,
};

static enum gw_log_level enabled_level = GW_LOG_INFO;
static bool uses_journal_prefixes;
static void (*sink)(enum gw_log_level level, const char *line, void *data);
static void *sink_data;

bool log_level_read(const char *text, enum gw_log_level *out_level) {
	for (size_t i = 0; i < ARRAY_LENGTH(level_names); i++) {
		if (strcmp(text, level_names[i]) == 0) {
			*out_level = (enum gw_log_level)i;
			return true;
		}
	}
	return false;
}

const char *log_level_name(enum gw_log_level level) {
	return level_names[level];
}

void log_set_level(enum gw_log_level level) {
	enabled_level = level;
}

enum gw_log_level log_level(void) {
	return enabled_level;
}

void log_use_journal_prefixes(bool use) {
	uses_journal_prefixes = use;
}

void log_set_sink(void (*to)(enum gw_log_level level, const char *line, void *data), void *data) {
	sink = to;
	sink_data = data;
}

bool gw_log_is_enabled(enum gw_log_level level) {
	return level <= enabled_level;
}

/* 2026-11-23T20:00:00.123+01:00 */
static void add_time(struct strbuf *line) {
	struct timeval now;
	struct tm local;
	char date[32], zone[8];
	gettimeofday(&now, NULL);
	localtime_r(&now.tv_sec, &local);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &local);
	strftime(zone, sizeof(zone), "%z", &local);
	strbuf_printf(line, "%s.%03d%.3s:%s ", date, (int)(now.tv_usec / 1000), zone, zone + 3);
}

/*
 * Control characters, line breaks, what turns the direction of writing around, and no characters.
 */
static bool is_hidden(uint32_t c) {
	return (c < 0x20 && c != '\t') || (c >= 0x7f && c < 0xa0) || (c >= 0x2028 && c <= 0x202e)
			|| (c >= 0x2066 && c <= 0x2069) || c == 0xfffe || c == 0xffff;
}

/*
 * Hidden characters and malformed bytes become visible, so that nobody forges a line or drives a
 * terminal.
 */
static void add_visible(struct strbuf *line, const char *text) {
	size_t size = strlen(text), length;
	for (; size > 0; text += length, size -= length) {
		uint32_t c = text_decode(text, size, &length);
		if (c == '\n' || c == '\r') {
			strbuf_add_text(line, c == '\n' ? "\\n" : "\\r");
		} else if (is_hidden(c)) {
			strbuf_printf(line, c < 0x80 ? "\\x%02x" : "\\u%04x", c);
		} else if (c == 0xfffd && !text_starts_with(text, "\xef\xbf\xbd")) {
			for (size_t i = 0; i < length; i++) {
				strbuf_printf(line, "\\x%02x", (unsigned char)text[i]);
			}
		} else {
			strbuf_add(line, text, length);
		}
	}
}

/* "parent child: ", or nothing for the process itself. */
static void add_names(struct strbuf *line, const struct gw_log *log) {
	const char *names[CHAIN_MAX];
	size_t count = 0;
	for (; log != NULL && count < CHAIN_MAX; log = log->parent) {
		if (log->name != NULL) {
			names[count++] = log->name;
		}
	}
	for (size_t i = count; i > 0; i--) {
		add_visible(line, names[i - 1]);
		strbuf_add_text(line, i > 1 ? " " : ": ");
	}
}

/*
 * One write() a line, so that the lines of several processes do not mix. A log that cannot be
 * written is lost.
 */
static void write_line(enum gw_log_level level, const struct strbuf *text) {
	struct strbuf line;
	strbuf_init(&line, STRBUF_UNLIMITED);
	if (uses_journal_prefixes) {
		strbuf_printf(&line, "<%d>", journal_priorities[level]);
	} else {
		add_time(&line);
		strbuf_printf(&line, "%s ", level_names[level]);
	}
	strbuf_add(&line, text->bytes, text->size);
	strbuf_add_char(&line, '\n');
	size_t written = 0;
	while (written < line.size) {
		ssize_t result = write(STDERR_FILENO, line.bytes + written, line.size - written);
		if (result <= 0) {
			break;
		}
		written += (size_t)result;
	}
	strbuf_finish(&line);
}

void gw_log(const struct gw_log *log, enum gw_log_level level, const char *format, ...) {
	if (level > enabled_level) {
		return;
	}
	int error = errno; /* for %m, and for whoever logs before looking at it */
	char text[LINE_MAX_BYTES];
	va_list args;
	va_start(args, format);
	int length = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (length < 0) {
		return;
	}

	struct strbuf line;
	strbuf_init(&line, STRBUF_UNLIMITED);
	add_names(&line, log);
	add_visible(&line, text);
	if ((size_t)length >= sizeof(text)) {
		strbuf_add_text(&line, " [cut]");
	}
	if (sink != NULL) {
		sink(level, line.bytes, sink_data);
	} else {
		write_line(level, &line);
	}
	strbuf_finish(&line);
	errno = error;
}
