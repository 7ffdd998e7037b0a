/* SPDX-License-Identifier: MPL-2.0 */
/*
 * One user running one command: the dialogue that both interfaces drive, ad-hoc commands (XEP-0050) and chat.
 *
 *	run_start() -> form -> run_submit() -> confirmation -> run_confirm() -> done or failed
 *
 * Each call has its callback exactly once, perhaps before the call returns, with the next step. After a form or a question
 * the run waits for the user, for an hour; after done and failed it is gone. Steps are kept, so that one can go back.
 */
#ifndef COMMAND_RUN_H
#define COMMAND_RUN_H

#include "command/registry.h"

#include <gangway/command.h>

struct runs;

enum { RUNS_PER_ACCOUNT = 8, RUN_STEPS_MAX = 64 };

enum run_state {
	RUN_FORM,         /* `template` is to be filled in: run_submit() */
	RUN_CONFIRMATION, /* `prompt` is to be answered: run_confirm() */
	RUN_DONE,         /* with a text (never NULL) or a table */
	RUN_FAILED,       /* with a condition and a text, unless it was cancelled */
};

/* Borrowed for the callback; template and prompt live until the next call about this run. */
struct run_step {
	enum run_state state;
	struct gw_command_run *run;               /* NULL when it is over */
	const struct gw_form_template *template;
	const struct gw_form *values;             /* what was answered when the user has come back to it; NULL: nothing */
	const char *prompt;
	bool has_previous;
	const char *text;
	const struct gw_table *table;
	enum gw_condition condition;
	bool is_cancelled;
};

typedef void run_fn(const struct run_step *step, void *data);

struct runs *runs_new(struct gw_gateway *gateway, const struct commands *commands);
void runs_free(struct runs *runs);

/*
 * Whether the asker may is checked here. `arguments`: what was typed behind the keyword. An account that has too many
 * runs loses the one that waits for the longest time.
 */
void run_start(struct runs *runs, const struct gw_command *command, const struct gw_jid *asker, const char *arguments,
		run_fn *stepped, void *data);

/* First asks which command of the category is meant, among those the asker may run (row C4). */
void run_start_category(struct runs *runs, const struct gw_command_category *category, const struct gw_jid *asker,
		run_fn *stepped, void *data);

/* The answer to the present step; the form is checked (codec/form.h). Not while the run is busy. */
void run_submit(struct gw_command_run *run, const struct gw_form *form, run_fn *stepped, void *data);
void run_confirm(struct gw_command_run *run, bool is_confirmed, run_fn *stepped, void *data);

/* Back to the step before, if there is one. Not while the run is busy. */
void run_go_back(struct gw_command_run *run, run_fn *stepped, void *data);

/* Ends it. Whoever waits for its next step hears that it was cancelled. */
void run_cancel(struct gw_command_run *run);

/* Of this account (whatever its resource); NULL when there is none. */
struct gw_command_run *runs_find(struct runs *runs, const char *id, const struct gw_jid *asker);

const char *run_id(const struct gw_command_run *run);

/* The node it was started under, also when it is one of a category. Borrowed from the run. */
const char *run_node(const struct gw_command_run *run);

/* The command at work, or nobody: the module has not answered yet. */
bool run_is_busy(const struct gw_command_run *run);

/* The form or question it waits with. */
struct run_step run_present(const struct gw_command_run *run);

/* Ends when the run does. */
struct gw_scope *run_scope(struct gw_command_run *run);

/* For the gateway's own commands: memory that lives as long as the run; and what is done cannot be gone back behind. */
struct arena *run_arena(struct gw_command_run *run);
void run_bar_way_back(struct gw_command_run *run);

#endif
