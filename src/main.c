/* SPDX-License-Identifier: MPL-2.0 */
/* The command line: which of the program's jobs is wanted. */
#include "config.h"
#include "daemon.h"
#include "module/load.h"
#include "users.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_USAGE = 2 };

static void print_module(const char *name, const struct gw_module *module, const char *problem, void *data) {
	(void)data;
	char *clash = NULL;
	if (module && !config_check_option_names(name, module->options, &clash)) {
		printf("%-12s cannot be used: %s\n", name, clash);
		free(clash);
	} else if (module) {
		printf("%-12s %s%s%s\n", name, module->component_name, module->version ? " " : "",
				module->version ? module->version : "");
	} else {
		printf("%-12s cannot be loaded: %s\n", name, problem);
	}
}

struct command_line {
	int argc;
	char **argv;
};

static struct config *load_again(void *data) {
	const struct command_line *line = data;
	struct config *config = NULL;
	char *text = NULL;
	if (config_load(line->argc, line->argv, &config, &text) != CONFIG_LOADED) {
		gw_log_error(NULL, "%s", text);
	}
	free(text);
	return config;
}

static int run_command(const struct config *config, const struct gw_module *linked, struct command_line *line) {
	if (!config->command) {
		return daemon_run(config, linked, load_again, line);
	} else if (strcmp(config->command, "check") == 0) {
		return daemon_check(config, linked);
	} else if (strcmp(config->command, "modules") == 0) {
		module_each(config->module_dir, print_module, NULL);
		return EXIT_SUCCESS;
	} else if (strcmp(config->command, "users") == 0) {
		return users_run(config);
	}
	fprintf(stderr, "gangway: there is no command “%s”; `gangway --help` lists them\n", config->command);
	return EXIT_USAGE;
}

int gw_main(int argc, char **argv, const struct gw_module *module) {
	struct config *config = NULL;
	char *text = NULL;
	int code = EXIT_USAGE;
	switch (config_load(argc, argv, &config, &text)) {
	case CONFIG_PRINTED:
		fputs(text, stdout);
		code = EXIT_SUCCESS;
		break;
	case CONFIG_WRONG:
		fprintf(stderr, "gangway: %s\n", text);
		break;
	case CONFIG_LOADED:
		code = run_command(config, module, &(struct command_line){ argc, argv });
		break;
	}
	config_free(config);
	free(text);
	return code;
}
