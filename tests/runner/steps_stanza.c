/* SPDX-License-Identifier: MPL-2.0 */
/* Stanzas that come in, and stanzas that the gateway is expected to send. */
#include "steps.h"

#include "pretty.h"
#include "util/mem.h"
#include "xml/ns.h"
#include "xml/write.h"

#include <string.h>

enum { MAX_IN_ANY_ORDER = 64 };

/* --- In --- */

static bool fill_in(struct world *world, struct xml_node *node) {
	const char *name = NULL;
	return match_fill_in(&world->arena, node, &world->captures, &name) ||
			world_fail(world, "{%s} was not captured yet", name);
}

static bool feed(struct world *world, struct xml_node *stanza, const char *from) {
	if (xml_get(stanza, "from") == NULL) {
		xml_set(stanza, "from", from);
	}
	if (xml_get(stanza, "to") == NULL) {
		xml_set(stanza, "to", WORLD_COMPONENT);
	}
	if (!fill_in(world, stanza)) {
		return false;
	}
	world_feed(world, xml_to_string(&world->arena, stanza, NS_COMPONENT));
	return true;
}

static bool sends(struct world *world, const struct step_input *input) {
	const char *from = strcmp(input->values[0], "server") == 0 ? WORLD_SERVER : input->values[0];
	for (struct xml_node *stanza = xml_first_element(input->xml); stanza != NULL;
			stanza = xml_next_element(stanza)) {
		if (!feed(world, stanza, from)) {
			return false;
		}
	}
	return true;
}

static bool server_sends_bytes(struct world *world, const struct step_input *input) {
	world_feed(world, input->block);
	return true;
}

/* A body of so many bytes, for limits. */
static bool sends_a_body(struct world *world, const struct step_input *input) {
	size_t size = (size_t)input->arguments.number;
	struct xml_node *message = xml_new(&world->arena, "message", NS_COMPONENT);
	char *body = arena_alloc(&world->arena, size + 1);
	memset(body, 'a', size);
	body[size] = '\0';
	xml_set(message, "type", "chat");
	xml_set(message, "id", "long");
	xml_set(message, "to", input->values[2]);
	xml_text(xml_add(message, "body", NULL), body);
	return feed(world, message, input->values[0]);
}

/* --- Out --- */

static void describe_expected(struct world *world, const struct xml_node *expected) {
	strbuf_add_text(&world->report, "expected:\n");
	pretty_write(&world->report, expected, NS_COMPONENT, "  ");
}

static bool is_match(struct world *world, const struct xml_node *expected, const struct sent_stanza *stanza,
		struct strbuf *why) {
	return match_xml(&world->arena, expected, stanza->xml, &world->captures, why);
}

static bool expect_next(struct world *world, const struct xml_node *expected) {
	struct sent_stanza *next = sent_next(&world->sent);
	if (next == NULL) {
		describe_expected(world, expected);
		return world_fail(world, "but nothing was sent");
	}
	struct strbuf why;
	strbuf_init(&why, STRBUF_UNLIMITED);
	bool is_fine = is_match(world, expected, next, &why);
	if (is_fine) {
		next->is_seen = true;
	} else {
		describe_expected(world, expected);
		strbuf_add_text(&world->report, "but this was sent:\n");
		pretty_write(&world->report, next->xml, NS_COMPONENT, "  ");
		world_fail(world, "difference: %s", why.bytes);
	}
	strbuf_finish(&why);
	return is_fine;
}

static bool gateway_sends(struct world *world, const struct step_input *input) {
	for (struct xml_node *expected = xml_first_element(input->xml); expected != NULL;
			expected = xml_next_element(expected)) {
		if (!expect_next(world, expected)) {
			return false;
		}
	}
	return true;
}

static bool gateway_sends_in_any_order(struct world *world, const struct step_input *input) {
	struct sent_stanza *candidates[MAX_IN_ANY_ORDER];
	size_t count = 0, wanted = 0;
	for (struct xml_node *expected = xml_first_element(input->xml); expected != NULL;
			expected = xml_next_element(expected)) {
		wanted++;
	}
	for (struct sent_stanza *stanza = sent_next(&world->sent);
			stanza != NULL && count < wanted && count < MAX_IN_ANY_ORDER; stanza = sent_next_after(stanza)) {
		candidates[count++] = stanza;
	}
	for (struct xml_node *expected = xml_first_element(input->xml); expected != NULL;
			expected = xml_next_element(expected)) {
		size_t i = 0;
		while (i < count && (candidates[i]->is_seen || !is_match(world, expected, candidates[i], NULL))) {
			i++;
		}
		if (i == count) {
			describe_expected(world, expected);
			return world_fail(world, "is not among the next %zu", wanted);
		}
		candidates[i]->is_seen = true;
	}
	return true;
}

/* Skips others. */
static bool gateway_eventually_sends(struct world *world, const struct step_input *input) {
	for (struct xml_node *expected = xml_first_element(input->xml); expected != NULL;
			expected = xml_next_element(expected)) {
		struct sent_stanza *stanza = sent_next(&world->sent);
		while (stanza != NULL && !is_match(world, expected, stanza, NULL)) {
			stanza->is_seen = true;
			stanza = sent_next_after(stanza);
		}
		if (stanza == NULL) {
			describe_expected(world, expected);
			return world_fail(world, "was not sent");
		}
		stanza->is_seen = true;
	}
	return true;
}

static bool gateway_has_not_sent(struct world *world, const struct step_input *input) {
	struct xml_node *unwanted = xml_first_element(input->xml);
	for (struct sent_stanza *stanza = sent_next(&world->sent); stanza != NULL; stanza = sent_next_after(stanza)) {
		if (is_match(world, unwanted, stanza, NULL)) {
			strbuf_add_text(&world->report, "this was sent:\n");
			pretty_write(&world->report, stanza->xml, NS_COMPONENT, "  ");
			return false;
		}
	}
	return true;
}

static bool nothing_is_sent(struct world *world, const struct step_input *input) {
	(void)input;
	struct sent_stanza *next = sent_next(&world->sent);
	if (next == NULL) {
		return true;
	}
	strbuf_add_text(&world->report, "this was sent:\n");
	pretty_write(&world->report, next->xml, NS_COMPONENT, "  ");
	return false;
}

static bool whatever_is_sent_is_ignored(struct world *world, const struct step_input *input) {
	(void)input;
	sent_ignore(&world->sent);
	return true;
}

/* What is to a certain address, or from one, is not what the case is about. */
static bool ignore_like(struct world *world, const struct step_input *input) {
	const char *attr = strcmp(input->values[0], "from") == 0 ? "from" : "to";
	for (struct sent_stanza *stanza = sent_next(&world->sent); stanza != NULL; stanza = sent_next_after(stanza)) {
		const char *value = xml_get(stanza->xml, attr);
		if (value != NULL && glob_match(input->values[1], value)) {
			stanza->is_seen = true;
		}
	}
	return true;
}

static bool ignore_kind(struct world *world, const struct step_input *input) {
	size_t size = strlen(input->values[0]);
	for (struct sent_stanza *stanza = sent_next(&world->sent); stanza != NULL; stanza = sent_next_after(stanza)) {
		if (strncmp(input->values[0], stanza->xml->name, strlen(stanza->xml->name)) == 0 &&
				size == strlen(stanza->xml->name) + 1) {
			stanza->is_seen = true;
		}
	}
	return true;
}

static bool captured_is(struct world *world, const struct step_input *input) {
	const char *missing = NULL;
	const char *name = arena_printf(&world->arena, "{%s}", input->values[0]);
	const char *value = match_fill_in_text(&world->arena, name, &world->captures, &missing);
	const char *other = match_fill_in_text(&world->arena, input->values[1], &world->captures, &missing);
	if (missing != NULL) {
		return world_fail(world, "{%s} was not captured yet", missing);
	}
	return glob_match(other, value) || world_fail(world, "%s is “%s”", name, value);
}

static bool captured_is_not(struct world *world, const struct step_input *input) {
	const char *missing = NULL;
	const char *name = arena_printf(&world->arena, "{%s}", input->values[0]);
	const char *value = match_fill_in_text(&world->arena, name, &world->captures, &missing);
	const char *other = match_fill_in_text(&world->arena, input->values[1], &world->captures, &missing);
	if (missing != NULL) {
		return world_fail(world, "{%s} was not captured yet", missing);
	}
	return !glob_match(other, value) || world_fail(world, "%s is “%s”", name, value);
}

const struct step stanza_steps[] = {
	{ "gateway sends", STEP_XML, STEP_ANYTIME, gateway_sends },
	{ "gateway sends in any order", STEP_XML, STEP_ANYTIME, gateway_sends_in_any_order },
	{ "gateway eventually sends", STEP_XML, STEP_ANYTIME, gateway_eventually_sends },
	{ "gateway has not sent", STEP_XML, STEP_ANYTIME, gateway_has_not_sent },
	{ "nothing is sent", STEP_ALONE, STEP_ANYTIME, nothing_is_sent },
	{ "whatever is sent is ignored", STEP_ALONE, STEP_ANYTIME, whatever_is_sent_is_ignored },
	{ "whatever is sent WORD WORD is ignored", STEP_ALONE, STEP_ANYTIME, ignore_like },
	{ "WORD that are sent are ignored", STEP_ALONE, STEP_ANYTIME, ignore_kind },
	{ "server sends the bytes", STEP_LINES, STEP_RUNNING, server_sends_bytes },
	{ "WORD sends NUMBER characters to WORD", STEP_ALONE, STEP_RUNNING, sends_a_body },
	{ "WORD sends", STEP_XML, STEP_RUNNING, sends },
	{ "captured WORD is TEXT", STEP_ALONE, STEP_ANYTIME, captured_is },
	{ "captured WORD is not TEXT", STEP_ALONE, STEP_ANYTIME, captured_is_not },
	{ 0 },
};
