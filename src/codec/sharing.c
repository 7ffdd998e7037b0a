/* SPDX-License-Identifier: MPL-2.0 */
/* One file, three ways. */
#include "codec/sharing.h"

#include "util/digest.h"
#include "util/text.h"
#include "xml/ns.h"

#include <inttypes.h>

/* The part that XEP-0446 has from Jingle file transfer. */
static void write_metadata(struct xml_node *node, const struct shared_file *file) {
	xml_add_text(node, "media-type", NULL, file->type);
	xml_add_text(node, "name", NULL, file->name);
	if (file->size != 0) {
		xml_printf(xml_add(node, "size", NULL), "%" PRIu64, file->size);
	}
	if (file->date_ms != 0) {
		xml_add_text(node, "date", NULL, text_write_time(node->arena, file->date_ms));
	}
	if (file->sha256 != NULL) {
		struct xml_node *hash = xml_add(node, "hash", NS_HASHES);
		xml_set(hash, "algo", "sha-256");
		xml_text(hash, digest_base64(node->arena, file->sha256, DIGEST_SHA256_SIZE));
	}
}

static void write_media_sharing(struct xml_node *message, const struct shared_file *file) {
	struct xml_node *reference = xml_add(message, "reference", NS_REFERENCE);
	xml_set(reference, "type", "data");
	struct xml_node *sharing = xml_add(reference, "media-sharing", NS_SIMS);
	write_metadata(xml_add(sharing, "file", NS_FILE_TRANSFER), file);
	struct xml_node *source = xml_add(xml_add(sharing, "sources", NULL), "reference", NS_REFERENCE);
	xml_set(source, "type", "data");
	xml_set(source, "uri", file->url);
}

/* What people want to see at once, and what they want to keep. */
static bool is_for_display(const char *type) {
	return type != NULL &&
			(text_starts_with(type, "image/") || text_starts_with(type, "video/") ||
					text_starts_with(type, "audio/"));
}

static void write_file_sharing(struct xml_node *message, const struct shared_file *file) {
	struct xml_node *sharing = xml_add(message, "file-sharing", NS_SFS);
	xml_set(sharing, "disposition", is_for_display(file->type) ? "inline" : "attachment");
	struct xml_node *node = xml_add(sharing, "file", NS_FILE_METADATA);
	write_metadata(node, file);
	if (file->width != 0 && file->height != 0) {
		xml_printf(xml_add(node, "width", NULL), "%u", file->width);
		xml_printf(xml_add(node, "height", NULL), "%u", file->height);
	}
	struct xml_node *source = xml_add(xml_add(sharing, "sources", NULL), "url-data", NS_URL_DATA);
	xml_set(source, "target", file->url);
}

void sharing_write(struct xml_node *message, const struct shared_file *file) {
	xml_add_text(xml_add(message, "x", NS_OOB), "url", NULL, file->url);
	write_media_sharing(message, file);
	write_file_sharing(message, file);
}
