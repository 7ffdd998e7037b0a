/* SPDX-License-Identifier: MPL-2.0 */
/*
 * From what was said to one struct config: each key of each component is looked up in the collection, checked, and set.
 */
#include "config.h"

#include "config_collect.h"
#include "config_table.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/text.h"
#include "xmpp/jid.h"

#include <gangway/module.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

static void free_list(char **list) {
	for (char **one = list; one && *one; one++) {
		free(*one);
	}
	free(list);
}

/* "Example.ORG" is the domain of the users of example.org: addresses are compared as servers prepare them. */
static char *prepare(const char *text, bool is_domain) {
	struct arena arena = { 0 };
	struct gw_jid jid;
	bool is_good = jid_parse(&arena, text, &jid) && !jid.resource && !jid.local == is_domain;
	char *prepared = is_good ? mem_strdup(jid.bare) : NULL;
	arena_finish(&arena);
	return prepared;
}

static bool read_list(const char *text, bool of_domains, char ***out_list) {
	char **list = mem_new_array(strlen(text) / 2 + 2, sizeof(char *));
	size_t count = 0;
	for (text += strspn(text, " ,\t"); *text; text += strspn(text, " ,\t")) {
		size_t length = strcspn(text, " ,\t");
		char *word = mem_strndup(text, length);
		list[count] = prepare(word, of_domains);
		free(word);
		if (!list[count++]) {
			free_list(list);
			return false;
		}
		text += length;
	}
	*out_list = mem_resize(list, (count + 1) * sizeof(char *));
	return true;
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
	case CONFIG_FILE:
		mem_set_string(member, value);
		return access(value, R_OK) == 0;
	case CONFIG_DOMAINS:
	case CONFIG_JIDS:
		return read_list(value, key->type == CONFIG_DOMAINS, member);
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
			collection_complain(all, "%s: “%s” is “%s”: expected %s", setting->origin, key->name, setting->value,
					config_expectation(key->type));
		} else if (!setting && key->value) {
			set_value(object, key, key->value);
		}
	}
}

static void fill_in_options(struct collection *all, struct config_component *component) {
	struct config_option **last = &component->options;
	for (const struct setting *setting = all->first; setting; setting = setting->next) {
		bool counts = find_setting(all, component->jid, setting->name) == setting;
		if (!counts || config_key_find(setting->name)) {
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

/* Components are domains: no user part, no resource. */
static bool is_address(const char *jid) {
	struct arena arena = { 0 };
	struct gw_jid parsed;
	bool is_good = jid_parse(&arena, jid, &parsed) && !parsed.local && !parsed.resource;
	arena_finish(&arena);
	return is_good;
}

/* Servers know no capitals in addresses; two that are the same would throw each other out. */
static void check_address_is_new(struct collection *all, const struct config *config, const char *jid) {
	struct arena arena = { 0 };
	struct gw_jid mine, theirs;
	bool is_mine_good = jid_parse(&arena, jid, &mine);
	for (size_t i = 0; is_mine_good && i < config->component_count; i++) {
		const char *other = config->components[i].jid;
		if (jid_parse(&arena, other, &theirs) && strcmp(theirs.full, mine.full) == 0) {
			collection_complain(all, "[%s] is the same address as [%s]", jid, other);
		}
	}
	arena_finish(&arena);
}

static void fill_in_component(struct collection *all, struct config_component *component, const char *jid,
		bool is_complete) {
	component->jid = mem_strdup(jid);
	if (!is_address(jid)) {
		collection_complain(all, "[%s]: expected the address of a component, such as [irc.example.org]", jid);
	}
	fill_in(all, component, jid, false);
	fill_in_options(all, component);
	if (!component->user_jid_domains || !component->user_jid_domains[0]) {
		free(component->user_jid_domains);
		const char *dot = strchr(jid, '.');
		component->user_jid_domains = NULL;
		if (!read_list(dot ? dot + 1 : jid, true, &component->user_jid_domains)) {
			collection_complain(all, "[%s] is no domain, and so no address of a component", jid);
		}
	}
	if (!component->admins) {
		component->admins = mem_new_array(1, sizeof(char *));
	}
	if (is_complete && (!component->secret || !*component->secret)) {
		collection_complain(all, "[%s] has no secret", jid);
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
		bool is_wanted = !needs_all || !all->jid || strcmp(all->jid, all->sections[i]) == 0;
		if (is_wanted) {
			check_address_is_new(all, config, all->sections[i]);
			fill_in_component(all, &config->components[config->component_count++], all->sections[i], needs_all);
		}
	}
	bool needs_component = !config->command || strcmp(config->command, "modules") != 0;
	if (config->component_count == 0 && all->section_count > 0) {
		collection_complain(all, "--jid: the configuration has no section [%s]", all->jid);
	} else if (config->component_count == 0 && needs_component) {
		collection_complain(all, "no component is configured: add a section [JID] to the configuration, or use --jid, "
				"--secret and --module");
	}
	return config;
}

enum config_outcome config_load(int argc, char **argv, struct config **out_config, char **out_text) {
	struct collection all = { 0 };
	*out_config = NULL;
	*out_text = collect_command_line(&all, argc, argv);
	if (!*out_text && !all.error) {
		collect_files(&all);
		collect_environment(&all);
	}
	enum config_outcome outcome = CONFIG_PRINTED;
	if (!*out_text) {
		struct config *config = all.error ? NULL : make_config(&all, argc, argv, all.first_argument);
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

/* Keys of ours may have been meant as well. */
static const char *nearest_known(const char *name, const struct gw_module_option *known) {
	const char *nearest = config_key_nearest(name);
	for (const struct gw_module_option *one = known; one && one->name; one++) {
		unsigned distance = text_edit_distance(one->name, name);
		if (distance < (nearest ? text_edit_distance(nearest, name) : CONFIG_FAR)) {
			nearest = one->name;
		}
	}
	return nearest;
}

static bool refuse_option(const struct config_component *component, const struct gw_module_option *known,
		const struct config_option *option, char **out_error) {
	const char *nearest = nearest_known(option->name, known);
	char *hint = nearest ? mem_printf("; did you mean “%s”?", nearest) : mem_strdup("");
	*out_error = mem_printf("%s: neither Gangway nor the module %s knows the key “%s”%s", option->origin,
			component->module ? component->module : "", option->name, hint);
	free(hint);
	return false;
}

bool config_check_option_names(const char *module, const struct gw_module_option *known, char **out_error) {
	for (const struct gw_module_option *one = known; one && one->name; one++) {
		const struct config_key *key = config_key_find(one->name);
		if (key) {
			*out_error = mem_printf("the module %s has an option “%s”, which would never be heard: “%s” is a key of "
					"Gangway's own (%s)", module, one->name, key->name, key->help);
			return false;
		}
	}
	return true;
}

bool config_check_options(const struct config_component *component, const struct gw_module_option *known,
		char **out_error) {
	if (!config_check_option_names(component->module ? component->module : "linked in", known, out_error)) {
		return false;
	}
	for (const struct config_option *option = component->options; option; option = option->next) {
		const struct gw_module_option *one = known;
		while (one && one->name && strcmp(one->name, option->name) != 0) {
			one++;
		}
		if (!one || !one->name) {
			return refuse_option(component, known, option, out_error);
		}
	}
	for (const struct gw_module_option *one = known; one && one->name; one++) {
		if (one->required && !one->value && !config_option(component, one->name)) {
			*out_error = mem_printf("[%s] lacks the key “%s”, which the module %s needs: %s", component->jid, one->name,
					component->module ? component->module : "", one->help ? one->help : "it does not say what for");
			return false;
		}
	}
	return true;
}

static const struct config_option *find_option(const struct config_component *component, const char *name) {
	for (const struct config_option *option = component->options; option; option = option->next) {
		if (strcmp(option->name, name) == 0) {
			return option;
		}
	}
	return NULL;
}

const char *config_option(const struct config_component *component, const char *name) {
	const struct config_option *option = find_option(component, name);
	return option ? option->value : NULL;
}

const char *config_option_origin(const struct config_component *component, const char *name) {
	const struct config_option *option = find_option(component, name);
	return option ? option->origin : NULL;
}
