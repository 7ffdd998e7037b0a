/* SPDX-License-Identifier: MPL-2.0 */
/* The table of commands: filled once, when the gateway is made. */
#include "command/registry.h"

#include "codec/form.h"
#include "command/builtin.h"
#include "util/mem.h"
#include "util/text.h"

#include <stdlib.h>
#include <string.h>

#define NODE_PREFIX "gangway:command:"

const struct gw_command_category category_contacts = { .node = "contacts", .title = "Contacts" };
const struct gw_command_category category_admin = { .node = "admin", .title = "Administration" };

static const struct gw_command *const own[] = {
	&command_register, &command_credentials, &command_unregister, &command_preferences, &command_re_login,
	&command_status, &command_find, &command_contacts, &command_sync_contacts, &command_info, &command_list_users,
	&command_delete_user, &command_loglevel, &command_counters,
};

/* Words that mean something in every chat. */
static const char *const reserved[] = { "help", "abort" };

struct commands {
	struct gw_gateway *gateway;
	const struct gw_command *all[COMMANDS_MAX];
	size_t count;
};

/* --- Filling the table --- */

/* What the module cannot do is not offered. */
static bool is_available(const struct gw_gateway *gateway, const struct gw_command *command) {
	if (command == &command_find) {
		return gateway->module->on_search != NULL;
	}
	if (command == &command_preferences) {
		return form_field_count(gateway_preference_fields(gateway)) > 0;
	}
	return true;
}

static bool is_reserved(const char *keyword) {
	for (size_t i = 0; i < ARRAY_LENGTH(reserved); i++) {
		if (strcmp(keyword, reserved[i]) == 0) {
			return true;
		}
	}
	return false;
}

static bool is_keyword(const char *keyword) {
	for (const char *c = keyword; *c; c++) {
		if (*c == ' ' || *c == '\t' || *c == '\n' || text_lower(*c) != *c) {
			return false;
		}
	}
	return *keyword != '\0';
}

/* Why this command cannot be added; NULL when it can. */
static char *find_problem(const struct commands *commands, const struct gw_command *command) {
	if (!command->keyword || !command->title || !command->run) {
		return mem_printf("the command “%s” of the module lacks its keyword, title or run()",
				command->keyword ? command->keyword : "");
	}
	if (!is_keyword(command->keyword)) {
		return mem_printf("“%s” cannot be the keyword of a command: it has to be one word in lower case",
				command->keyword);
	}
	if (is_reserved(command->keyword) || commands_find_keyword(commands, command->keyword)) {
		return mem_printf("there are two commands with the keyword “%s”", command->keyword);
	}
	struct arena arena = { 0 };
	const char *node = command_node(&arena, command);
	bool is_taken = commands_find_node(commands, node) || commands_find_category(commands, node);
	char *problem = is_taken ? mem_printf("there are two commands with the node “%s”", node) : NULL;
	arena_finish(&arena);
	if (!problem && commands->count == COMMANDS_MAX) {
		problem = mem_printf("there are more than %d commands", COMMANDS_MAX);
	}
	return problem;
}

static bool add(struct commands *commands, const struct gw_command *command, char **out_error) {
	*out_error = find_problem(commands, command);
	if (!*out_error) {
		commands->all[commands->count++] = command;
	}
	return !*out_error;
}

static bool add_all(struct commands *commands, char **out_error) {
	for (size_t i = 0; i < ARRAY_LENGTH(own); i++) {
		if (is_available(commands->gateway, own[i]) && !add(commands, own[i], out_error)) {
			return false;
		}
	}
	for (const struct gw_command *const *next = commands->gateway->module->commands; next && *next; next++) {
		if (!add(commands, *next, out_error)) {
			return false;
		}
	}
	return true;
}

static int compare(const void *left, const void *right) {
	const struct gw_command *a = *(const struct gw_command *const *)left, *b = *(const struct gw_command *const *)right;
	int categories = strcmp(a->category ? a->category->node : "", b->category ? b->category->node : "");
	return categories ? categories : strcmp(a->keyword, b->keyword);
}

struct commands *commands_new(struct gw_gateway *gateway, char **out_error) {
	struct commands *commands = mem_new(sizeof(*commands));
	commands->gateway = gateway;
	if (!add_all(commands, out_error)) {
		free(commands);
		return NULL;
	}
	qsort(commands->all, commands->count, sizeof(commands->all[0]), compare);
	return commands;
}

void commands_free(struct commands *commands) {
	free(commands);
}

/* --- Finding --- */

const struct gw_command *commands_at(const struct commands *commands, size_t index) {
	return index < commands->count ? commands->all[index] : NULL;
}

const struct gw_command *commands_find_keyword(const struct commands *commands, const char *keyword) {
	for (size_t i = 0; i < commands->count; i++) {
		if (text_equal_ignoring_case(commands->all[i]->keyword, keyword)) {
			return commands->all[i];
		}
	}
	return NULL;
}

const struct gw_command *commands_find_node(const struct commands *commands, const char *node) {
	const struct gw_command *found = NULL;
	struct arena arena = { 0 };
	for (size_t i = 0; i < commands->count && !found; i++) {
		if (strcmp(command_node(&arena, commands->all[i]), node) == 0) {
			found = commands->all[i];
		}
	}
	arena_finish(&arena);
	return found;
}

const struct gw_command_category *commands_find_category(const struct commands *commands, const char *node) {
	const struct gw_command_category *found = NULL;
	struct arena arena = { 0 };
	for (size_t i = 0; i < commands->count && !found; i++) {
		const struct gw_command_category *category = commands->all[i]->category;
		if (category && strcmp(command_category_node(&arena, category), node) == 0) {
			found = category;
		}
	}
	arena_finish(&arena);
	return found;
}

const struct gw_command *commands_suggest(const struct commands *commands, const struct gw_jid *asker,
		const char *keyword) {
	const struct gw_command *best = NULL;
	unsigned best_distance = strlen(keyword) > 4 ? 3 : 2;
	for (size_t i = 0; i < commands->count; i++) {
		const char *text;
		unsigned distance = text_edit_distance(commands->all[i]->keyword, keyword);
		if (distance < best_distance && commands_allow(commands, asker, commands->all[i], &text) == GW_OK) {
			best = commands->all[i];
			best_distance = distance;
		}
	}
	return best;
}

const char *command_node(struct arena *arena, const struct gw_command *command) {
	if (command->node) {
		return command->node;
	}
	const struct gw_command_category *category = command->category;
	return arena_printf(arena, NODE_PREFIX "%s%s%s", category ? category->node : "", category ? "/" : "",
			command->keyword);
}

const char *command_category_node(struct arena *arena, const struct gw_command_category *category) {
	return arena_printf(arena, NODE_PREFIX "%s", category->node);
}

bool command_is_in(const struct gw_command *command, const struct gw_command_category *category) {
	return command->category && strcmp(command->category->node, category->node) == 0;
}

bool commands_is_own(const struct commands *commands, const struct gw_command *command) {
	(void)commands;
	for (size_t i = 0; i < ARRAY_LENGTH(own); i++) {
		if (own[i] == command) {
			return true;
		}
	}
	return false;
}

/* --- Who may --- */

static enum gw_condition refuse(enum gw_condition condition, const char *text, const char **out_text) {
	*out_text = text;
	return condition;
}

static enum gw_condition allow_user(const struct gw_session *session, enum gw_access access, const char **out_text) {
	if (!session || session->is_leaving) {
		return refuse(GW_FORBIDDEN, "You are not registered here. Type “register” to begin.", out_text);
	}
	bool is_logged_in = gw_session_is_logged_in(session);
	if (access == GW_ACCESS_USER_LOGGED && !is_logged_in) {
		return refuse(GW_FORBIDDEN, "You are not logged in to the network. Type “status” to see why, "
				"or “re-login” to try again.", out_text);
	}
	if (access == GW_ACCESS_USER_NON_LOGGED && is_logged_in) {
		return refuse(GW_FORBIDDEN, "You are logged in to the network already.", out_text);
	}
	return GW_OK;
}

enum gw_condition commands_allow(const struct commands *commands, const struct gw_jid *asker,
		const struct gw_command *command, const char **out_text) {
	struct gw_gateway *gateway = commands->gateway;
	bool is_admin = gateway_is_admin(gateway, asker);
	const struct gw_session *session = session_find(gateway, asker->bare);
	if (command->access == GW_ACCESS_NON_USER && !gateway_allows_user(gateway, asker)) {
		return refuse(GW_NOT_ALLOWED, "Your address is not among those that may use this gateway.", out_text);
	}
	if (!is_admin && !gateway_allows_user(gateway, asker)) {
		return refuse(GW_BAD_REQUEST, "Your address is not among those that may use this gateway.", out_text);
	}
	switch (command->access) {
	case GW_ACCESS_ADMIN:
		return is_admin ? GW_OK : refuse(GW_NOT_AUTHORIZED, "Only the admins of this gateway may do that.", out_text);
	case GW_ACCESS_NON_USER:
		return !session ? GW_OK : refuse(GW_BAD_REQUEST, "You are registered already. Type “credentials” to change "
				"your login, or “unregister” to leave.", out_text);
	case GW_ACCESS_ANY:
		return GW_OK;
	default:
		return allow_user(session, command->access, out_text);
	}
}
