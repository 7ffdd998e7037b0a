/* SPDX-License-Identifier: MPL-2.0 */
/* Loading modules. The version number is looked at before anything else of the struct. */
#include "module/load.h"

#include "util/mem.h"

#include <dirent.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *path_of(const char *directory, const char *name) {
	return strchr(name, '/') ? mem_strdup(name) : mem_printf("%s/%s.so", directory, name);
}

static const struct gw_module *check(const struct gw_module *module, const char *path, char **out_error) {
	if (!module) {
		*out_error = mem_printf("%s is no Gangway module: it does not define gw_module with GW_MODULE()", path);
		return NULL;
	}
	if (module->abi != GW_ABI_VERSION) {
		*out_error = mem_printf("%s was built for version %u of the module interface, this is version %u: build the "
				"module anew against this version's headers", path, module->abi, GW_ABI_VERSION);
		return NULL;
	}
	return module;
}

const struct gw_module *module_load(const char *directory, const char *name, char **out_error) {
	char *path = path_of(directory, name);
	const struct gw_module *module = NULL;
	if (access(path, R_OK) != 0) {
		*out_error = mem_printf("there is no module “%s” (looked for %s)", name, path);
	} else {
		void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
		if (library) {
			module = check(dlsym(library, "gw_module"), path, out_error);
		} else {
			*out_error = mem_printf("the module cannot be loaded: %s", dlerror());
		}
	}
	free(path);
	return module;
}

static int is_library(const struct dirent *entry) {
	size_t length = strlen(entry->d_name);
	return length > 3 && strcmp(entry->d_name + length - 3, ".so") == 0;
}

void module_each(const char *directory,
		void (*each)(const char *name, const struct gw_module *module, const char *problem, void *data), void *data) {
	struct dirent **entries = NULL;
	int count = scandir(directory, &entries, is_library, alphasort);
	for (int i = 0; i < count; i++) {
		char *problem = NULL;
		char *name = mem_strndup(entries[i]->d_name, strlen(entries[i]->d_name) - 3);
		const struct gw_module *module = module_load(directory, name, &problem);
		each(name, module, problem, data);
		free(name);
		free(problem);
		free(entries[i]);
	}
	free(entries);
}
