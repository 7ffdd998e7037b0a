/* SPDX-License-Identifier: MPL-2.0 */
/* Beginning and ending a case. */
#include "world.h"

#include "archives.h"
#include "feature/router.h"
#include "module/request.h"
#include "scripted.h"
#include "util/log.h"
#include "util/mem.h"
#include "xml/ns.h"
#include "xml/write.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
	REPORT_MAX_BYTES = 1024 * 1024,
	ROUNDS_MAX = 100,
	ADVANCE_STEP_MS = 1000,
	ADVANCE_STEPS_MAX = 500,
};

/* Noon on the first day of 2026, UTC. */
static const int64_t BEGINNING_MS = 1767268800000;

static const uint8_t STORE_KEY[32] = "the key of scenarios' stores";

static void note_log_line(enum gw_log_level level, const char *line, void *data) {
	struct world *world = data;
	(void)level;
	if (world->log_count < WORLD_MAX_LOG_LINES) {
		world->log_lines[world->log_count++] = arena_strdup(&world->arena, line);
	}
}

static const char *module_option(const char *name, void *data) {
	const struct world *world = data;
	for (size_t i = 0; world->module_options[i] != NULL; i += 2) {
		if (strcmp(world->module_options[i], name) == 0) {
			return world->module_options[i + 1];
		}
	}
	return NULL;
}

struct world *world_of(const struct gw_gateway *gateway) {
	return (struct world *)(uintptr_t)container_of(gateway->options, const struct world, options);
}

/* The component's data is its gateway. */
static void note_sent(const char *bytes, size_t size, void *data) {
	struct gw_gateway *gateway = data;
	sent_feed(&world_of(gateway)->sent, bytes, size);
}

void world_init(struct world *world, const struct script *script, const struct gw_module *module) {
	*world = (struct world){ .script = script };
	strbuf_init(&world->report, REPORT_MAX_BYTES);
	sent_init(&world->sent, &world->line_number);
	log_set_sink(note_log_line, world);
	log_set_level(GW_LOG_DEBUG);
	world->loop = loop_new();
	loop_hold_clock(world->loop, BEGINNING_MS);
	if (module != NULL) {
		world->module = *module;
	} else {
		world->scripted = scripted_new(world);
		world->module = scripted_module;
	}
	world->user_domains[0] = WORLD_SERVER;
	world->user_domains[1] = "capulet.lit";
	world->options = (struct gateway_options){
		.component = { .host = "localhost", .port = 5347, .jid = WORLD_COMPONENT, .secret = "secret",
				.sink = note_sent },
		.module = &world->module,
		.store = { .key = STORE_KEY },
		.user_domains = world->user_domains,
		.admins = world->admins,
		.module_option = module_option,
		.module_option_data = world,
	};
}

void world_finish(struct world *world) {
	loop_free(world->loop);
	scripted_free(world->scripted);
	log_set_sink(NULL, NULL);
	sent_finish(&world->sent);
	strbuf_finish(&world->report);
	arena_finish(&world->arena);
}

bool world_fail(struct world *world, const char *format, ...) {
	va_list args;
	va_start(args, format);
	strbuf_vprintf(&world->report, format, args);
	va_end(args);
	strbuf_add_text(&world->report, "\n");
	return false;
}

/* What the gateway sends to itself comes back by way of the server, unless that is busy: then when it no longer is. */
static bool route_one(struct world *world, struct sent_stanza *stanza) {
	const char *to = xml_get(stanza->xml, "to");
	bool is_online = world->gateway != NULL && component_is_online(world->gateway->component);
	if (is_online && archives_answer(world, stanza->xml)) {
		stanza->is_seen = true;
		return true;
	}
	if (to == NULL || strcmp(to, WORLD_COMPONENT) != 0) {
		return false;
	}
	stanza->is_seen = true;
	if (world->is_server_busy) {
		stanza->is_held = true;
		return false;
	}
	if (is_online) {
		const char *bytes = xml_to_string(&world->arena, stanza->xml, NS_COMPONENT);
		component_feed(world->gateway->component, bytes, strlen(bytes));
	}
	return is_online;
}

/* Each is looked at once. */
static bool route_back(struct world *world) {
	bool has_routed = false;
	struct sent_stanza *stanza = world->last_routed != NULL ? world->last_routed->next : world->sent.first;
	for (; stanza != NULL; stanza = stanza->next) {
		world->last_routed = stanza;
		has_routed |= !stanza->is_seen && route_one(world, stanza);
	}
	return has_routed;
}

void world_set_server_busy(struct world *world, bool is_busy) {
	world->is_server_busy = is_busy;
	for (struct sent_stanza *stanza = world->sent.first; !is_busy && stanza != NULL; stanza = stanza->next) {
		if (stanza->is_held) {
			stanza->is_held = stanza->is_seen = false;
			world->last_routed = NULL;
		}
	}
	world_settle(world);
}

void world_lose_held(struct world *world) {
	for (struct sent_stanza *stanza = world->sent.first; stanza != NULL; stanza = stanza->next) {
		stanza->is_held = false;
	}
}

/* A link that came by itself, after one that was given up. */
static void notice_link(struct world *world) {
	struct component *component = world->gateway != NULL ? world->gateway->component : NULL;
	if (component != NULL && component_counters(component).reconnects != world->link_number) {
		world_tell_grants(world);
	}
}

void world_settle(struct world *world) {
	unsigned rounds = 0;
	do {
		loop_settle(world->loop);
		notice_link(world);
	} while (route_back(world) && ++rounds < ROUNDS_MAX);
}

/* Step by step: what the gateway asks itself is answered in between. */
void world_advance(struct world *world, int64_t by_ms) {
	int64_t longest_ms = by_ms / ADVANCE_STEPS_MAX;
	if (longest_ms < ADVANCE_STEP_MS) {
		longest_ms = ADVANCE_STEP_MS;
	}
	world_settle(world);
	while (by_ms > 0) {
		int64_t step_ms = by_ms < longest_ms ? by_ms : longest_ms;
		loop_advance(world->loop, step_ms);
		world_settle(world);
		by_ms -= step_ms;
	}
}

/* The advert that a server sends behind the handshake (XEP-0356 section 3). */
void world_tell_grants(struct world *world) {
	struct component *component = world->gateway->component;
	if (component == NULL) {
		return;
	}
	world->link_number = component_counters(component).reconnects;
	if (world->grants != NULL) {
		component_feed(component, world->grants, strlen(world->grants));
	}
}

/* A gateway that has stopped hears nothing any more. */
void world_feed(struct world *world, const char *bytes) {
	if (world->gateway->component == NULL) {
		return;
	}
	component_feed(world->gateway->component, bytes, strlen(bytes));
	world_settle(world);
}

struct gw_session *world_session(struct world *world, const char *jid) {
	const char *whose = jid != NULL ? jid : world->user;
	if (whose == NULL) {
		world_fail(world, "nobody is registered yet");
		return NULL;
	}
	struct gw_session *session = gw_gateway_find_session(world->gateway, whose);
	if (session == NULL) {
		world_fail(world, "%s is not registered", whose);
	}
	return session;
}

/* --- The gateway comes and goes --- */

bool world_start_gateway(struct world *world) {
	if (world->gateway != NULL) {
		return true;
	}
	struct gateway_problem problem;
	world->gateway = gateway_new(world->loop, &world->options, &feature_hooks, &problem);
	if (world->gateway == NULL) {
		world_fail(world, "the gateway does not start: %s", problem.text);
		free(problem.text);
		free(problem.option);
		return false;
	}
	world->has_started = true;
	gateway_start(world->gateway);
	world_tell_grants(world);
	world_settle(world);
	return true;
}

static void stopped(void *data) {
	*(bool *)data = true;
}

void world_begin_to_stop(struct world *world) {
	if (world->gateway != NULL && !world->is_stopping) {
		world->is_stopping = true;
		world->is_stopped = false;
		gateway_stop(world->gateway, stopped, &world->is_stopped);
		world_settle(world);
	}
}

bool world_stop_gateway(struct world *world) {
	if (world->gateway == NULL) {
		return true;
	}
	world_begin_to_stop(world);
	if (!world->is_stopped) {
		world_advance(world, WORLD_STOP_MS);
	}
	if (!world->is_stopped) {
		return world_fail(world, "the gateway was told to stop and has not in %d s", WORLD_STOP_MS / 1000);
	}
	gateway_free(world->gateway);
	world->gateway = NULL;
	world->is_stopping = world->is_stopped = false;
	world_settle(world);
	return true;
}

/* Into the file that is there, which stays the same one; an empty one where there is nothing to copy. */
static void copy_file(const char *from_path, const char *to_path) {
	FILE *from = fopen(from_path, "rb"), *to = fopen(to_path, "wb");
	char bytes[4096];
	for (size_t size; from != NULL && to != NULL && (size = fread(bytes, 1, sizeof(bytes), from)) > 0;) {
		fwrite(bytes, 1, size, to);
	}
	if (from != NULL) {
		fclose(from);
	}
	if (to != NULL) {
		fclose(to);
	}
}

/* What a killed process leaves: its files as they are, and nothing said to anybody. */
bool world_kill_gateway(struct world *world) {
	static const char *const suffixes[] = { "", "-wal", "-turns" };
	if (world->data_dir == NULL) {
		return world_fail(world, "the store has to be kept: a killed gateway leaves nothing else");
	}
	const char *path = world->options.store.path;
	char *files[ARRAY_LENGTH(suffixes)], *left[ARRAY_LENGTH(suffixes)];
	bool is_disk_full = world->is_disk_full;
	world_fill_disk(world, false); /* for the copies */
	for (size_t i = 0; i < ARRAY_LENGTH(suffixes); i++) {
		files[i] = arena_printf(&world->arena, "%s%s", path, suffixes[i]);
		left[i] = arena_printf(&world->arena, "%s.left", files[i]);
		copy_file(files[i], left[i]);
	}
	gateway_free(world->gateway);
	world->gateway = NULL;
	for (size_t i = 0; i < ARRAY_LENGTH(suffixes); i++) {
		copy_file(left[i], files[i]);
		unlink(left[i]);
	}
	unlink(arena_printf(&world->arena, "%s-closed", path));
	world_fill_disk(world, is_disk_full);
	world_lose_held(world);
	loop_settle(world->loop);
	sent_ignore(&world->sent);
	return true;
}

bool world_copy_store(struct world *world) {
	if (world->data_dir == NULL || world->gateway != NULL) {
		return world_fail(world, "the store has to be kept, and the gateway not to run");
	}
	const char *path = world->options.store.path;
	char *copy = arena_printf(&world->arena, "%s.copy", path);
	copy_file(path, copy);
	copy_file(copy, path);
	return unlink(copy) == 0;
}

void world_keep_store(struct world *world) {
	if (world->data_dir != NULL) {
		return;
	}
	const char *base = getenv("TMPDIR");
	char *directory = arena_printf(&world->arena, "%s/gangway-scenario-XXXXXX", base != NULL ? base : "/tmp");
	if (mkdtemp(directory) == NULL) {
		abort();
	}
	world->data_dir = directory;
	world->options.data_dir = directory;
	world->options.store.path = arena_printf(&world->arena, "%s/gateway.db", directory);
}

static const char *broken_column;

static void remove_store(struct world *world) {
	broken_column = NULL;
	static const char *const suffixes[] = { "", "-wal", "-turns", "-shm", "-journal", "-closed" };
	if (world->data_dir == NULL) {
		return;
	}
	for (size_t i = 0; i < ARRAY_LENGTH(suffixes); i++) {
		unlink(arena_printf(&world->arena, "%s%s", world->options.store.path, suffixes[i]));
	}
	rmdir(world->data_dir);
}

/* A limit of no bytes for files is a full disk to everybody in this process. */
void world_fill_disk(struct world *world, bool is_full) {
	struct rlimit limit;
	if (world->is_disk_full == is_full || getrlimit(RLIMIT_FSIZE, &limit) != 0) {
		return;
	}
	signal(SIGXFSZ, SIG_IGN);
	limit.rlim_cur = is_full ? 0 : limit.rlim_max;
	setrlimit(RLIMIT_FSIZE, &limit);
	world->is_disk_full = is_full;
}

static int deny_reading(void *data, int action, const char *table, const char *column, const char *database,
		const char *trigger) {
	(void)data;
	(void)database;
	(void)trigger;
	if (action != SQLITE_READ || !broken_column) {
		return SQLITE_OK;
	}
	size_t size = strlen(table);
	bool is_broken = strncmp(broken_column, table, size) == 0 && broken_column[size] == '.' &&
			strcmp(broken_column + size + 1, column) == 0;
	return is_broken ? SQLITE_DENY : SQLITE_OK;
}

static int watch_connection(sqlite3 *db, char **out_error, const struct sqlite3_api_routines *routines) {
	(void)out_error;
	(void)routines;
	return sqlite3_set_authorizer(db, deny_reading, NULL);
}

void world_break_column(const char *name) {
	broken_column = name;
	sqlite3_auto_extension((void (*)(void))watch_connection);
}

/* --- What must not be left --- */

static bool has_nothing_unseen(struct world *world) {
	size_t count = sent_count_new(&world->sent);
	if (count == 0) {
		return true;
	}
	return world_fail(world, "%zu more %s sent than the scenario says", count,
			count == 1 ? "stanza was" : "stanzas were");
}

void world_abandon(struct world *world) {
	world_fill_disk(world, false);
	if (!world_stop_gateway(world)) {
		gateway_free(world->gateway);
		world->gateway = NULL;
		world->is_stopping = false;
	}
	if (world->scripted != NULL) {
		scripted_answer_abandoned(world->scripted);
	}
	world_settle(world);
	remove_store(world);
}

bool world_end(struct world *world) {
	world_fill_disk(world, false);
	bool is_fine = has_nothing_unseen(world);
	if (is_fine && world->scripted != NULL) {
		is_fine = scripted_has_no_answers_left(world->scripted);
	}
	bool is_stopped = world_stop_gateway(world);
	if (is_stopped && world->scripted != NULL && !scripted_answer_abandoned(world->scripted)) {
		is_fine = false;
	}
	world_settle(world);
	if (is_stopped && request_count_open() != 0) {
		is_fine = world_fail(world, "%zu requests to the module are not answered", request_count_open());
	}
	if (is_stopped && loop_count_waiting(world->loop) != 0) {
		is_fine = world_fail(world, "%zu timers or connections are left behind",
				loop_count_waiting(world->loop));
	}
	remove_store(world);
	return is_fine && is_stopped;
}
