/* SPDX-License-Identifier: MPL-2.0 */
/* Time, the link to the server, the gateway's life, and what its log says. */
#include "steps.h"

#include "archives.h"

#include <stdio.h>
#include <string.h>

static bool duration(struct world *world, const struct step_input *input, int64_t *out_ms) {
	return steps_read_duration(input->arguments.number, input->values[1], out_ms) ||
			world_fail(world, "“%s” is no unit of time", input->values[1]);
}

static bool time_passes(struct world *world, const struct step_input *input) {
	int64_t by_ms = 0;
	if (!duration(world, input, &by_ms)) {
		return false;
	}
	world_advance(world, by_ms);
	return true;
}

static bool wall_clock_jumps(struct world *world, const struct step_input *input) {
	int64_t by_ms = 0;
	if (!duration(world, input, &by_ms)) {
		return false;
	}
	loop_jump_wall_clock(world->loop, by_ms);
	return true;
}

static bool link_breaks(struct world *world, const struct step_input *input) {
	(void)input;
	if (world->gateway->component == NULL) {
		return world_fail(world, "the gateway has stopped");
	}
	component_break(world->gateway->component, "the scenario cut the link");
	world_lose_held(world);
	return true;
}

static bool link_is_back(struct world *world, const struct step_input *input) {
	(void)input;
	if (world->gateway->component == NULL) {
		return world_fail(world, "the gateway has stopped");
	}
	component_restore(world->gateway->component);
	world_tell_grants(world);
	return true;
}

/* What the server lets the gateway do for its users; the words are those of XEP-0356. */
static bool server_grants(struct world *world, const struct step_input *input) {
	struct strbuf text;
	strbuf_init(&text, STRBUF_UNLIMITED);
	strbuf_add_text(&text, "<message from='" WORLD_SERVER "' to='" WORLD_COMPONENT "'>"
			"<privilege xmlns='urn:xmpp:privilege:2'>");
	bool is_fine = true, is_told_again = true;
	for (size_t i = 0; i < input->arguments.rest_count && is_fine; i++) {
		const char *what = input->arguments.rest[i].text;
		if (strcmp(what, "roster") == 0) {
			strbuf_add_text(&text, "<perm access='roster' type='both'/>");
		} else if (strcmp(what, "message") == 0) {
			strbuf_add_text(&text, "<perm access='message' type='outgoing'/>");
		} else if (strcmp(what, "archive") == 0) {
			strbuf_add_text(&text, "<perm access='iq'><namespace ns='urn:xmpp:mam:2' type='set'/></perm>");
		} else if (strcmp(what, "archive-preferences") == 0) {
			strbuf_add_text(&text, "<perm access='iq'><namespace ns='urn:xmpp:mam:2' type='both'/></perm>");
		} else if (strcmp(what, "nothing") == 0) {
			is_told_again = false;
		} else {
			is_fine = world_fail(world, "“%s” cannot be granted", what);
		}
	}
	strbuf_add_text(&text, "</privilege></message>");
	world->grants = arena_strdup(&world->arena, text.bytes);
	strbuf_finish(&text);
	if (is_fine && world->gateway != NULL && component_is_online(world->gateway->component)) {
		world_tell_grants(world);
	}
	if (!is_told_again) {
		world->grants = NULL;
	}
	return is_fine;
}

static bool archive_has(struct world *world, const struct step_input *input) {
	archives_set(world, input->values[0], input->xml);
	return true;
}

static bool gateway_starts(struct world *world, const struct step_input *input) {
	(void)input;
	return world_start_gateway(world);
}

static bool gateway_begins_to_stop(struct world *world, const struct step_input *input) {
	(void)input;
	world_begin_to_stop(world);
	return true;
}

static bool gateway_stops(struct world *world, const struct step_input *input) {
	(void)input;
	return world_stop_gateway(world);
}

/* What it says when it goes is another case's business. */
static bool gateway_restarts(struct world *world, const struct step_input *input) {
	(void)input;
	if (!world_stop_gateway(world)) {
		return false;
	}
	sent_ignore(&world->sent);
	return world_start_gateway(world);
}

static bool gateway_is_killed(struct world *world, const struct step_input *input) {
	(void)input;
	return world_kill_gateway(world);
}

static bool store_is_put_back(struct world *world, const struct step_input *input) {
	(void)input;
	return world_copy_store(world);
}

static bool server_is_busy(struct world *world, const struct step_input *input) {
	(void)input;
	world_set_server_busy(world, true);
	return true;
}

static bool server_is_free(struct world *world, const struct step_input *input) {
	(void)input;
	world_set_server_busy(world, false);
	return true;
}

static bool gateway_does_not_start(struct world *world, const struct step_input *input) {
	if (world_start_gateway(world)) {
		return world_fail(world, "the gateway has started");
	}
	char *why = arena_strdup(&world->arena, world->report.bytes);
	strbuf_clear(&world->report);
	why[strcspn(why, "\n")] = '\0';
	const char *expected = arena_printf(&world->arena, "the gateway does not start: %s", input->values[0]);
	return glob_match(expected, why) || world_fail(world, "%s", why);
}

/* Before the first start only what there is to start from would be missing. */
static bool disk_is_full(struct world *world, const struct step_input *input) {
	(void)input;
	if (!world->has_started && !world_start_gateway(world)) {
		return false;
	}
	world_fill_disk(world, true);
	return true;
}

static bool disk_has_room(struct world *world, const struct step_input *input) {
	(void)input;
	world_fill_disk(world, false);
	return true;
}

static bool has_logged(struct world *world, const char *text) {
	const char *pattern = arena_printf(&world->arena, "*%s*", text);
	for (size_t i = 0; i < world->log_count; i++) {
		if (glob_match(pattern, world->log_lines[i])) {
			return true;
		}
	}
	return false;
}

static bool column_is_broken(struct world *world, const struct step_input *input) {
	world_break_column(arena_strdup(&world->arena, input->values[0]));
	return true;
}

static bool columns_are_whole(struct world *world, const struct step_input *input) {
	(void)world;
	(void)input;
	world_break_column(NULL);
	return true;
}

static bool log_says(struct world *world, const struct step_input *input) {
	return has_logged(world, input->values[0]) || world_fail(world, "the log has no such line");
}

static bool log_does_not_say(struct world *world, const struct step_input *input) {
	return !has_logged(world, input->values[0]) || world_fail(world, "the log has such a line");
}

const struct step link_steps[] = {
	{ "NUMBER WORD pass", STEP_ALONE, STEP_RUNNING, time_passes },
	{ "NUMBER WORD passes", STEP_ALONE, STEP_RUNNING, time_passes },
	{ "wall clock jumps by NUMBER WORD", STEP_ALONE, STEP_ANYTIME, wall_clock_jumps },
	{ "the link breaks", STEP_ALONE, STEP_RUNNING, link_breaks },
	{ "the link is back", STEP_ALONE, STEP_RUNNING, link_is_back },
	{ "server grants REST", STEP_ALONE, STEP_ANYTIME, server_grants },
	{ "the archive of WORD has", STEP_XML, STEP_ANYTIME, archive_has },
	{ "the gateway starts", STEP_ALONE, STEP_ANYTIME, gateway_starts },
	{ "the gateway begins to stop", STEP_ALONE, STEP_RUNNING, gateway_begins_to_stop },
	{ "the gateway stops", STEP_ALONE, STEP_RUNNING, gateway_stops },
	{ "the gateway restarts", STEP_ALONE, STEP_RUNNING, gateway_restarts },
	{ "the gateway is killed", STEP_ALONE, STEP_RUNNING, gateway_is_killed },
	{ "the store is put back from a copy", STEP_ALONE, STEP_ANYTIME, store_is_put_back },
	{ "the server is busy", STEP_ALONE, STEP_ANYTIME, server_is_busy },
	{ "the server is free again", STEP_ALONE, STEP_RUNNING, server_is_free },
	{ "the gateway does not start: TEXT", STEP_ALONE, STEP_BEFORE, gateway_does_not_start },
	{ "the disk is full", STEP_ALONE, STEP_ANYTIME, disk_is_full },
	{ "the disk has room again", STEP_ALONE, STEP_ANYTIME, disk_has_room },
	{ "the column WORD cannot be read", STEP_ALONE, STEP_BEFORE, column_is_broken },
	{ "all columns can be read again", STEP_ALONE, STEP_ANYTIME, columns_are_whole },
	{ "the log says TEXT", STEP_ALONE, STEP_ANYTIME, log_says },
	{ "the log does not say TEXT", STEP_ALONE, STEP_ANYTIME, log_does_not_say },
	{ 0 },
};
