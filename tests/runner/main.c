/* SPDX-License-Identifier: MPL-2.0 */
/* Running scenario files, and telling what became of them. */
#include "steps.h"

#include <gangway/test.h>
#include <stdio.h>
#include <string.h>

enum { LOG_LINES_SHOWN = 20 };

struct run {
	const struct gw_module *module;
	unsigned count, failed;
};

/* --- The report of a case that failed --- */

static void print_lines(const char *text) {
	while (*text != '\0') {
		size_t size = strcspn(text, "\n");
		printf("#   %.*s\n", (int)size, text);
		text += size + (text[size] == '\n');
	}
}

static void print_log(const struct world *world) {
	size_t first = world->log_count > LOG_LINES_SHOWN ? world->log_count - LOG_LINES_SHOWN : 0;
	if (first < world->log_count) {
		print_lines("");
		print_lines("the log says:");
	}
	for (size_t i = first; i < world->log_count; i++) {
		print_lines(world->log_lines[i]);
	}
}

/* Everything that was sent since the last thing that a user or the network did, and what nobody looked at. */
static void print_sent(const struct world *world, unsigned since_line) {
	struct strbuf text;
	strbuf_init(&text, STRBUF_UNLIMITED);
	sent_describe(&world->sent, &text, since_line, "  ");
	print_lines(text.size > 0 ? "all that was sent since then:" : "nothing was sent since then");
	print_lines(text.bytes);
	strbuf_finish(&text);
}

static void print_report(const struct world *world, const struct script_line *line, unsigned since_line) {
	printf("# %s:%u: %s\n", world->script->path, line != NULL ? line->number : 0, line != NULL ? line->text : "");
	print_lines(world->report.bytes);
	print_sent(world, since_line);
	print_log(world);
}

/* --- Running --- */

/* Lines that only look do not begin something new. */
static bool only_looks(const struct script_line *line) {
	static const char *const beginnings[] = { "gateway sends", "gateway eventually", "gateway has", "nothing is",
			"module was", "whatever is", "captured ", "the log ", "the answer", "session of" };
	for (size_t i = 0; i < sizeof(beginnings) / sizeof(*beginnings); i++) {
		if (strncmp(line->text, beginnings[i], strlen(beginnings[i])) == 0) {
			return true;
		}
	}
	return false;
}

struct progress {
	const struct script_line *line; /* the last one that was run */
	unsigned since_line;            /* the last one that did something */
};

static bool run_lines(struct world *world, const struct script_line *first, struct progress *progress) {
	for (const struct script_line *line = first; line != NULL; line = line->next) {
		progress->line = line;
		if (!only_looks(line)) {
			progress->since_line = line->number;
		}
		if (!steps_run(world, line)) {
			return false;
		}
	}
	return true;
}

/* Lines that make sense only with a store in a file. */
static bool needs_file(const struct script_line *line) {
	static const char *const steps[] = { "the gateway restarts", "the gateway starts", "the gateway is killed",
			"the disk is full" };
	for (; line != NULL; line = line->next) {
		for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
			if (strcmp(line->text, steps[i]) == 0) {
				return true;
			}
		}
	}
	return false;
}

static void run_case(struct run *run, const struct script *script, const struct script_case *one) {
	struct world world;
	struct progress progress = { 0 };
	world_init(&world, script, run->module);
	if (needs_file(script->beginning) || needs_file(one->lines)) {
		world_keep_store(&world);
	}
	bool is_fine = run_lines(&world, script->beginning, &progress) && run_lines(&world, one->lines, &progress);
	if (!is_fine) {
		printf("not ok %u - %s\n", ++run->count, one->title);
		print_report(&world, progress.line, progress.since_line);
		sent_ignore(&world.sent);
		world_abandon(&world);
	} else if (!world_end(&world)) {
		is_fine = false;
		printf("not ok %u - %s\n", ++run->count, one->title);
		printf("# at the end of the scenario:\n");
		print_report(&world, progress.line, progress.since_line);
	} else {
		printf("ok %u - %s\n", ++run->count, one->title);
	}
	run->failed += !is_fine;
	fflush(stdout);
	world_finish(&world);
}

static void run_file(struct run *run, const char *path) {
	struct arena arena = { 0 };
	struct script script;
	const char *problem = NULL;
	if (!script_load(&arena, path, &script, &problem)) {
		printf("not ok %u - %s\n# %s\n", ++run->count, path, problem);
		run->failed++;
	} else {
		for (const struct script_case *one = script.cases; one != NULL; one = one->next) {
			run_case(run, &script, one);
		}
	}
	arena_finish(&arena);
}

int gw_test_main(int argc, char **argv, const struct gw_module *module) {
	struct run run = { .module = module };
	if (argc < 2) {
		fprintf(stderr, "usage: %s FILE.scenario...\n", argc > 0 ? argv[0] : "test");
		return 2;
	}
	for (int i = 1; i < argc; i++) {
		run_file(&run, argv[i]);
	}
	printf("1..%u\n", run.count);
	arena_release_cache();
	return run.failed > 0 ? 1 : 0;
}
