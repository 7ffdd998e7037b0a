/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The core's side of struct gw_request: asking the module something that it answers exactly once, now or later.
 *
 * The asker's callback runs exactly once: with the answer, at the deadline (remote-server-timeout), or when the scope closes
 * (service-unavailable, is_cancelled). When the module answers inside its callback, the asker's callback runs from there:
 * calling the module is the last thing an asker does. The handle itself lives until the module has answered.
 */
#ifndef MODULE_REQUEST_H
#define MODULE_REQUEST_H

#include "net/scope.h"

#include <gangway/command.h>
#include <gangway/log.h>
#include <gangway/request.h>
#include <gangway/session.h>

/* Which answers a module may give besides gw_request_fail(). */
enum request_answers {
	ANSWER_PLAIN = 1,        /* gw_request_ok() */
	ANSWER_TEXT = 2,         /* gw_request_ok_text() */
	ANSWER_ID = 4,           /* gw_request_ok_id() */
	ANSWER_FORM = 8,         /* gw_request_ok_form() */
	ANSWER_TABLE = 16,       /* gw_request_ok_table() */
	ANSWER_WITHOUT_CODE = 32, /* gw_request_ok_without_code() */
	ANSWER_STEP = 64,        /* gw_command_ask(), gw_command_confirm() */
	ANSWER_LOGIN = 128,      /* gw_request_fail_login() */
	ANSWER_NOT_SENT = 256,   /* gw_request_not_sent() */
};

struct request_result {
	enum gw_condition condition; /* GW_OK, or why not */
	const char *text;            /* of GW_OK with a text, or of the failure (never NULL then); lives until the turn's end */
	const char *id;
	const struct gw_form *form;  /* borrowed */
	struct gw_table *table;      /* the callback may take it: set it to NULL in the result */
	bool without_code;
	bool is_cancelled;
	bool is_timed_out;           /* the deadline passed */
	bool is_not_sent;
	enum gw_loss loss;           /* of a failed login */

	/* The next step of a command. `template` is borrowed: copy what is kept. */
	const struct gw_form_template *template;
	const char *prompt;
	void (*submitted)(struct gw_request *req, struct gw_command_run *run, const struct gw_form *form);
	void (*confirmed)(struct gw_request *req, struct gw_command_run *run);
};

struct request_options {
	const char *name;        /* "validate": for the log; a literal */
	unsigned answers;        /* enum request_answers */
	int64_t timeout_ms;      /* 0: the usual 60 s; -1: none */
	bool is_own;             /* the core answers, not the module */
	const struct gw_log *log; /* of the owner */
	struct gw_gateway *gateway; /* what gw_request_gateway() tells; lives as long as the scope's root */

	/*
	 * Of the session or gateway. When it ends and the module still owes an answer that nobody waited for any more, the log
	 * names the request. NULL: the asker's scope is that of its owner.
	 */
	struct gw_scope *owner;
};

/* The scope is that of the asker: the user, session or gateway the answer is for. */
struct gw_request *request_new(struct gw_scope *scope, const struct request_options *options,
		void (*answered)(struct request_result *result, void *data), void *data);

/*
 * Something the module may look at until it answers, which can be later than the asker lives: released with the handle.
 * At most a few.
 */
void request_keep(struct gw_request *req, void *pointer, void (*release)(void *pointer));

/*
 * Calls back, with the same data, when the module answers after the deadline, as long as the owner's scope is open. NULL:
 * no longer. Of one that was answered it does nothing.
 */
void request_on_late(struct gw_request *req, void (*late)(struct request_result *result, void *data));

/* Gives up waiting: the callback comes now, as if the scope had closed. NULL is fine. */
void request_cancel(struct gw_request *req);

/*
 * What a module still owes of answers that nobody waits for any more: past the deadline, or cancelled. Counted when it has
 * stopped.
 */
size_t request_count_unanswered(const struct gw_gateway *gateway);

/* Unanswered handles in the process, cancelled ones included: for the leak check of scenarios. */
size_t request_count_open(void);

#endif
