/* SPDX-License-Identifier: MPL-2.0 */
/* <metadata/> and <data/> */
#include "codec/avatar.h"

#include "util/digest.h"
#include "util/text.h"
#include "xml/ns.h"

#include <string.h>

struct xml_node *avatar_write_metadata(struct xml_node *item, const struct avatar_info *info) {
	struct xml_node *metadata = xml_add(item, "metadata", NS_AVATAR_METADATA);
	if (info == NULL) {
		return metadata;
	}
	struct xml_node *node = xml_add(metadata, "info", NULL);
	xml_set(node, "id", info->id);
	xml_set(node, "type", info->type);
	xml_set_integer(node, "bytes", (long long)info->bytes);
	if (info->height != 0 && info->width != 0) {
		xml_set_integer(node, "height", info->height);
		xml_set_integer(node, "width", info->width);
	}
	xml_set(node, "url", info->url);
	return metadata;
}

struct xml_node *avatar_write_data(struct xml_node *item, const void *bytes, size_t size) {
	return xml_text(xml_add(item, "data", NS_AVATAR_DATA), digest_base64(item->arena, bytes, size));
}

static uint64_t read_number(const struct xml_node *node, const char *name, int64_t max) {
	const char *text = xml_get(node, name);
	int64_t number = 0;
	return text != NULL && text_read_integer(text, 0, max, &number) ? (uint64_t)number : 0;
}

static bool is_id(const char *id) {
	return id != NULL && strlen(id) == AVATAR_ID_SIZE &&
			strspn(id, "0123456789abcdefABCDEF") == AVATAR_ID_SIZE;
}

static bool read_info(const struct xml_node *node, struct avatar_info *out) {
	if (!is_id(xml_get(node, "id")) || xml_get(node, "type") == NULL ||
			xml_get(node, "url") != NULL) {
		return false;
	}
	*out = (struct avatar_info){
		.id = xml_get(node, "id"),
		.type = xml_get(node, "type"),
		.bytes = read_number(node, "bytes", INT64_MAX),
		.width = (unsigned)read_number(node, "width", 65535),
		.height = (unsigned)read_number(node, "height", 65535),
	};
	return out->bytes <= AVATAR_MAX_BYTES;
}

bool avatar_read_metadata(const struct xml_node *metadata, struct avatar_info *out,
		bool *out_is_empty) {
	*out_is_empty = false;
	if (!xml_is(metadata, "metadata", NS_AVATAR_METADATA)) {
		return false;
	}
	*out_is_empty = xml_find(metadata, "info", NS_AVATAR_METADATA) == NULL;
	struct avatar_info best = { 0 }, info;
	for (const struct xml_node *node = xml_find(metadata, "info", NS_AVATAR_METADATA); node != NULL;
			node = xml_find_next(node, "info", NS_AVATAR_METADATA)) {
		bool is_usable = read_info(node, &info);
		if (is_usable && (best.id == NULL || strcmp(info.type, "image/png") == 0)) {
			best = info;
		}
	}
	if (best.id == NULL) {
		return false;
	}
	*out = best;
	return true;
}

bool avatar_read_data(struct arena *arena, const struct xml_node *data, uint8_t **out_bytes,
		size_t *out_size) {
	if (!xml_is(data, "data", NS_AVATAR_DATA)) {
		return false;
	}
	const char *text = xml_content(data);
	uint8_t *bytes;
	size_t size;
	if (strlen(text) > AVATAR_MAX_BYTES * 3 / 2 ||
			!digest_read_base64(arena, text, &bytes, &size) || size == 0 ||
			size > AVATAR_MAX_BYTES) {
		return false;
	}
	*out_bytes = bytes;
	*out_size = size;
	return true;
}
