/* SPDX-License-Identifier: MPL-2.0 */
/* <command/> */
#include "codec/command.h"

#include "codec/language.h"
#include "util/mem.h"
#include "xml/ns.h"

#include <string.h>

static const char *const action_names[] = {
	[COMMAND_EXECUTE] = "execute",
	[COMMAND_CANCEL] = "cancel",
	[COMMAND_PREV] = "prev",
	[COMMAND_NEXT] = "next",
	[COMMAND_COMPLETE] = "complete",
};

static const char *const status_names[] = {
	[COMMAND_EXECUTING] = "executing",
	[COMMAND_COMPLETED] = "completed",
	[COMMAND_CANCELED] = "canceled",
};

static const char *const note_names[] = {
	[COMMAND_NOTE_INFO] = "info",
	[COMMAND_NOTE_WARN] = "warn",
	[COMMAND_NOTE_ERROR] = "error",
};

static bool read_action(const char *name, enum command_action *out_action) {
	if (name == NULL || *name == '\0') {
		*out_action = COMMAND_EXECUTE;
		return true;
	}
	for (size_t i = 0; i < ARRAY_LENGTH(action_names); i++) {
		if (strcmp(action_names[i], name) == 0) {
			*out_action = (enum command_action)i;
			return true;
		}
	}
	return false;
}

bool command_read(const struct xml_node *command, struct command_request *out,
		const char **out_application) {
	*out_application = NULL;
	if (!xml_is(command, "command", NS_COMMANDS)) {
		return false;
	}
	struct command_request request = {
		.node = xml_get(command, "node"),
		.session_id = xml_get(command, "sessionid"),
		.language = language_of(command),
		.form = xml_find(command, "x", NS_DATA_FORM),
	};
	if (request.node == NULL) {
		return false;
	}
	if (!read_action(xml_get(command, "action"), &request.action)) {
		*out_application = "malformed-action";
		return false;
	}
	if (request.session_id != NULL && *request.session_id == '\0') {
		request.session_id = NULL;
	}
	*out = request;
	return true;
}

enum command_action command_default_action(unsigned allowed) {
	return (allowed & COMMAND_MAY_NEXT) != 0 ? COMMAND_NEXT : COMMAND_COMPLETE;
}

bool command_is_allowed(enum command_action action, unsigned allowed) {
	switch (action) {
	case COMMAND_EXECUTE: return (allowed & (COMMAND_MAY_NEXT | COMMAND_MAY_COMPLETE)) != 0;
	case COMMAND_CANCEL: return true;
	case COMMAND_PREV: return (allowed & COMMAND_MAY_PREV) != 0;
	case COMMAND_NEXT: return (allowed & COMMAND_MAY_NEXT) != 0;
	case COMMAND_COMPLETE: return (allowed & COMMAND_MAY_COMPLETE) != 0;
	}
	return false;
}

/*
 * Without an `execute` attribute the usual action is next: one that cannot be next has to be named.
 */
static void write_actions(struct xml_node *command, unsigned allowed) {
	struct xml_node *actions = xml_add(command, "actions", NULL);
	if ((allowed & COMMAND_MAY_NEXT) == 0 && (allowed & COMMAND_MAY_COMPLETE) != 0) {
		xml_set(actions, "execute", action_names[COMMAND_COMPLETE]);
	}
	static const enum command_action order[] = { COMMAND_PREV, COMMAND_NEXT, COMMAND_COMPLETE };
	for (size_t i = 0; i < ARRAY_LENGTH(order); i++) {
		if (command_is_allowed(order[i], allowed)) {
			xml_add(actions, action_names[order[i]], NULL);
		}
	}
}

struct xml_node *command_write(struct xml_node *iq, const struct command_response *response) {
	struct xml_node *command = xml_add(iq, "command", NS_COMMANDS);
	xml_set(command, "node", response->node);
	xml_set(command, "sessionid", response->session_id);
	xml_set(command, "status", status_names[response->status]);
	if (response->status == COMMAND_EXECUTING && response->allowed != 0) {
		write_actions(command, response->allowed);
	}
	if (response->note.text != NULL) {
		struct xml_node *note = xml_add(command, "note", NULL);
		xml_set(note, "type", note_names[response->note.type]);
		xml_text(note, response->note.text);
	}
	return command;
}
