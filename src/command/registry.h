/* SPDX-License-Identifier: MPL-2.0 */
/* All commands of a gateway, its own and the module's: defined once, found by keyword (chat) and node (XEP-0050). */
#ifndef COMMAND_REGISTRY_H
#define COMMAND_REGISTRY_H

#include "gateway/gateway.h"

#include <gangway/command.h>

struct commands;

enum { COMMANDS_MAX = 128 };

/* NULL, with a sentence in *out_error (free()), when two share a keyword or node or one of the module's is incomplete. */
struct commands *commands_new(struct gw_gateway *gateway, char **out_error);
void commands_free(struct commands *commands);

/* By position, sorted by category and then keyword, those without a category first; NULL beyond the last. */
const struct gw_command *commands_at(const struct commands *commands, size_t index);

/* Keywords are found whatever their case. */
const struct gw_command *commands_find_keyword(const struct commands *commands, const char *keyword);
const struct gw_command *commands_find_node(const struct commands *commands, const char *node);
const struct gw_command_category *commands_find_category(const struct commands *commands, const char *node);

/* The keyword that is most like this one, among those the asker may run; NULL when none is. */
const struct gw_command *commands_suggest(const struct commands *commands, const struct gw_jid *asker,
		const char *keyword);

/* The nodes under which clients see a command and a category. */
const char *command_node(struct arena *arena, const struct gw_command *command);
const char *command_category_node(struct arena *arena, const struct gw_command_category *category);
bool command_is_in(const struct gw_command *command, const struct gw_command_category *category);

/* The gateway's own, as opposed to the module's. */
bool commands_is_own(const struct commands *commands, const struct gw_command *command);

/* May this address run it now? GW_OK, or the condition with a sentence in *out_text (rows B12, C2, V27). */
enum gw_condition commands_allow(const struct commands *commands, const struct gw_jid *asker,
		const struct gw_command *command, const char **out_text);

#endif
