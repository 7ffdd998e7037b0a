/* SPDX-License-Identifier: MPL-2.0 */
/* Questions in the chat with the gateway: each account has a line of them, and only the first one has been asked. */
#include "gateway/prompt.h"

#include "net/loop.h"
#include "util/arena.h"
#include "util/mem.h"
#include "util/text.h"
#include "xmpp/jid.h"

#include <string.h>
#include <utlist.h>

enum { PROMPTS_PER_ACCOUNT = 16, INPUT_TIMEOUT_MS = 5 * 60 * 1000 };

static const char abort_word[] = "abort";
static const char aborted_text[] = "All right, that question is closed.";
static const char too_late_text[] = "I did not hear from you in time, so my question is closed. Please start again.";

static const char correction_text[] = "I cannot follow a correction: what you have answered before stands. Please write a new "
		"message as your answer, or “abort” and start again.";

struct prompt_line {
	struct gw_gateway *gateway;
	char *jid;
	struct gw_scope scope; /* for what the line itself defers */
	struct prompt *first;
	unsigned count;
	UT_hash_handle hh;
};

struct prompt {
	struct prompt_line *line;
	struct prompt *prev, *next;
	struct scope_item on_scope; /* of whoever wants to know */
	struct gw_timer *deadline;  /* NULL until it is asked */
	bool is_asked;
	char *text;
	int64_t timeout_ms;
	void (*answered)(const struct gw_input_result *result, void *data);
	void *data;
};

struct prompts {
	struct prompt_line *lines;
};

static void ask_first(void *data);
static void handle_deadline(void *data);
static void handle_scope_end(struct scope_item *item);

struct prompts *prompts_new(struct gw_gateway *gateway) {
	(void)gateway;
	return mem_new(sizeof(struct prompts));
}

void prompts_free(struct prompts *prompts) {
	if (!prompts) {
		return;
	}
	while (prompts->lines) {
		handle_scope_end(&prompts->lines->first->on_scope);
	}
	free(prompts);
}

static struct prompt_line *line_find(struct gw_gateway *gateway, const char *jid) {
	struct prompt_line *line;
	HASH_FIND_STR(gateway->prompts->lines, jid, line);
	return line;
}

static struct prompt_line *line_get(struct gw_gateway *gateway, const char *jid) {
	struct prompt_line *line = line_find(gateway, jid);
	if (!line) {
		line = mem_new(sizeof(*line));
		line->gateway = gateway;
		line->jid = mem_strdup(jid);
		scope_init(&line->scope, &gateway->scope);
		HASH_ADD_KEYPTR(hh, gateway->prompts->lines, line->jid, strlen(line->jid), line);
	}
	return line;
}

static void line_free(struct prompt_line *line) {
	HASH_DEL(line->gateway->prompts->lines, line);
	scope_close(&line->scope);
	free(line->jid);
	free(line);
}

/* Out of the line, with everything of it; the next question is asked when the caller has finished. */
static void leave(struct prompt *prompt) {
	struct prompt_line *line = prompt->line;
	scope_remove(&prompt->on_scope);
	gw_timer_stop(prompt->deadline);
	DL_DELETE(line->first, prompt);
	line->count--;
	if (!line->first) {
		line_free(line);
	} else if (!line->first->is_asked) {
		gw_defer(&line->scope, ask_first, line);
	}
	free(prompt->text);
	free(prompt);
}

/* Ends a question; telling the one who asked comes last. */
static void finish(struct prompt *prompt, const struct gw_input_result *result) {
	void (*answered)(const struct gw_input_result *, void *) = prompt->answered;
	void *data = prompt->data;
	leave(prompt);
	answered(result, data);
}

static void ask_first(void *data) {
	struct prompt_line *line = data;
	struct prompt *prompt = line->first;
	if (prompt->is_asked) {
		return;
	}
	prompt->is_asked = true;
	prompt->deadline = gw_timer_start(prompt->on_scope.scope, prompt->timeout_ms, handle_deadline, prompt);
	if (prompt->text) {
		gateway_tell(line->gateway, line->jid, prompt->text);
	}
}

static void handle_deadline(void *data) {
	struct prompt *prompt = data;
	prompt->deadline = NULL;
	gateway_tell(prompt->line->gateway, prompt->line->jid, too_late_text);
	finish(prompt, &(struct gw_input_result){ 0 });
}

static void handle_scope_end(struct scope_item *item) {
	finish(container_of(item, struct prompt, on_scope), &(struct gw_input_result){ .is_cancelled = true });
}

/* A question that cannot be asked any more; its answer comes all the same, but not from inside the asking. */
struct unasked {
	void (*answered)(const struct gw_input_result *result, void *data);
	void *data;
};

static void handle_unasked(void *data) {
	struct unasked unasked = *(struct unasked *)data;
	free(data);
	unasked.answered(&(struct gw_input_result){ .is_cancelled = true }, unasked.data);
}

static struct prompt *refuse(struct gw_gateway *gateway,
		void (*answered)(const struct gw_input_result *result, void *data), void *data) {
	struct unasked unasked = { .answered = answered, .data = data };
	loop_cancel_later(gateway->loop, handle_unasked, mem_dup(&unasked, sizeof(unasked)));
	return NULL;
}

struct prompt *prompt_ask(struct gw_gateway *gateway, struct gw_scope *scope, const char *bare_jid, const char *text,
		int64_t timeout_ms, void (*answered)(const struct gw_input_result *result, void *data), void *data) {
	struct prompt_line *line = line_find(gateway, bare_jid);
	bool is_full = line && line->count >= PROMPTS_PER_ACCOUNT;
	if (is_full || !scope_is_open(scope)) {
		return refuse(gateway, answered, data);
	}
	if (timeout_ms == 0) {
		timeout_ms = gateway->options->input_timeout_ms;
	}

	line = line_get(gateway, bare_jid);
	struct prompt *prompt = mem_new(sizeof(*prompt));
	prompt->line = line;
	prompt->text = mem_strdup(text);
	prompt->timeout_ms = timeout_ms > 0 ? timeout_ms : INPUT_TIMEOUT_MS;
	prompt->answered = answered;
	prompt->data = data;
	scope_add(scope, &prompt->on_scope, handle_scope_end);
	DL_APPEND(line->first, prompt);
	if (line->count++ == 0) {
		ask_first(line);
	}
	return prompt;
}

void prompt_stop(struct prompt *prompt) {
	if (prompt) {
		leave(prompt);
	}
}

static bool is_abort(const char *text) {
	text += strspn(text, " \t\r\n");
	size_t size = strlen(abort_word);
	return strncasecmp(text, abort_word, size) == 0 && text[size + strspn(text + size, " \t\r\n.!")] == '\0';
}

/* The line whose first question the user has been asked. */
static struct prompt_line *line_find_asked(struct gw_gateway *gateway, const char *bare_jid) {
	struct prompt_line *line = line_find(gateway, bare_jid);
	return line && line->first->is_asked ? line : NULL;
}

bool prompt_is_open(struct gw_gateway *gateway, const char *bare_jid) {
	return line_find_asked(gateway, bare_jid) != NULL;
}

bool prompt_answer(struct gw_gateway *gateway, const char *bare_jid, const char *text) {
	struct prompt_line *line = line_find_asked(gateway, bare_jid);
	if (!line) {
		return false;
	}
	if (is_abort(text)) {
		gateway_tell(gateway, bare_jid, aborted_text);
		finish(line->first, &(struct gw_input_result){ .is_aborted = true });
	} else {
		finish(line->first, &(struct gw_input_result){ .text = text });
	}
	return true;
}

bool prompt_refuse_correction(struct gw_gateway *gateway, const char *bare_jid) {
	struct prompt_line *line = line_find_asked(gateway, bare_jid);
	if (line) {
		gateway_tell(gateway, bare_jid, correction_text);
		if (line->first->text) {
			gateway_tell(gateway, bare_jid, line->first->text);
		}
	}
	return line;
}

void gw_gateway_input(struct gw_gateway *gateway, struct gw_scope *scope, const char *jid, const char *prompt,
		void (*answered)(const struct gw_input_result *result, void *data), void *data) {
	struct arena arena = { 0 };
	struct gw_jid user;
	if (jid_parse(&arena, jid, &user)) {
		prompt_ask(gateway, scope, user.bare, prompt, 0, answered, data);
	} else {
		gw_log_error(&gateway->log, "the module wants to ask “%s”, which is no address", jid);
		refuse(gateway, answered, data);
	}
	arena_finish(&arena);
}
