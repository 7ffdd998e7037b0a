/* SPDX-License-Identifier: MPL-2.0 */
/* What `help` says in the chat (rows C9, C20): the commands that this user may run, or one of them. */
#ifndef COMMAND_HELP_H
#define COMMAND_HELP_H

#include "command/registry.h"

const char *help_list(struct arena *arena, struct gw_gateway *gateway, const struct commands *commands,
		const struct gw_jid *asker);
const char *help_about(struct arena *arena, const struct gw_command *command);

#endif
