/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A module without a network: it answers everything with success at once unless the script told it otherwise, remembers
 * what it was called with, and keeps the requests that it was told to hold.
 */
#ifndef RUNNER_SCRIPTED_H
#define RUNNER_SCRIPTED_H

#include "script.h"

#include <gangway/gangway.h>

struct world;
struct scripted;

enum scripted_kind {
	SCRIPTED_OK,
	SCRIPTED_TEXT,
	SCRIPTED_ID,
	SCRIPTED_FORM,
	SCRIPTED_WITHOUT_CODE, SCRIPTED_NOT_SENT,
	SCRIPTED_TABLE,
	SCRIPTED_FAIL,
	SCRIPTED_FAIL_LOGIN,
	SCRIPTED_ASK,     /* the next step of a command: a form */
	SCRIPTED_CONFIRM, /* or a question */
};

/* How to answer; strings are borrowed for as long as the case. */
struct scripted_answer {
	enum scripted_kind kind;
	const char *text;              /* or the id */
	enum gw_condition condition;
	enum gw_loss loss;
	const char *const *lines;      /* of the form or table */
	size_t line_count;
	const struct gw_form_template *template;
};

/* Every callback is there; a case changes its own copy. */
extern const struct gw_module scripted_module;

struct scripted *scripted_new(struct world *world);
void scripted_free(struct scripted *scripted);

/* Takes a callback away, as if the module had none. False when there is none of this name. */
bool scripted_remove_callback(struct gw_module *module, const char *name);

/* Is this a callback that owes an answer? */
bool scripted_is_request(const char *name);
bool scripted_is_callback(const char *name);

/* The requests of this name are kept from now on, or not any more. */
void scripted_hold(struct scripted *scripted, const char *name, bool hold);

/* Gives the oldest held request of this name its answer; without one, the next call gets it; `always`: all of them. */
void scripted_answer(struct scripted *scripted, const char *name, const struct scripted_answer *answer, bool always);

/* Only these ids can be somebody's. */
void scripted_know_only(struct scripted *scripted, struct gw_module *module, const struct script_word *ids, size_t count);

/*
 * Was it called so? Looks at the oldest call of this name that was not looked at yet: each of the words has to be among
 * its arguments, in this order. False: the report says what was called instead.
 */
bool scripted_was_called(struct scripted *scripted, const char *name, const struct script_word *words, size_t count);

/* No call (of this name, unless NULL) that was not looked at. */
bool scripted_was_not_called(struct scripted *scripted, const char *name);
void scripted_forget_calls(struct scripted *scripted);

/* The end of a case: every answer that was prepared was asked for; held requests were given up by the core. */
bool scripted_has_no_answers_left(struct scripted *scripted);
bool scripted_answer_abandoned(struct scripted *scripted);

/* "var: value" lines as answers; the caller frees. */
struct gw_form *scripted_form(const char *const *lines, size_t count);

#endif
