/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Any element to every reader; what was understood is written, and understood the same way again.
 */
#include "codec/avatar.h"
#include "codec/bob.h"
#include "codec/command.h"
#include "codec/disco.h"
#include "codec/error.h"
#include "codec/form.h"
#include "codec/gateway.h"
#include "codec/message.h"
#include "codec/presence.h"
#include "codec/privilege.h"
#include "codec/pubsub.h"
#include "codec/register.h"
#include "codec/roster.h"
#include "codec/search.h"
#include "codec/upload.h"
#include "codec/vcard.h"
#include "xml/ns.h"
#include "xml/parse.h"
#include "xml/write.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct gw_form_option options[] = {
	{ .value = "a", .label = "A" },
	{ .value = "b" },
	{ 0 },
};

static const struct gw_form_field fields[] = {
	{ .var = "username", .required = true },
	{ .var = "password", .type = GW_FIELD_TEXT_PRIVATE },
	{ .var = "text", .type = GW_FIELD_TEXT_MULTI },
	{ .var = "first", .type = GW_FIELD_BOOLEAN },
	{ .var = "last", .type = GW_FIELD_LIST_SINGLE, .options = options },
	{ .var = "nick", .type = GW_FIELD_LIST_MULTI, .options = options, .open = true },
	{ .var = "email", .type = GW_FIELD_JID_MULTI },
	{ .var = "key", .type = GW_FIELD_HIDDEN },
	{ .var = "zip", .datatype = GW_DATATYPE_INTEGER, .min = "-5", .max = "70000" },
	{ .var = "misc", .datatype = GW_DATATYPE_DECIMAL, .min = "-0.5" },
	{ .var = "date", .datatype = GW_DATATYPE_DATE },
	{ .var = "url", .datatype = GW_DATATYPE_URI },
	{ .var = "state", .datatype = GW_DATATYPE_LANGUAGE },
	{ .var = "phone", .pattern = "[0-9]{3}" },
	{ .var = "city", .datatype = GW_DATATYPE_TIME },
	{ .var = "address", .datatype = GW_DATATYPE_DATETIME },
	{ 0 },
};

static struct xml_node *outer(struct arena *arena) {
	return xml_new(arena, "iq", NS_COMPONENT);
}

static bool same_bytes(struct arena *arena, const struct xml_node *a, const struct xml_node *b) {
	return strcmp(xml_to_string(arena, a, NULL), xml_to_string(arena, b, NULL)) == 0;
}

/* Takes the form over. What was checked once is acceptable as it is. */
static void try_answers(struct arena *arena, struct gw_form *form, bool is_checked) {
	if (form == NULL) {
		return;
	}
	struct gw_form *stored = form_deserialize(form_serialize(arena, form));
	assert(stored != NULL);
	struct xml_node *x = form_write_answers(outer(arena), "submit", NULL, form);
	assert(same_bytes(arena, x, form_write_answers(outer(arena), "submit", NULL, stored)));
	gw_form_free(stored);
	struct form_problem problem;
	struct gw_form *again = form_check(arena, form, fields, &problem);
	assert(again != NULL || !is_checked);
	if (is_checked) {
		assert(strcmp(form_serialize(arena, again), form_serialize(arena, form)) == 0);
	}
	gw_form_free(again);
	form_write(outer(arena), &(struct gw_form_template){ .fields = fields }, "urn:x", form);
	gw_form_free(form);
}

static void try_forms(struct arena *arena, const struct xml_node *node) {
	struct form_problem problem = { 0 };
	try_answers(arena, form_read_any(node), false);
	try_answers(arena, form_read(arena, node, fields, &problem), true);
	struct register_request registration = { 0 };
	if (register_read(arena, node, fields, NULL, &registration, &problem)) {
		try_answers(arena, registration.form, true);
	} else {
		assert(problem.text != NULL && problem.condition != GW_OK);
	}
	struct search_request search;
	if (search_read(arena, node, fields, &search, &problem)) {
		try_answers(arena, search.form, true);
	}
}

static struct xml_node *read_and_write_message(struct arena *arena, const struct xml_node *node) {
	struct message_content content;
	message_content_read(node, &content);
	struct xml_node *written = outer(arena);
	message_content_write(written, &content);
	return written;
}

static struct xml_node *read_and_write_presence(struct arena *arena, const struct xml_node *node) {
	struct presence_content content;
	presence_content_read(node, &content);
	struct xml_node *written = outer(arena);
	presence_content_write(written, &content);
	return written;
}

/* Reading what was written changes nothing any more, once a retraction has its fallback. */
static void try_stanzas(struct arena *arena, const struct xml_node *node) {
	struct xml_node *message = read_and_write_message(arena, read_and_write_message(arena, node));
	assert(same_bytes(arena, message, read_and_write_message(arena, message)));
	struct xml_node *presence = read_and_write_presence(arena, node);
	assert(same_bytes(arena, presence, read_and_write_presence(arena, presence)));
	message_quote(arena, "Anna", xml_content(node));

	struct error_content error;
	if (error_read(node, &error)) {
		error_write(outer(arena), &error);
	}
	struct privileges privileges;
	privilege_read(node, &privileges);
	privilege_unwrap(node, "iq");
}

static void try_discovery(struct arena *arena, const struct xml_node *node) {
	struct disco_info info;
	uint64_t limit;
	upload_read_error_limit(node, &limit);
	struct upload_slot slot;
	upload_read_slot(arena, node, &slot);
	if (!disco_info_read(node, &info)) {
		return;
	}
	upload_read_limit(&info, &limit);
	struct xml_node *written = outer(arena);
	disco_info_write(written, &info, NULL);
	struct disco_info again;
	assert(disco_info_read(xml_first_element(written), &again));
	assert(strcmp(disco_caps_ver(arena, &info), disco_caps_ver(arena, &again)) == 0);
	assert(strcmp(disco_caps2_hash(arena, &info), disco_caps2_hash(arena, &again)) == 0);
}

static void try_others(struct arena *arena, const struct xml_node *node) {
	struct command_request command;
	const char *application;
	command_read(node, &command, &application);
	struct pubsub_request request;
	pubsub_read_request(node, &request);
	struct roster_item item;
	for (const struct xml_node *next = roster_read_next(node, NULL, &item); next != NULL;
			next = roster_read_next(node, next, &item)) {
		roster_write(outer(arena), &item);
	}
	struct avatar_info avatar;
	bool is_empty;
	if (avatar_read_metadata(node, &avatar, &is_empty)) {
		avatar_write_metadata(outer(arena), &avatar);
	}
	uint8_t *bytes;
	size_t size;
	const char *type;
	avatar_read_data(arena, node, &bytes, &size);
	bob_read(arena, node, &bytes, &size, &type);
	vcard_read_photo(arena, node, &bytes, &size, &type);
	gateway_prompt_read(node);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct arena arena = { 0 };
	const char *text = arena_strndup(&arena, (const char *)data, size);
	gw_form_free(form_deserialize(text));
	const struct xml_node *node = xml_parse(&arena, text, strlen(text), NULL);
	if (node != NULL) {
		try_forms(&arena, node);
		try_stanzas(&arena, node);
		try_discovery(&arena, node);
		try_others(&arena, node);
	}
	arena_finish(&arena);
	return 0;
}
