/* SPDX-License-Identifier: MPL-2.0 */
/* `gangway users`: looking at the store, and taking accounts out of it, while the daemon is stopped. */
#ifndef USERS_H
#define USERS_H

#include "config.h"

/* users [--jid COMPONENT] list | show USER | delete USER. Prints; returns the exit code. */
int users_run(const struct config *config);

#endif
