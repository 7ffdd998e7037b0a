/* SPDX-License-Identifier: MPL-2.0 */
/* Lines about messages that came back, told together: after a moment, or when it is known who is there. */
#include "gateway/returned.h"

#include "codec/message.h"
#include "gateway/link.h"
#include "util/mem.h"
#include "util/strbuf.h"
#include "util/text.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

enum {
	LATE_MS = 120 * 1000, /* before that a client whose presence we do not see is taken to be there still */
	GATHER_MS = 1000,     /* what waited together comes back together */
	LINES_MAX = 10,       /* of what comes back together; the rest is counted */
	WORDS_MAX_BYTES = 80, /* of the message, so that the user knows which one it was */
};

struct returned_line {
	struct returned_line *next;
	char *resource; /* NULL: the message came without one */
	char *line;
};

static void free_all(struct returned_line *first) {
	while (first) {
		struct returned_line *next = first->next;
		free(first->resource);
		free(first->line);
		free(first);
		first = next;
	}
}

static bool is_there(struct gw_session *session, const char *resource) {
	return resource && resources_have(&session->resources, resource);
}

static void tell(void *data) {
	struct gw_session *session = data;
	struct returned_line *all = session->returned;
	struct strbuf text;
	unsigned count = 0;
	session->returned = NULL;
	strbuf_init(&text, STRBUF_UNLIMITED);
	strbuf_add_text(&text, "What became of messages that you wrote:");
	for (const struct returned_line *one = all; one; one = one->next) {
		if (!is_there(session, one->resource) && ++count <= LINES_MAX) {
			strbuf_add_text(&text, "\n");
			strbuf_add_text(&text, one->line);
		}
	}
	if (count > LINES_MAX) {
		struct arena arena = { 0 };
		strbuf_add_text(&text, arena_printf(&arena, "\nAnd %u more that came back.", count - LINES_MAX));
		arena_finish(&arena);
	}
	strbuf_add(&text, "", 1);
	if (count > 0) {
		gw_session_tell(session, text.bytes);
	}
	strbuf_finish(&text);
	free_all(all);
}

static bool sees_the_error(struct gw_session *session, const struct stanza *message, int64_t written_at_ms) {
	int64_t age_ms = gw_time_ms(session->gateway->loop) - written_at_ms;
	bool is_old = age_ms < 0 || age_ms >= LATE_MS;
	return is_there(session, message->from.resource) || (!session->resources.are_shown && !is_old);
}

static char *describe(struct stanza *message, int64_t written_at_ms, const char *why) {
	struct arena arena = { 0 };
	const char *words = message_content_of(message)->body;
	size_t size = words ? text_cut(words, strlen(words), WORDS_MAX_BYTES) : 0;
	const char *quoted = size == 0 ? "" : arena_printf(&arena, ", “%.*s%s”", (int)size, words, words[size] ? "…" : "");
	char *line = mem_printf("To %s, %s%s: %s", message->to.bare, text_write_minute(&arena, written_at_ms), quoted, why);
	arena_finish(&arena);
	return line;
}

void returned_note(struct gw_session *session, struct stanza *message, int64_t written_at_ms, const char *why) {
	bool is_known = link_is_settled(session->gateway);
	if (is_known && sees_the_error(session, message, written_at_ms)) {
		return;
	}
	bool is_first = session->returned == NULL;
	struct returned_line *returned = mem_new(sizeof(*returned));
	returned->resource = mem_strdup(message->from.resource);
	returned->line = describe(message, written_at_ms, why);
	LL_APPEND(session->returned, returned);
	if (is_first && is_known) {
		gw_timer_start(&session->scope, GATHER_MS, tell, session);
	}
}

void returned_settled(struct gw_gateway *gateway) {
	for (struct gw_session *session = gateway->sessions; session; session = session->hh.next) {
		if (session->returned) {
			gw_defer(&session->scope, tell, session);
		}
	}
}

void returned_close(struct gw_session *session) {
	if (session->returned) {
		tell(session);
	}
}
