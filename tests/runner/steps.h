/* SPDX-License-Identifier: MPL-2.0 */
/* What lines of a scenario mean: tables of patterns (pattern.h), one for each subject. */
#ifndef RUNNER_STEPS_H
#define RUNNER_STEPS_H

#include "pattern.h"
#include "world.h"

enum step_block {
	STEP_ALONE, /* nothing below */
	STEP_XML,   /* one or more elements */
	STEP_LINES, /* lines that the step reads itself */
};

enum step_moment {
	STEP_RUNNING, /* the gateway runs, and is started for it if it never was */
	STEP_BEFORE,  /* says how the gateway is set up: before anything that needs it */
	STEP_ANYTIME,
};

struct step_input {
	struct pattern_arguments arguments;
	const char *const *values;       /* those of the arguments, for short */
	struct xml_node *xml;            /* its children are what the block says */
	const char *block;               /* as it stands */
	const char *const *lines;        /* the block's, trimmed, without empty ones */
	size_t line_count;
};

struct step {
	const char *pattern;
	enum step_block block;
	enum step_moment moment;
	bool (*run)(struct world *world, const struct step_input *input); /* false after world_fail() */
};

/* Each table ends with a zeroed step. */
extern const struct step option_steps[], stanza_steps[], link_steps[], module_steps[], network_steps[], user_steps[],
		command_steps[];

/* Runs one line. False: the report says why. */
bool steps_run(struct world *world, const struct script_line *line);

/* "5 minutes" in milliseconds; false for a unit nobody knows. */
bool steps_read_duration(int64_t number, const char *unit, int64_t *out_ms);

/* One field a line: username "User name" required private value "romeo". Lives as long as the case. */
bool steps_read_fields(struct world *world, const struct step_input *input, const struct gw_form_field **out_fields);

/* Names of the API's enums as scripts write them. */
bool steps_read_show(const char *name, enum gw_show *out);
bool steps_read_condition(const char *name, enum gw_condition *out);
bool steps_read_loss(const char *name, enum gw_loss *out);

#endif
