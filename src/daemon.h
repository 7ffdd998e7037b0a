/* SPDX-License-Identifier: MPL-2.0 */
/* The daemon: all configured gateways on one loop, from start to an orderly stop. */
#ifndef DAEMON_H
#define DAEMON_H

#include "config.h"

#include <gangway/module.h>

/* A module that is linked into the program goes for every component; NULL: each loads its own. Returns the exit code. */
int daemon_run(const struct config *config, const struct gw_module *linked);

/* `gangway check`: everything that can be known without connecting. Prints; returns the exit code. */
int daemon_check(const struct config *config, const struct gw_module *linked);

#endif
