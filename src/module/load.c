/* SPDX-License-Identifier: MPL-2.0 */
/* Loading modules. The version number is looked at before anything else of the struct. */
#include "module/load.h"

#include "util/mem.h"

#include <dirent.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* DIRECTORY/NAME.so where modules are installed, DIRECTORY/NAME/NAME.so where they are built. */
static char *path_of(const char *directory, const char *name) {
	if (strchr(name, '/')) {
		return mem_strdup(name);
	}
	char *built = mem_printf("%s/%s/%s.so", directory, name, name);
	if (access(built, R_OK) == 0) {
		return built;
	}
	free(built);
	return mem_printf("%s/%s.so", directory, name);
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

/* The name of a module by that of its file or folder; NULL: it is neither. */
static char *name_of(const char *directory, const char *entry) {
	size_t length = strlen(entry);
	if (length > 3 && strcmp(entry + length - 3, ".so") == 0) {
		return mem_strndup(entry, length - 3);
	}
	char *built = mem_printf("%s/%s/%s.so", directory, entry, entry);
	bool is_there = access(built, R_OK) == 0;
	free(built);
	return is_there ? mem_strdup(entry) : NULL;
}

void module_each(const char *directory,
		void (*each)(const char *name, const struct gw_module *module, const char *problem, void *data), void *data) {
	struct dirent **entries = NULL;
	int count = scandir(directory, &entries, NULL, alphasort);
	for (int i = 0; i < count; i++) {
		char *problem = NULL, *name = name_of(directory, entries[i]->d_name);
		if (name) {
			const struct gw_module *module = module_load(directory, name, &problem);
			each(name, module, problem, data);
		}
		free(name);
		free(problem);
		free(entries[i]);
	}
	free(entries);
}
