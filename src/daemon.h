/* SPDX-License-Identifier: MPL-2.0 */
/* The daemon: all configured gateways on one loop, from start to an orderly stop. */
#ifndef DAEMON_H
#define DAEMON_H

#include "config.h"

#include <gangway/module.h>

/* Reads the configuration anew, for SIGHUP; NULL when it is wrong (which has been said). The caller frees. */
typedef struct config *daemon_reload_fn(void *data);

/*
 * A module that is linked into the program goes for every component; NULL: each loads its own. SIGTERM and SIGINT stop in
 * order, a second one at once; SIGHUP takes log level and secrets from the configuration anew. Returns the exit code.
 */
int daemon_run(const struct config *config, const struct gw_module *linked, daemon_reload_fn *reload, void *data);

/* `gangway check`: everything that can be known without connecting. Prints; returns the exit code. */
int daemon_check(const struct config *config, const struct gw_module *linked);

#endif
