/* SPDX-License-Identifier: MPL-2.0 */
/* Running the gateways: load, open, connect, wait for the end, stop in order. */
#include "daemon.h"

#include "feature/router.h"
#include "gateway/gateway.h"
#include "module/load.h"
#include "net/loop.h"
#include "service.h"
#include "store/files.h"
#include "util/arena.h"
#include "util/digest.h"
#include "util/log.h"
#include "util/mem.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EXIT_CONFIGURATION = 2 };

/* One gateway with what it was made of. */
struct unit {
	const struct config_component *config;
	const struct gw_module *module;
	struct gateway_options options;
	char *directory, *database;
	struct gw_gateway *gateway;
};

struct daemon {
	const struct config *config;
	struct gw_loop *loop;
	struct unit *units;
	size_t count, running;
	uint8_t key[DIGEST_KEY_SIZE];
	daemon_reload_fn *reload;
	void *reload_data;
	bool is_stopping;
	struct gw_timer *watchdog;
};

static void handle_signal(void *data);
static void handle_reload(void *data);
static void unit_stopped(void *data);

static const char *option_of(const char *name, void *data) {
	return config_option(data, name);
}

static struct gateway_options options_of(const struct unit *unit, const struct gw_module *module, const uint8_t *key) {
	const struct config_component *config = unit->config;
	return (struct gateway_options){
		.component = {
			.host = config->server_host,
			.port = config->server_port,
			.tls = config->server_tls,
			.ca_file = config->server_ca_file,
			.jid = config->jid,
			.secret = config->secret,
		},
		.module = module,
		.store = { .path = unit->database, .key = key, .durable = config->durable },
		.data_dir = unit->directory,
		.user_domains = (const char *const *)config->user_jid_domains,
		.admins = (const char *const *)config->admins,
		.upload_service = config->upload_service,
		.upload_requester = config->upload_requester,
		.logins_at_once = config->logins_at_once,
		.no_roster_push = !config->roster_push,
		.no_subscription_fallback = !config->subscription_fallback,
		.no_correction_empty_body_as_retraction = !config->correction_empty_body_as_retraction,
		.last_message_correction_retraction_workaround = config->last_message_correction_retraction_workaround,
		.last_seen_fallback = config->last_seen_fallback,
		.request_timeout_ms = config->request_timeout_ms,
		.input_timeout_ms = config->input_timeout_ms,
		.qr_timeout_ms = config->qr_timeout_ms,
		.partial_registration_timeout_ms = config->partial_registration_timeout_ms,
		.command_timeout_ms = config->command_timeout_ms,
		.delay_threshold_ms = config->delay_threshold_ms,
		.keep_messages_ms = config->keep_messages_ms,
		.journal_max_bytes = (uint64_t)config->journal_mib * 1024 * 1024,
		.module_option = option_of,
		.module_option_data = (void *)config,
	};
}

/* The module that a component names, with its options checked. */
static const struct gw_module *find_module(const struct config *config, const struct config_component *component,
		const struct gw_module *linked, char **out_error) {
	if (!linked && !component->module) {
		*out_error = mem_printf("[%s] names no module", component->jid);
		return NULL;
	}
	const struct gw_module *module = linked ? linked : module_load(config->module_dir, component->module, out_error);
	return module && config_check_options(component, module->options, out_error) ? module : NULL;
}

static bool make_directory(const char *path, char **out_error) {
	if (mkdir(path, 0700) == 0) {
		files_sync_directory(path);
		return true;
	} else if (errno == EEXIST) {
		return true;
	}
	*out_error = mem_printf("the data directory %s cannot be made: %s", path, strerror(errno));
	return false;
}

/* Returns the exit code that goes with the error. */
static int make_gateway(struct unit *unit, struct gw_loop *loop, char **out_error) {
	struct gateway_problem problem;
	unit->gateway = gateway_new(loop, &unit->options, &feature_hooks, &problem);
	if (unit->gateway) {
		return EXIT_SUCCESS;
	}
	if (!problem.option) {
		*out_error = problem.text;
		return EXIT_FAILURE;
	}
	const char *origin = config_option_origin(unit->config, problem.option);
	*out_error = mem_printf("%s: %s", origin ? origin : unit->config->jid, problem.text);
	free(problem.option);
	free(problem.text);
	return EXIT_CONFIGURATION;
}

static int unit_open(struct daemon *daemon, struct unit *unit, char **out_error) {
	unit->directory = mem_printf("%s/%s", daemon->config->data_dir, unit->config->jid);
	unit->database = mem_printf("%s/gangway.sqlite", unit->directory);
	if (!make_directory(unit->directory, out_error)) {
		return EXIT_FAILURE;
	}
	unit->options = options_of(unit, unit->module, daemon->key);
	return make_gateway(unit, daemon->loop, out_error);
}

static void unit_close(struct unit *unit) {
	gateway_free(unit->gateway);
	free(unit->directory);
	free(unit->database);
}

/* Says what is wrong, if anything is. */
static bool is_fine(char *error) {
	if (error) {
		gw_log_error(NULL, "%s", error);
		free(error);
	}
	return !error;
}

/* Before anything is touched: what is wrong here is the configuration. */
static bool find_modules(struct daemon *daemon, const struct gw_module *linked) {
	char *error = NULL;
	for (size_t i = 0; i < daemon->count && !error; i++) {
		struct unit *unit = &daemon->units[i];
		unit->module = find_module(daemon->config, unit->config, linked, &error);
	}
	return is_fine(error);
}

/* Returns the exit code if it is not to run. */
static int open_all(struct daemon *daemon) {
	char *error = NULL;
	int code = EXIT_FAILURE;
	if (make_directory(daemon->config->data_dir, &error) && store_key_load(daemon->config->data_dir, daemon->key, &error)) {
		for (size_t i = 0; i < daemon->count && !error; i++) {
			code = unit_open(daemon, &daemon->units[i], &error);
		}
	}
	return is_fine(error) ? EXIT_SUCCESS : code;
}

static void feed_watchdog(void *data) {
	(void)data;
	service_notify("WATCHDOG=1");
}

static void start_all(struct daemon *daemon) {
	struct gw_scope *scope = loop_scope(daemon->loop);
	loop_on_signal(scope, SIGTERM, handle_signal, daemon);
	loop_on_signal(scope, SIGINT, handle_signal, daemon);
	loop_on_signal(scope, SIGHUP, handle_reload, daemon);
	int64_t watchdog_ms = service_watchdog_ms();
	if (watchdog_ms > 0) {
		daemon->watchdog = gw_timer_start_repeating(scope, watchdog_ms / 2, feed_watchdog, NULL);
	}
	for (size_t i = 0; i < daemon->count; i++) {
		gateway_start(daemon->units[i].gateway);
	}
	daemon->running = daemon->count;
	service_notify("READY=1");
}

static void handle_signal(void *data) {
	struct daemon *daemon = data;
	if (daemon->is_stopping) {
		gw_log_warning(NULL, "stopping at once");
		loop_stop(daemon->loop);
		return;
	}
	daemon->is_stopping = true;
	gw_log_info(NULL, "stopping");
	service_notify("STOPPING=1");
	for (size_t i = 0; i < daemon->count; i++) {
		gateway_stop(daemon->units[i].gateway, unit_stopped, daemon);
	}
}

static const struct config_component *find_component(const struct config *config, const char *jid) {
	for (size_t i = 0; i < config->component_count; i++) {
		if (strcmp(config->components[i].jid, jid) == 0) {
			return &config->components[i];
		}
	}
	return NULL;
}

/* Everything else needs a restart, which is short. */
static void handle_reload(void *data) {
	struct daemon *daemon = data;
	struct config *config = daemon->reload(daemon->reload_data);
	if (!config) {
		gw_log_error(NULL, "the configuration stays as it was");
		return;
	}
	gw_log_info(NULL, "log level and secrets are read anew");
	log_set_level(config->log_level);
	for (size_t i = 0; i < daemon->count && !daemon->is_stopping; i++) {
		const struct config_component *component = find_component(config, daemon->units[i].config->jid);
		if (component) {
			component_set_secret(daemon->units[i].gateway->component, component->secret);
		}
	}
	config_free(config);
}

static void unit_stopped(void *data) {
	struct daemon *daemon = data;
	if (--daemon->running == 0) {
		loop_stop(daemon->loop);
	}
}

/* A connection for each user is more than the usual 1024, which is only that low for programs that call select(). */
static void raise_file_limit(void) {
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

int daemon_run(const struct config *config, const struct gw_module *linked, daemon_reload_fn *reload, void *data) {
	log_set_level(config->log_level);
	log_use_journal_prefixes(service_has_journal());
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	raise_file_limit();
	struct daemon daemon = {
		.config = config,
		.loop = loop_new(),
		.count = config->component_count,
		.reload = reload,
		.reload_data = data,
	};
	daemon.units = mem_new_array(daemon.count, sizeof(struct unit));
	for (size_t i = 0; i < daemon.count; i++) {
		daemon.units[i].config = &config->components[i];
	}
	int code = find_modules(&daemon, linked) ? open_all(&daemon) : EXIT_CONFIGURATION;
	if (code == EXIT_SUCCESS) {
		start_all(&daemon);
		loop_run(daemon.loop);
	}
	for (size_t i = 0; i < daemon.count; i++) {
		unit_close(&daemon.units[i]);
	}
	gw_timer_stop(daemon.watchdog);
	loop_free(daemon.loop);
	free(daemon.units);
	arena_release_cache();
	return code;
}

/* Would it start? Its store is in memory, and nothing is connected. */
static int check_component(const struct config *config, const struct config_component *component,
		const struct gw_module *linked, char **out_error) {
	struct unit unit = { .config = component, .module = find_module(config, component, linked, out_error) };
	if (!unit.module) {
		return EXIT_CONFIGURATION;
	}
	struct gw_loop *loop = loop_new();
	unit.directory = mem_printf("%s/%s", config->data_dir, component->jid);
	unit.options = options_of(&unit, unit.module, NULL);
	int code = make_gateway(&unit, loop, out_error);
	unit_close(&unit);
	loop_free(loop);
	return code;
}

int daemon_check(const struct config *config, const struct gw_module *linked) {
	int code = EXIT_SUCCESS;
	for (size_t i = 0; i < config->component_count; i++) {
		const struct config_component *component = &config->components[i];
		char *error = NULL;
		int one = check_component(config, component, linked, &error);
		if (one == EXIT_SUCCESS) {
			printf("%s: module %s, server %s:%u: fine\n", component->jid, component->module ? component->module : "linked in",
					component->server_host, component->server_port);
		} else {
			fprintf(stderr, "%s: %s\n", component->jid, error);
			free(error);
			code = one > code ? one : code;
		}
	}
	arena_release_cache();
	return code;
}
