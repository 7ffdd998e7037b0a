/* SPDX-License-Identifier: MPL-2.0 */
/* From a line to the step that it means. */
#include "steps.h"

#include "scripted.h"
#include "util/mem.h"
#include "xml/ns.h"
#include "xml/parse.h"
#include "xmpp/condition.h"

#include <string.h>

static const struct step *const tables[] = {
	option_steps, stanza_steps, link_steps, module_steps, network_steps, user_steps,
	command_steps,
};

static const struct step *find_step(const struct script_line *line, struct pattern_arguments *out) {
	for (size_t i = 0; i < ARRAY_LENGTH(tables); i++) {
		for (const struct step *step = tables[i]; step->pattern != NULL; step++) {
			if (pattern_match(step->pattern, line->words, line->word_count, out)) {
				return step;
			}
		}
	}
	return NULL;
}

static bool name_the_nearest(struct world *world, const struct script_line *line) {
	const char *nearest = NULL;
	size_t best = 0;
	for (size_t i = 0; i < ARRAY_LENGTH(tables); i++) {
		for (const struct step *step = tables[i]; step->pattern != NULL; step++) {
			size_t likeness = pattern_likeness(step->pattern, line->words, line->word_count);
			if (likeness > best) {
				best = likeness;
				nearest = step->pattern;
			}
		}
	}
	return world_fail(world, "nobody knows what this line means%s%s", nearest != NULL ? "; the nearest is: " : "",
			nearest != NULL ? nearest : "");
}

/* The block as children of one element in the namespace of stanzas. */
static bool read_xml(struct world *world, const struct script_line *line, struct step_input *input) {
	const char *text = arena_printf(&world->arena, "<block xmlns='jabber:component:accept'>%s</block>",
			line->block);
	const char *problem = NULL;
	input->xml = xml_parse(&world->arena, text, strlen(text), &problem);
	if (input->xml == NULL) {
		return world_fail(world, "the XML below (line %u) is not well-formed: %s", line->block_number, problem);
	}
	return xml_first_element(input->xml) != NULL || world_fail(world, "there is no XML below this line");
}

static bool read_block(struct world *world, const struct step *step, const struct script_line *line,
		struct step_input *input) {
	input->block = line->block;
	if ((line->block != NULL) != (step->block != STEP_ALONE)) {
		return world_fail(world, step->block == STEP_ALONE ? "nothing belongs below this line" :
				"something is missing below this line");
	}
	if (step->block == STEP_XML) {
		return read_xml(world, line, input);
	}
	input->lines = script_block_lines(&world->arena, line->block, &input->line_count);
	return true;
}

static bool is_the_moment(struct world *world, const struct step *step) {
	if (step->moment == STEP_BEFORE && world->gateway != NULL) {
		return world_fail(world, "this has to stand before the first line that needs the gateway, "
				"or while it is stopped");
	}
	if (step->moment == STEP_RUNNING && world->has_started && world->gateway == NULL) {
		return world_fail(world, "the gateway is stopped");
	}
	return step->moment != STEP_RUNNING || world_start_gateway(world);
}

/* "contact juliet of romeo@montague.lit says": the words in the middle only say whose contact. */
static const struct script_line *without_owner(struct world *world, const struct script_line *line) {
	bool has_owner = line->word_count > 4 && strcmp(line->words[0].text, "contact") == 0 &&
			strcmp(line->words[2].text, "of") == 0 && !line->words[2].is_quoted;
	if (!has_owner) {
		return line;
	}
	struct script_line *shorter = arena_new(&world->arena, sizeof(*shorter));
	*shorter = *line;
	shorter->word_count -= 2;
	memmove(&shorter->words[2], &shorter->words[4], (shorter->word_count - 2) * sizeof(shorter->words[0]));
	world->user = line->words[3].text;
	return shorter;
}

bool steps_run(struct world *world, const struct script_line *line) {
	world->line_number = line->number;
	world->line = line = without_owner(world, line);
	struct step_input input = { 0 };
	const struct step *step = find_step(line, &input.arguments);
	if (step == NULL) {
		return name_the_nearest(world, line);
	}
	input.values = input.arguments.values;
	if (!is_the_moment(world, step) || !read_block(world, step, line, &input) || !step->run(world, &input)) {
		return false;
	}
	if (world->gateway != NULL) {
		world_settle(world);
	}
	return world->sent.problem == NULL ||
			world_fail(world, "the gateway sent what is no XML: %s\n%s", world->sent.problem,
					world->sent.raw.bytes);
}

/* --- Words with a meaning --- */

bool steps_read_duration(int64_t number, const char *unit, int64_t *out_ms) {
	static const struct {
		const char *name;
		int64_t ms;
	} units[] = {
		{ "millisecond", 1 }, { "second", 1000 }, { "minute", 60000 }, { "hour", 3600000 }, { "day", 86400000 },
	};
	for (size_t i = 0; i < ARRAY_LENGTH(units); i++) {
		size_t size = strlen(units[i].name);
		if (strncmp(unit, units[i].name, size) == 0 && (unit[size] == '\0' || strcmp(unit + size, "s") == 0)) {
			*out_ms = number * units[i].ms;
			return true;
		}
	}
	return false;
}

static bool find_name(const char *const *names, size_t count, const char *name, size_t *out_index) {
	for (size_t i = 0; i < count; i++) {
		if (strcmp(names[i], name) == 0) {
			*out_index = i;
			return true;
		}
	}
	return false;
}

bool steps_read_show(const char *name, enum gw_show *out) {
	static const char *const names[] = {
		[GW_SHOW_AVAILABLE] = "available", [GW_SHOW_CHAT] = "chat", [GW_SHOW_AWAY] = "away",
		[GW_SHOW_XA] = "xa", [GW_SHOW_DND] = "dnd", [GW_SHOW_OFFLINE] = "offline",
	};
	size_t index;
	bool is_known = find_name(names, ARRAY_LENGTH(names), name, &index);
	*out = is_known ? (enum gw_show)index : GW_SHOW_AVAILABLE;
	return is_known;
}

bool steps_read_loss(const char *name, enum gw_loss *out) {
	static const char *const names[] = {
		[GW_LOSS_NETWORK] = "network", [GW_LOSS_THROTTLED] = "throttled",
		[GW_LOSS_BANNED] = "banned", [GW_LOSS_CREDENTIALS] = "credentials",
	};
	size_t index;
	bool is_known = find_name(names, ARRAY_LENGTH(names), name, &index);
	*out = is_known ? (enum gw_loss)index : GW_LOSS_NETWORK;
	return is_known;
}

bool steps_read_condition(const char *name, enum gw_condition *out) {
	*out = condition_find(name);
	return *out != GW_UNDEFINED_CONDITION || strcmp(name, gw_condition_name(GW_UNDEFINED_CONDITION)) == 0;
}
