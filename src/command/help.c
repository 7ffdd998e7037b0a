/* SPDX-License-Identifier: MPL-2.0 */
/* The list of commands and the page about each. */
#include "command/help.h"

#include "util/strbuf.h"

enum { HELP_MAX_BYTES = 32 * 1024 };

const char *help_list(struct arena *arena, struct gw_gateway *gateway, const struct commands *commands,
		const struct gw_jid *asker) {
	struct strbuf lines;
	strbuf_init(&lines, HELP_MAX_BYTES);
	strbuf_printf(&lines, "This is the gateway to %s. You can write me:", gateway_name(gateway));
	const struct gw_command *command;
	size_t count = 0;
	for (size_t i = 0; (command = commands_at(commands, i)); i++) {
		const char *text;
		if (commands_allow(commands, asker, command, &text) == GW_OK) {
			strbuf_printf(&lines, "\n%s -- %s", command->keyword, command->title);
			count++;
		}
	}
	strbuf_add_text(&lines, count > 0 ? "\nhelp COMMAND -- More about one of them" : "\n(nothing, sorry)");
	const char *text = arena_strndup(arena, lines.bytes, lines.size);
	strbuf_finish(&lines);
	return text;
}

const char *help_about(struct arena *arena, const struct gw_command *command) {
	return arena_printf(arena, "%s -- %s%s%s", command->keyword, command->title, command->help ? "\n" : "",
			command->help ? command->help : "");
}
