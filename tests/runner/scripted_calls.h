/* SPDX-License-Identifier: MPL-2.0 */
/* Between the callbacks of the scripted module and its memory. */
#ifndef RUNNER_SCRIPTED_CALLS_H
#define RUNNER_SCRIPTED_CALLS_H

#include "scripted.h"

enum { SCRIPTED_CALL_WORDS = 8 };

/* A call with its arguments as words; NULL words are left out. Everything is copied but the name. */
struct scripted_call {
	const char *name;
	const char *words[SCRIPTED_CALL_WORDS];
	const struct gw_form *form;          /* each answer follows as var=value */
	bool is_life;
	unsigned command_slot;               /* of a command's steps */
	struct scripted_answer usual_answer; /* unless the script says otherwise */
};

struct scripted *scripted_of(const struct gw_gateway *gateway);
void scripted_note(struct scripted *scripted, const struct scripted_call *what);

/* Notes the call, and answers or keeps the request. */
void scripted_ask(struct scripted *scripted, struct gw_request *req, const struct scripted_call *what);

#endif
