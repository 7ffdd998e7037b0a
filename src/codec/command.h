/* SPDX-License-Identifier: MPL-2.0 */
/* XEP-0050 ad-hoc commands: one step asked for, one step answered. */
#ifndef CODEC_COMMAND_H
#define CODEC_COMMAND_H

#include "xml/node.h"

enum command_action {
	COMMAND_EXECUTE, /* what is usual at this step; also when no action is named */
	COMMAND_CANCEL,
	COMMAND_PREV,
	COMMAND_NEXT,
	COMMAND_COMPLETE,
};

/* What the user's client sent; strings are borrowed from the tree. */
struct command_request {
	const char *node;
	const char *session_id; /* NULL at the first step */
	const char *language;   /* NULL when not told */
	enum command_action action;
	const struct xml_node *form; /* what was filled in, for form_read(); NULL: nothing */
};

/*
 * False for what makes no sense; *out_application then names the condition of XEP-0050 that goes
 * with bad-request, or is NULL.
 */
bool command_read(const struct xml_node *command, struct command_request *out,
		const char **out_application);

enum command_status {
	COMMAND_EXECUTING,
	COMMAND_COMPLETED,
	COMMAND_CANCELED,
};

enum command_note_type {
	COMMAND_NOTE_INFO,
	COMMAND_NOTE_WARN,
	COMMAND_NOTE_ERROR, /* one at least when a command completed and failed */
};

struct command_note {
	enum command_note_type type;
	const char *text;
};

/* What may be done at this step. Cancelling is always allowed. */
enum command_allowed {
	COMMAND_MAY_PREV = 1,
	COMMAND_MAY_NEXT = 2,
	COMMAND_MAY_COMPLETE = 4,
};

struct command_response {
	const char *node;
	const char *session_id;
	enum command_status status;
	unsigned allowed; /* enum command_allowed, any of; only while executing */
	struct command_note note; /* text NULL: none */
};

/* Below the iq; a form or table is then added with form_write() or table_write(). */
struct xml_node *command_write(struct xml_node *iq, const struct command_response *response);

/* What COMMAND_EXECUTE means at a step: to go on where that is possible, else to complete. */
enum command_action command_default_action(unsigned allowed);

/* Is this action one of those, cancelling included? */
bool command_is_allowed(enum command_action action, unsigned allowed);

#endif
