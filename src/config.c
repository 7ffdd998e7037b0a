/* SPDX-License-Identifier: MPL-2.0 */
/*
 * From files, environment and command line to one struct config. Everything that was said is first collected as it
 * stands, with its origin; then each key of each component is looked up in that, checked, and set.
 */
#include "config.h"

#include "config_table.h"
#include "util/arena.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/text.h"
#include "version.h"

#include <gangway/module.h>
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <glob.h>
#include <ini.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_FILE "/etc/gangway/gangway.conf"
#define GLOBAL_SECTION "gangway"

extern char **environ;

enum { LINE_MAX_BYTES = 199, OPTION_BASE = 1000, LIST_MAX = 256 };

enum source { FROM_FILE, FROM_ENVIRONMENT, FROM_COMMAND_LINE };

/* One thing that was said, in the order in which it was said. */
struct setting {
	struct setting *next;
	enum source source;
	const char *section; /* NULL: for all */
	const char *name, *value, *origin;
};

struct collection {
	struct arena arena;
	struct setting *first, **last;
	const char *sections[LIST_MAX];
	size_t section_count;
	const char *file;  /* being read */
	unsigned line;
	bool is_long;      /* a line was longer than the reader takes */
	char *error;
	const char *config_file, *jid;
	bool wants_man;
};

/* --- Collecting --- */

static void add_section(struct collection *all, const char *name) {
	for (size_t i = 0; i < all->section_count; i++) {
		if (strcmp(all->sections[i], name) == 0) {
			return;
		}
	}
	if (all->section_count < LIST_MAX) {
		all->sections[all->section_count++] = arena_strdup(&all->arena, name);
	}
}

static void add_setting(struct collection *all, enum source source, const char *section, const char *name,
		const char *value, const char *origin) {
	struct setting *setting = arena_new(&all->arena, sizeof(*setting));
	*setting = (struct setting){
		.source = source,
		.section = arena_strdup(&all->arena, section),
		.name = arena_strdup(&all->arena, name),
		.value = arena_strdup(&all->arena, value),
		.origin = arena_strdup(&all->arena, origin),
	};
	*all->last = setting;
	all->last = &setting->next;
}

static void complain(struct collection *all, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The first problem is the one that is told. */
static void complain(struct collection *all, const char *format, ...) {
	if (!all->error) {
		va_list args;
		va_start(args, format);
		struct arena arena = { 0 };
		all->error = mem_strdup(arena_vprintf(&arena, format, args));
		arena_finish(&arena);
		va_end(args);
	}
}

static const char *nearest_hint(struct collection *all, const char *name) {
	const char *nearest = config_key_nearest(name);
	return nearest ? arena_printf(&all->arena, "; did you mean “%s”?", nearest) : "";
}

/* One "name = value" of a file. Keys that are not ours are options of the module, in a component's section only. */
static int handle_line(void *data, const char *section, const char *name, const char *value) {
	struct collection *all = data;
	const char *origin = arena_printf(&all->arena, "%s:%u", all->file, all->line);
	const struct config_key *key = config_key_find(name);
	bool is_global = strcmp(section, GLOBAL_SECTION) == 0;
	if (!*section) {
		complain(all, "%s: “%s” stands before the first [section]", origin, name);
	} else if (is_global && !key) {
		complain(all, "%s: there is no key “%s” in [gangway]%s", origin, name, nearest_hint(all, name));
	} else if (!is_global && key && key->is_global) {
		complain(all, "%s: “%s” goes into the section [gangway], it is for all components", origin, name);
	}
	if (!is_global) {
		add_section(all, section);
	}
	add_setting(all, FROM_FILE, is_global ? NULL : section, name, value, origin);
	return 1;
}

static char *read_line(char *line, int size, void *stream_and_count) {
	struct collection *all = ((void **)stream_and_count)[0];
	char *read = fgets(line, size, ((void **)stream_and_count)[1]);
	if (read) {
		all->line++;
		if (strlen(read) >= LINE_MAX_BYTES - 1 && !strchr(read, '\n')) {
			complain(all, "%s:%u: the line is longer than %d bytes", all->file, all->line, LINE_MAX_BYTES - 2);
		}
	}
	return read;
}

static void read_file(struct collection *all, const char *path) {
	FILE *file = fopen(path, "re");
	if (!file) {
		complain(all, "%s cannot be read: %s", path, strerror(errno));
		return;
	}
	all->file = arena_strdup(&all->arena, path);
	all->line = 0;
	void *stream_and_count[] = { all, file };
	int problem = ini_parse_stream(read_line, stream_and_count, handle_line, all);
	if (problem > 0) {
		complain(all, "%s:%d: expected “[section]” or “name = value”", path, problem);
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
		complain(all, "%s: %s cannot be read: %s", variable, path, file ? "it is empty" : strerror(errno));
	}
	if (file) {
		fclose(file);
	}
	secret[strcspn(secret, "\r\n")] = '\0';
	return arena_strdup(&all->arena, secret);
}

static void read_environment(struct collection *all) {
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
	};
	size_t count = 0;
	while (config_keys[count].name) {
		count++;
	}
	struct option *options = arena_new(arena, (ARRAY_LENGTH(fixed) + count + 1) * sizeof(*options));
	memcpy(options, fixed, sizeof(fixed));
	*out_letters = arena_strdup(arena, "c:j:o:hV");
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
		complain(all, "--option “%s”: expected NAME=VALUE", text);
		return;
	}
	char *name = arena_strndup(&all->arena, text, (size_t)(equals - text));
	add_setting(all, FROM_COMMAND_LINE, NULL, name, equals + 1, "--option");
}

/* Returns a text to print instead of running, or NULL. */
static char *read_command_line(struct collection *all, int argc, char **argv) {
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
		} else {
			const char *wrong = argv[optind - 1];
			complain(all, "the option “%s” is unknown or lacks its value%s; `gangway --help` lists them all", wrong,
					nearest_hint(all, wrong + strspn(wrong, "-")));
		}
	}
	return NULL;
}

/* --- Values --- */

static bool read_duration(const char *text, int64_t *out_ms) {
	static const struct {
		const char *unit;
		int64_t ms;
	} units[] = {
		{ "", 1000 }, { "s", 1000 }, { "sec", 1000 }, { "seconds", 1000 }, { "ms", 1 }, { "m", 60000 },
		{ "min", 60000 }, { "minutes", 60000 }, { "h", 3600000 }, { "hours", 3600000 }, { "d", 86400000 },
	};
	char *end;
	errno = 0;
	long number = strtol(text, &end, 10);
	if (end == text || errno || number <= 0 || number > 1000000) {
		return false;
	}
	end += strspn(end, " ");
	for (size_t i = 0; i < ARRAY_LENGTH(units); i++) {
		if (strcmp(end, units[i].unit) == 0) {
			*out_ms = number * units[i].ms;
			return true;
		}
	}
	return false;
}

static bool read_boolean(const char *text, bool *out) {
	static const char *const yes[] = { "yes", "true", "on", "1" }, *const no[] = { "no", "false", "off", "0" };
	for (size_t i = 0; i < ARRAY_LENGTH(yes); i++) {
		if (text_equal_ignoring_case(text, yes[i]) || text_equal_ignoring_case(text, no[i])) {
			*out = text_equal_ignoring_case(text, yes[i]);
			return true;
		}
	}
	return false;
}

static char **read_list(const char *text) {
	char **list = mem_new_array(LIST_MAX + 1, sizeof(char *));
	size_t count = 0;
	for (text += strspn(text, " ,\t"); *text && count < LIST_MAX; text += strspn(text, " ,\t")) {
		size_t length = strcspn(text, " ,\t");
		list[count++] = mem_strndup(text, length);
		text += length;
	}
	return mem_resize(list, (count + 1) * sizeof(char *));
}

/* "host:port", "[::1]:port" */
static bool read_server(const char *text, struct config_component *component) {
	const char *colon = strrchr(text, ':');
	int64_t port;
	if (!colon || colon == text || !text_read_integer(colon + 1, 1, 65535, &port)) {
		return false;
	}
	bool is_bracketed = text[0] == '[' && colon[-1] == ']';
	free(component->server_host);
	component->server_host = is_bracketed ? mem_strndup(text + 1, (size_t)(colon - text) - 2) :
			mem_strndup(text, (size_t)(colon - text));
	component->server_port = (unsigned)port;
	return true;
}

static bool read_tls(const char *text, enum gw_conn_tls *out) {
	bool is_wanted;
	if (strcmp(text, "unverified") == 0) {
		*out = GW_CONN_TLS_UNVERIFIED;
		return true;
	} else if (read_boolean(text, &is_wanted)) {
		*out = is_wanted ? GW_CONN_TLS : GW_CONN_PLAIN;
		return true;
	}
	return false;
}

static bool set_value(void *object, const struct config_key *key, const char *value) {
	void *member = (char *)object + key->offset;
	int64_t number;
	switch (key->type) {
	case CONFIG_TEXT:
		mem_set_string(member, value);
		return true;
	case CONFIG_LIST:
		*(char ***)member = read_list(value);
		return true;
	case CONFIG_BOOLEAN:
		return read_boolean(value, member);
	case CONFIG_NUMBER:
		if (!text_read_integer(value, 1, 10000, &number)) {
			return false;
		}
		*(unsigned *)member = (unsigned)number;
		return true;
	case CONFIG_DURATION:
		return read_duration(value, member);
	case CONFIG_SERVER:
		return read_server(value, object);
	case CONFIG_TLS:
		return read_tls(value, member);
	case CONFIG_LEVEL:
		return log_level_read(value, member);
	}
	return false;
}

/* --- Putting it together --- */

/* What counts: the last one said on the command line, else in the environment, the component's section, [gangway]. */
static const struct setting *find_setting(const struct collection *all, const char *section, const char *name) {
	const struct setting *best = NULL;
	int best_rank = -1;
	for (const struct setting *setting = all->first; setting; setting = setting->next) {
		if (strcmp(setting->name, name) != 0 ||
				(setting->section && (!section || strcmp(setting->section, section) != 0))) {
			continue;
		}
		int rank = (int)setting->source * 2 + (setting->section != NULL);
		if (rank >= best_rank) {
			best = setting;
			best_rank = rank;
		}
	}
	return best;
}

static void fill_in(struct collection *all, void *object, const char *section, bool is_global) {
	for (const struct config_key *key = config_keys; key->name; key++) {
		if (key->is_global != is_global) {
			continue;
		}
		const struct setting *setting = find_setting(all, section, key->name);
		if (setting && !set_value(object, key, setting->value)) {
			complain(all, "%s: “%s” is “%s”: expected %s", setting->origin, key->name, setting->value,
					config_expectation(key->type));
		} else if (!setting && key->value) {
			set_value(object, key, key->value);
		}
	}
}

static void fill_in_options(struct collection *all, struct config_component *component) {
	struct config_option **last = &component->options;
	for (const struct setting *setting = all->first; setting; setting = setting->next) {
		bool is_here = !setting->section || strcmp(setting->section, component->jid) == 0;
		if (!is_here || config_key_find(setting->name)) {
			continue;
		}
		struct config_option *option = mem_new(sizeof(*option));
		option->name = mem_strdup(setting->name);
		option->value = mem_strdup(setting->value);
		option->origin = mem_strdup(setting->origin);
		*last = option;
		last = &option->next;
	}
}

static void fill_in_component(struct collection *all, struct config_component *component, const char *jid,
		bool is_complete) {
	component->jid = mem_strdup(jid);
	fill_in(all, component, jid, false);
	fill_in_options(all, component);
	if (!component->user_jid_domains) {
		const char *dot = strchr(jid, '.');
		component->user_jid_domains = read_list(dot ? dot + 1 : jid);
	}
	if (!component->admins) {
		component->admins = read_list("");
	}
	if (is_complete && !component->module) {
		complain(all, "[%s] names no module", jid);
	}
	if (is_complete && !component->secret) {
		complain(all, "[%s] has no secret", jid);
	}
}

static struct config *make_config(struct collection *all, int argc, char **argv, int first_argument) {
	struct config *config = mem_new(sizeof(*config));
	fill_in(all, config, NULL, true);
	if (first_argument < argc) {
		config->command = mem_strdup(argv[first_argument]);
		config->arguments = mem_new_array((size_t)(argc - first_argument), sizeof(char *));
		for (int i = first_argument + 1; i < argc; i++) {
			config->arguments[i - first_argument - 1] = mem_strdup(argv[i]);
		}
	}
	config->only_jid = mem_strdup(all->jid);
	config->components = mem_new_array(all->section_count + 1, sizeof(struct config_component));
	bool needs_all = !config->command || strcmp(config->command, "check") == 0;
	for (size_t i = 0; i < all->section_count; i++) {
		bool is_wanted = config->command || !all->jid || strcmp(all->jid, all->sections[i]) == 0;
		if (is_wanted) {
			fill_in_component(all, &config->components[config->component_count++], all->sections[i], needs_all);
		}
	}
	bool needs_component = !config->command || strcmp(config->command, "modules") != 0;
	if (config->component_count == 0 && needs_component) {
		complain(all, "no component is configured: add a section [JID] to the configuration, or use --jid, --secret and "
				"--module");
	}
	return config;
}

/* For `gangway --module x` of a program with a module linked in, --module is not needed: the jid makes the section. */
static void collect(struct collection *all) {
	if (all->config_file) {
		read_files(all, all->config_file);
	} else if (!all->jid && access(DEFAULT_FILE, F_OK) == 0) {
		read_files(all, DEFAULT_FILE);
	}
	if (all->jid && all->section_count == 0) {
		add_section(all, all->jid);
	}
}

enum config_outcome config_load(int argc, char **argv, struct config **out_config, char **out_text) {
	struct collection all = { .first = NULL };
	all.last = &all.first;
	*out_config = NULL;
	*out_text = read_command_line(&all, argc, argv);
	int first_argument = optind;
	if (!*out_text && !all.error) {
		collect(&all);
		read_environment(&all);
	}
	enum config_outcome outcome = CONFIG_PRINTED;
	if (!*out_text) {
		struct config *config = all.error ? NULL : make_config(&all, argc, argv, first_argument);
		outcome = all.error ? CONFIG_WRONG : CONFIG_LOADED;
		*out_text = all.error;
		*out_config = all.error ? NULL : config;
		if (all.error) {
			config_free(config);
		}
	}
	arena_finish(&all.arena);
	return outcome;
}

static void free_list(char **list) {
	for (char **one = list; one && *one; one++) {
		free(*one);
	}
	free(list);
}

static void component_free(struct config_component *component) {
	char *texts[] = { component->jid, component->module, component->secret, component->server_host,
		component->server_ca_file, component->upload_service, component->upload_requester };
	for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
		free(texts[i]);
	}
	free_list(component->user_jid_domains);
	free_list(component->admins);
	while (component->options) {
		struct config_option *option = component->options;
		component->options = option->next;
		free(option->name);
		free(option->value);
		free(option->origin);
		free(option);
	}
}

void config_free(struct config *config) {
	if (!config) {
		return;
	}
	for (size_t i = 0; i < config->component_count; i++) {
		component_free(&config->components[i]);
	}
	free(config->components);
	free(config->data_dir);
	free(config->module_dir);
	free(config->command);
	free(config->only_jid);
	free_list(config->arguments);
	free(config);
}

/* --- Options of modules --- */

bool config_check_options(const struct config_component *component, const struct gw_module_option *known,
		char **out_error) {
	for (const struct config_option *option = component->options; option; option = option->next) {
		const struct gw_module_option *one = known;
		while (one && one->name && strcmp(one->name, option->name) != 0) {
			one++;
		}
		if (!one || !one->name) {
			const char *nearest = config_key_nearest(option->name);
			*out_error = mem_printf("%s: neither Gangway nor the module %s knows the key “%s”%s%s%s", option->origin,
					component->module ? component->module : "", option->name, nearest ? "; did you mean “" : "",
					nearest ? nearest : "", nearest ? "”?" : "");
			return false;
		}
	}
	return true;
}

const char *config_option(const struct config_component *component, const char *name) {
	const char *value = NULL;
	for (const struct config_option *option = component->options; option; option = option->next) {
		if (strcmp(option->name, name) == 0) {
			value = option->value;
		}
	}
	return value;
}
