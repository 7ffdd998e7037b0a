/* SPDX-License-Identifier: MPL-2.0 */
/* Reading the sources of the configuration. */
#include "config_collect.h"

#include "config_table.h"
#include "util/mem.h"
#include "version.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <glob.h>
#include <ini.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_FILE "/etc/gangway/gangway.conf"
#define GLOBAL_SECTION "gangway"
#define BYTE_ORDER_MARK "\xef\xbb\xbf"
#define EXPECTED_LINE "%s:%u: expected “[section]” or “name = value”"

enum { LINE_MAX_BYTES = 199, SECTION_MAX_BYTES = 49, OPTION_BASE = 1000 };

static void add_setting(struct collection *all, enum config_source source, const char *section, const char *name,
		const char *value, const char *origin) {
	struct setting *setting = arena_new(&all->arena, sizeof(*setting));
	*setting = (struct setting){
		.source = source,
		.section = arena_strdup(&all->arena, section),
		.name = arena_strdup(&all->arena, name),
		.value = arena_strdup(&all->arena, value),
		.origin = arena_strdup(&all->arena, origin),
		.file = source == FROM_FILE ? all->file : NULL,
		.line = all->line,
	};
	if (all->last) {
		*all->last = setting;
	} else {
		all->first = setting;
	}
	all->last = &setting->next;
}

/* The first problem is the one that is told. */
void collection_complain(struct collection *all, const char *format, ...) {
	if (!all->error) {
		va_list args;
		va_start(args, format);
		struct arena arena = { 0 };
		all->error = mem_strdup(arena_vprintf(&arena, format, args));
		arena_finish(&arena);
		va_end(args);
	}
}

static void add_section(struct collection *all, const char *name) {
	for (size_t i = 0; i < all->section_count; i++) {
		if (strcmp(all->sections[i], name) == 0) {
			return;
		}
	}
	if (all->section_count == CONFIG_SECTIONS_MAX) {
		collection_complain(all, "%s:%u: there are more than %d components", all->file, all->line, CONFIG_SECTIONS_MAX);
		return;
	}
	all->sections[all->section_count++] = arena_strdup(&all->arena, name);
}

static const char *nearest_hint(struct collection *all, const char *name) {
	const char *nearest = config_key_nearest(name);
	return nearest ? arena_printf(&all->arena, "; did you mean “%s”?", nearest) : "";
}

static bool is_of(const struct setting *setting, const char *section) {
	return setting->section ? section && strcmp(setting->section, section) == 0 : !section;
}

/* Of two lines that say the same key one would not count; a file that is read later may say otherwise on purpose. */
static void check_is_new(struct collection *all, const char *section, const char *name, const char *origin) {
	for (const struct setting *setting = all->first; setting; setting = setting->next) {
		if (setting->file == all->file && is_of(setting, section) && strcmp(setting->name, name) == 0) {
			collection_complain(all, "%s: “%s” stands in line %u already", origin, name, setting->line);
		}
	}
}

/* One "name = value" of a file. Keys that are not ours are options of the module, in a component's section only. */
static int handle_line(void *data, const char *section, const char *name, const char *value) {
	struct collection *all = data;
	const char *origin = arena_printf(&all->arena, "%s:%u", all->file, all->line);
	const struct config_key *key = config_key_find(name);
	bool is_global = strcmp(section, GLOBAL_SECTION) == 0;
	if (!*section) {
		collection_complain(all, "%s: “%s” stands before the first [section]", origin, name);
	} else if (is_global && !key) {
		collection_complain(all, "%s: there is no key “%s” in [gangway]%s", origin, name, nearest_hint(all, name));
	} else if (!is_global && key && key->is_global) {
		collection_complain(all, "%s: “%s” goes into the section [gangway], it is for all components", origin, name);
	}
	check_is_new(all, is_global ? NULL : section, name, origin);
	add_setting(all, FROM_FILE, is_global ? NULL : section, name, value, origin);
	return 1;
}

/* A section may be empty, when [gangway] says all that there is to say. */
static void read_section(struct collection *all, const char *line) {
	size_t length = strcspn(line, "]");
	if (!line[length]) {
		collection_complain(all, EXPECTED_LINE, all->file, all->line);
	}
	if (length > SECTION_MAX_BYTES) {
		collection_complain(all, "%s:%u: the name of the section is longer than %d bytes", all->file, all->line,
				SECTION_MAX_BYTES);
	}
	const char *name = arena_strndup(&all->arena, line, length);
	if (strcmp(name, GLOBAL_SECTION) != 0) {
		add_section(all, name);
	}
}

/*
 * Unlike inih, which would take an indented line for more of the value above, and cut long lines and names of sections
 * without a word.
 */
static char *read_line(char *line, int size, void *stream_and_count) {
	struct collection *all = ((void **)stream_and_count)[0];
	char *read = fgets(line, size, ((void **)stream_and_count)[1]);
	if (read) {
		all->line++;
		bool has_mark = all->line == 1 && strncmp(line, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)) == 0;
		size_t indent = has_mark ? strlen(BYTE_ORDER_MARK) : strspn(line, " \t");
		memmove(line, line + indent, strlen(line + indent) + 1);
		if (*line == '[') {
			read_section(all, line + 1);
		}
		if (indent + strlen(read) >= LINE_MAX_BYTES - 1 && !strchr(read, '\n')) {
			collection_complain(all, "%s:%u: the line is longer than %d bytes", all->file, all->line, LINE_MAX_BYTES - 2);
		}
	} else if (ferror(((void **)stream_and_count)[1])) {
		collection_complain(all, "%s cannot be read: %s", all->file, strerror(errno));
	}
	return read;
}

static void read_file(struct collection *all, const char *path) {
	FILE *file = fopen(path, "re");
	if (!file) {
		collection_complain(all, "%s cannot be read: %s", path, strerror(errno));
		return;
	}
	all->file = arena_strdup(&all->arena, path);
	all->line = 0;
	void *stream_and_count[] = { all, file };
	int problem = ini_parse_stream(read_line, stream_and_count, handle_line, all);
	if (problem > 0) {
		collection_complain(all, EXPECTED_LINE, path, (unsigned)problem);
	}
	fclose(file);
}

/* The file, then conf.d beside it in the order of the names. */
static void read_files(struct collection *all, const char *path) {
	read_file(all, path);
	char *copy = mem_strdup(path);
	const char *pattern = arena_printf(&all->arena, "%s/conf.d/*.conf", dirname(copy));
	glob_t found;
	if (glob(pattern, 0, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++) {
			read_file(all, found.gl_pathv[i]);
		}
		globfree(&found);
	}
	free(copy);
}

static const char *environment_name(struct collection *all, const char *key, const char *suffix) {
	char *name = arena_printf(&all->arena, "GANGWAY_%s%s", key, suffix);
	for (char *c = name; *c; c++) {
		*c = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
	}
	return name;
}

/* Secrets may lie in a file, as containers and service managers hand them over. */
static const char *read_secret_file(struct collection *all, const char *variable, const char *path) {
	char secret[1024] = "";
	FILE *file = fopen(path, "re");
	if (!file || !fgets(secret, sizeof(secret), file)) {
		collection_complain(all, "%s: %s cannot be read: %s", variable, path, file ? "it is empty" : strerror(errno));
	}
	if (file) {
		fclose(file);
	}
	secret[strcspn(secret, "\r\n")] = '\0';
	return arena_strdup(&all->arena, secret);
}

void collect_environment(struct collection *all) {
	for (const struct config_key *key = config_keys; key->name; key++) {
		const char *name = environment_name(all, key->name, "");
		const char *value = getenv(name);
		const char *file_name = environment_name(all, key->name, "_FILE");
		if (!value && key->is_secret && getenv(file_name)) {
			name = file_name;
			value = read_secret_file(all, file_name, getenv(file_name));
		}
		if (value) {
			add_setting(all, FROM_ENVIRONMENT, NULL, key->name, value, name);
		}
	}
}

/* --- The command line --- */

static struct option *make_options(struct arena *arena, char **out_letters) {
	static const struct option fixed[] = {
		{ "config", required_argument, NULL, 'c' }, { "jid", required_argument, NULL, 'j' },
		{ "option", required_argument, NULL, 'o' }, { "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' }, { "man", no_argument, NULL, 'M' },
		{ "quiet", no_argument, NULL, 'q' }, { "debug", no_argument, NULL, 'd' },
	};
	size_t count = 0;
	while (config_keys[count].name) {
		count++;
	}
	struct option *options = arena_new(arena, (ARRAY_LENGTH(fixed) + count + 1) * sizeof(*options));
	memcpy(options, fixed, sizeof(fixed));
	*out_letters = arena_strdup(arena, ":c:j:o:hVqd");
	for (size_t i = 0; i < count; i++) {
		options[ARRAY_LENGTH(fixed) + i] = (struct option){ config_keys[i].name, required_argument, NULL,
			OPTION_BASE + (int)i };
		if (config_keys[i].letter) {
			*out_letters = arena_printf(arena, "%s%c:", *out_letters, config_keys[i].letter);
		}
	}
	return options;
}

static const struct config_key *key_of_option(int option) {
	if (option >= OPTION_BASE) {
		return &config_keys[option - OPTION_BASE];
	}
	for (const struct config_key *key = config_keys; key->name; key++) {
		if (key->letter == option) {
			return key;
		}
	}
	return NULL;
}

static void read_module_option(struct collection *all, const char *text) {
	const char *equals = strchr(text, '=');
	if (!equals) {
		collection_complain(all, "--option “%s”: expected NAME=VALUE", text);
		return;
	}
	char *name = arena_strndup(&all->arena, text, (size_t)(equals - text));
	add_setting(all, FROM_COMMAND_LINE, NULL, name, equals + 1, "--option");
}

char *collect_command_line(struct collection *all, int argc, char **argv) {
	char *letters;
	struct option *options = make_options(&all->arena, &letters);
	optind = 1;
	opterr = 0;
	for (int option; (option = getopt_long(argc, argv, letters, options, NULL)) != -1;) {
		const struct config_key *key = key_of_option(option);
		if (key) {
			add_setting(all, FROM_COMMAND_LINE, NULL, key->name, optarg, arena_printf(&all->arena, "--%s", key->name));
		} else if (option == 'c') {
			all->config_file = optarg;
		} else if (option == 'j') {
			all->jid = optarg;
		} else if (option == 'o') {
			read_module_option(all, optarg);
		} else if (option == 'h') {
			return config_help();
		} else if (option == 'M') {
			return config_man();
		} else if (option == 'V') {
			return mem_strdup("gangway " GANGWAY_VERSION "\n");
		} else if (option == 'q' || option == 'd') {
			add_setting(all, FROM_COMMAND_LINE, NULL, "log-level", option == 'q' ? "warning" : "debug",
					option == 'q' ? "--quiet" : "--debug");
		} else if (option == ':') {
			collection_complain(all, "the option “%s” needs a value", argv[optind - 1]);
		} else {
			const char *wrong = argv[optind - 1] + strspn(argv[optind - 1], "-");
			const char *name = arena_strndup(&all->arena, wrong, strcspn(wrong, "="));
			collection_complain(all, "there is no option “%s”%s; `gangway --help` lists them all", argv[optind - 1],
					nearest_hint(all, name));
		}
	}
	all->first_argument = optind;
	return NULL;
}

/* Without a file, --jid makes the one section that there is. */
void collect_files(struct collection *all) {
	const char *path = all->config_file ? all->config_file : getenv("GANGWAY_CONFIG");
	if (path) {
		read_files(all, path);
	} else if (!all->jid && access(DEFAULT_FILE, F_OK) == 0) {
		read_files(all, DEFAULT_FILE);
	}
	if (all->jid && all->section_count == 0) {
		add_section(all, all->jid);
	}
}
