/* SPDX-License-Identifier: MPL-2.0 */
/* Service discovery: answers written and read, and the two hashes over them. */
#include "codec/disco.h"

#include "codec/language.h"
#include "util/digest.h"
#include "util/strbuf.h"
#include "xml/ns.h"

#include <stdlib.h>
#include <string.h>

/*
 * Beyond this many fields or values of a field, hashes are not made: nobody's real answer is that
 * large.
 */
enum { MAX_FIELDS = 64, MAX_VALUES = 128 };

void disco_add_identity(struct disco_info *info, const char *category, const char *type,
		const char *name) {
	if (info->identity_count < DISCO_MAX_IDENTITIES) {
		info->identities[info->identity_count++] = (struct disco_identity){
			.category = category,
			.type = type,
			.name = name,
		};
	}
}

void disco_add_feature(struct disco_info *info, const char *feature) {
	if (info->feature_count < DISCO_MAX_FEATURES && !disco_has_feature(info, feature)) {
		info->features[info->feature_count++] = feature;
	}
}

void disco_add_form(struct disco_info *info, struct xml_node *form) {
	if (info->form_count < DISCO_MAX_FORMS) {
		info->forms[info->form_count++] = form;
	}
}

bool disco_has_feature(const struct disco_info *info, const char *feature) {
	for (size_t i = 0; i < info->feature_count; i++) {
		if (strcmp(info->features[i], feature) == 0) {
			return true;
		}
	}
	return false;
}

bool disco_has_identity(const struct disco_info *info, const char *category, const char *type) {
	for (size_t i = 0; i < info->identity_count; i++) {
		if (strcmp(info->identities[i].category, category) == 0 &&
				strcmp(info->identities[i].type, type) == 0) {
			return true;
		}
	}
	return false;
}

void disco_info_write(struct xml_node *iq, const struct disco_info *info, const char *node) {
	struct xml_node *query = xml_add(iq, "query", NS_DISCO_INFO);
	xml_set(query, "node", node);
	for (size_t i = 0; i < info->identity_count; i++) {
		const struct disco_identity *identity = &info->identities[i];
		struct xml_node *child = xml_add(query, "identity", NULL);
		xml_set(child, "category", identity->category);
		xml_set(child, "type", identity->type);
		xml_set(child, "name", identity->name);
		if (identity->language != NULL) {
			xml_set_lang(child, identity->language);
		}
	}
	for (size_t i = 0; i < info->feature_count; i++) {
		xml_set(xml_add(query, "feature", NULL), "var", info->features[i]);
	}
	for (size_t i = 0; i < info->form_count; i++) {
		xml_append(query, xml_copy(query->arena, info->forms[i]));
	}
}

static void read_identity(const struct xml_node *node, struct disco_info *out) {
	const char *category = xml_get(node, "category"), *type = xml_get(node, "type");
	if (category == NULL || type == NULL || out->identity_count == DISCO_MAX_IDENTITIES) {
		return;
	}
	disco_add_identity(out, category, type, xml_get(node, "name"));
	out->identities[out->identity_count - 1].language = language_of(node);
}

bool disco_info_read(const struct xml_node *query, struct disco_info *out) {
	if (query == NULL || !xml_is(query, "query", NS_DISCO_INFO)) {
		return false;
	}
	*out = (struct disco_info){ 0 };
	for (struct xml_node *node = xml_first_element(query); node != NULL;
			node = xml_next_element(node)) {
		if (xml_is(node, "identity", NS_DISCO_INFO)) {
			read_identity(node, out);
		} else if (xml_is(node, "feature", NS_DISCO_INFO) && xml_get(node, "var") != NULL) {
			disco_add_feature(out, xml_get(node, "var"));
		} else if (xml_is(node, "x", NS_DATA_FORM)) {
			disco_add_form(out, node);
		}
	}
	return true;
}

void disco_add_item(struct xml_node *query, const char *jid, const char *node, const char *name) {
	struct xml_node *item = xml_add(query, "item", NULL);
	xml_set(item, "jid", jid);
	xml_set(item, "node", node);
	xml_set(item, "name", name);
}

/* Both hashes are made of strings that are sorted byte by byte and put together. */
static int compare_strings(const void *a, const void *b) {
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *sorted_and_joined(struct arena *arena, const char **strings, size_t count) {
	qsort(strings, count, sizeof(*strings), compare_strings);
	struct strbuf out;
	strbuf_init(&out, STRBUF_UNLIMITED); /* by the stanza they came from */
	for (size_t i = 0; i < count; i++) {
		strbuf_add_text(&out, strings[i]);
	}
	const char *joined = arena_strndup(arena, out.bytes, out.size);
	strbuf_finish(&out);
	return joined;
}

static const char *or_empty(const char *text) {
	return text != NULL ? text : "";
}

static const char *joined_identities(struct arena *arena, const struct disco_info *info,
		const char *separator, const char *end) {
	const char *strings[DISCO_MAX_IDENTITIES];
	for (size_t i = 0; i < info->identity_count; i++) {
		const struct disco_identity *identity = &info->identities[i];
		strings[i] = arena_printf(arena, "%s%s%s%s%s%s%s%s", identity->category, separator,
				identity->type, separator, or_empty(identity->language), separator,
				or_empty(identity->name), end);
	}
	return sorted_and_joined(arena, strings, info->identity_count);
}

static const char *joined_features(struct arena *arena, const struct disco_info *info,
		const char *end) {
	const char *strings[DISCO_MAX_FEATURES];
	for (size_t i = 0; i < info->feature_count; i++) {
		strings[i] = arena_printf(arena, "%s%s", info->features[i], end);
	}
	return sorted_and_joined(arena, strings, info->feature_count);
}

static const char *joined_values(struct arena *arena, const struct xml_node *field,
		const char *end) {
	const char *strings[MAX_VALUES];
	size_t count = 0;
	for (const struct xml_node *value = xml_find(field, "value", NS_DATA_FORM);
			value != NULL && count < MAX_VALUES;
			value = xml_find_next(value, "value", NS_DATA_FORM)) {
		strings[count++] = arena_printf(arena, "%s%s", xml_content(value), end);
	}
	return sorted_and_joined(arena, strings, count);
}

/* The fields of a form, but not the one called `except`. */
static const char *joined_fields(struct arena *arena, const struct xml_node *form,
		const char *except, const char *value_end, const char *field_end) {
	const char *strings[MAX_FIELDS];
	size_t count = 0;
	for (const struct xml_node *field = xml_find(form, "field", NS_DATA_FORM);
			field != NULL && count < MAX_FIELDS;
			field = xml_find_next(field, "field", NS_DATA_FORM)) {
		const char *var = or_empty(xml_get(field, "var"));
		if (except == NULL || strcmp(var, except) != 0) {
			strings[count++] = arena_printf(arena, "%s%s%s%s", var, value_end,
					joined_values(arena, field, value_end), field_end);
		}
	}
	return sorted_and_joined(arena, strings, count);
}

/* NULL when the form has no (hidden) FORM_TYPE: XEP-0115 leaves such a form out. */
static const char *form_type(const struct xml_node *form) {
	for (const struct xml_node *field = xml_find(form, "field", NS_DATA_FORM); field != NULL;
			field = xml_find_next(field, "field", NS_DATA_FORM)) {
		const char *var = xml_get(field, "var"), *type = xml_get(field, "type");
		if (var != NULL && strcmp(var, "FORM_TYPE") == 0) {
			bool is_hidden = type != NULL && strcmp(type, "hidden") == 0;
			return is_hidden ? xml_child_text(field, "value", NS_DATA_FORM) : NULL;
		}
	}
	return NULL;
}

/*
 * XEP-0115 sorts by parts, not by the strings that are made of them. With separators below any
 * character that XML can carry both is the same; then they become the visible ones.
 */
const char *disco_caps_ver(struct arena *arena, const struct disco_info *info) {
	const char *forms[DISCO_MAX_FORMS];
	size_t count = 0;
	for (size_t i = 0; i < info->form_count; i++) {
		const char *type = form_type(info->forms[i]);
		if (type != NULL) {
			forms[count++] = arena_printf(arena, "%s\x01%s", type,
					joined_fields(arena, info->forms[i], "FORM_TYPE", "\x01", ""));
		}
	}
	char *input = arena_printf(arena, "%s%s%s", joined_identities(arena, info, "\x02", "\x01"),
			joined_features(arena, info, "\x01"), sorted_and_joined(arena, forms, count));
	for (char *at = input; *at != '\0'; at++) {
		if (*at == '\x01') {
			*at = '<';
		} else if (*at == '\x02') {
			*at = '/';
		}
	}
	uint8_t hash[DIGEST_SHA1_SIZE];
	digest_sha1(input, strlen(input), hash);
	return digest_base64(arena, hash, sizeof(hash));
}

const char *disco_caps2_hash(struct arena *arena, const struct disco_info *info) {
	const char *forms[DISCO_MAX_FORMS];
	for (size_t i = 0; i < info->form_count; i++) {
		forms[i] = arena_printf(arena, "%s\x1d",
				joined_fields(arena, info->forms[i], NULL, "\x1f", "\x1e"));
	}
	const char *input = arena_printf(arena, "%s\x1c%s\x1c%s\x1c",
			joined_features(arena, info, "\x1f"),
			joined_identities(arena, info, "\x1f", "\x1f\x1e"),
			sorted_and_joined(arena, forms, info->form_count));
	uint8_t hash[DIGEST_SHA256_SIZE];
	digest_sha256(input, strlen(input), hash);
	return digest_base64(arena, hash, sizeof(hash));
}
