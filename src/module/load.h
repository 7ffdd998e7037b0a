/* SPDX-License-Identifier: MPL-2.0 */
/* Modules: found by name in the module directory or by path, loaded, checked. */
#ifndef MODULE_LOAD_H
#define MODULE_LOAD_H

#include <gangway/module.h>

/* Where modules are installed; can be set at build time. */
#ifndef GANGWAY_MODULE_DIR
#define GANGWAY_MODULE_DIR "/usr/local/lib/gangway/modules"
#endif

/*
 * `name` is a name ("irc": DIRECTORY/irc.so) or a path (with a slash). NULL with a sentence in *out_error (free()): not
 * there, no module, or built for another version. A module stays loaded until the process ends.
 */
const struct gw_module *module_load(const char *directory, const char *name, char **out_error);

/* Calls back for each module in a directory, in the order of their names; NULL as module when it cannot be loaded. */
void module_each(const char *directory,
		void (*each)(const char *name, const struct gw_module *module, const char *problem, void *data), void *data);

#endif
