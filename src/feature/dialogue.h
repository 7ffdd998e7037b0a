/* SPDX-License-Identifier: MPL-2.0 */
/* A command run in the chat: its forms are asked question by question, its results are written out. */
#ifndef FEATURE_DIALOGUE_H
#define FEATURE_DIALOGUE_H

#include "command/run.h"

void dialogue_start(struct gw_gateway *gateway, const struct gw_command *command, const struct gw_jid *asker,
		const char *arguments);

#endif
