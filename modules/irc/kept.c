/* SPDX-License-Identifier: MPL-2.0 */
/* Lines that came too early. */
#include "kept.h"

#include "memory.h"

#include <stdio.h>
#include <utlist.h>

struct irc_kept {
	struct irc_kept *next, *prev;
	char *user, *host, *text;
};

/* As it came, but for spaces: @time=2026-01-01T12:00:00.000Z :juliet!j@example.org PRIVMSG romeo :Art thou there? */
static char *copy_text(const struct irc_line *line) {
	static const char format[] = "%s%s :%s %s %s :%s";
	const char *tags = line->tags != NULL ? line->tags : "", *source = line->source != NULL ? line->source : "";
	const char *target = irc_line_param(line, 0), *words = irc_line_text(line);
	size_t size = sizeof(format) + strlen(tags) + strlen(source) + strlen(line->command) + strlen(target) + strlen(words);
	char *text = irc_new(size);
	snprintf(text, size, format, *tags != '\0' ? "@" : "", tags, source, line->command, target, words);
	return text;
}

static size_t count_of(const struct irc_kept *list, const char *user) {
	const struct irc_kept *kept;
	size_t count = 0;
	DL_FOREACH(list, kept) {
		count += strcmp(kept->user, user) == 0;
	}
	return count;
}

void irc_kept_add(struct irc_kept **list, const char *user, const char *host, const struct irc_line *line) {
	if (count_of(*list, user) >= IRC_KEPT_MAX) {
		return;
	}
	struct irc_kept *kept = irc_new(sizeof(*kept));
	kept->user = irc_strdup(user);
	kept->host = irc_strdup(host);
	kept->text = copy_text(line);
	DL_APPEND(*list, kept);
}

static void free_kept(struct irc_kept *kept) {
	free(kept->user);
	free(kept->host);
	free(kept->text);
	free(kept);
}

void irc_kept_move(struct irc_kept **from, struct irc_kept **to) {
	struct irc_kept *kept, *next;
	DL_FOREACH_SAFE(*from, kept, next) {
		DL_DELETE(*from, kept);
		if (count_of(*to, kept->user) < IRC_KEPT_MAX) {
			DL_APPEND(*to, kept);
		} else {
			free_kept(kept);
		}
	}
}

void irc_kept_take(struct irc_kept **list, const char *user, const char *host,
		void (*on_line)(const struct irc_line *line, void *data), void *data) {
	struct irc_kept *kept, *next;
	DL_FOREACH_SAFE(*list, kept, next) {
		struct irc_line line;
		if (strcmp(kept->user, user) != 0) {
			continue;
		}
		DL_DELETE(*list, kept);
		if (strcmp(kept->host, host) == 0 && irc_line_parse(kept->text, &line)) {
			on_line(&line, data);
		}
		free_kept(kept);
	}
}

void irc_kept_finish(struct irc_kept **list) {
	struct irc_kept *kept, *next;
	DL_FOREACH_SAFE(*list, kept, next) {
		DL_DELETE(*list, kept);
		free_kept(kept);
	}
}
