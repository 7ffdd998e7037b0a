/* SPDX-License-Identifier: MPL-2.0 */
/* <request/> and <slot/> */
#include "codec/upload.h"

#include "codec/form.h"
#include "util/mem.h"
#include "util/text.h"
#include "xml/ns.h"

#include <inttypes.h>
#include <string.h>

struct xml_node *upload_write_request(struct xml_node *iq, const char *file_name, uint64_t size,
		const char *content_type) {
	struct xml_node *request = xml_add(iq, "request", NS_UPLOAD);
	xml_set(request, "filename", file_name);
	xml_set(request, "size", arena_printf(iq->arena, "%" PRIu64, size));
	xml_set(request, "content-type", content_type);
	return request;
}

/* What stands behind a prefix; NULL when it is not there. */
static const char *behind(const char *text, const char *prefix) {
	size_t size = strlen(prefix);
	return strncasecmp(text, prefix, size) == 0 ? text + size : NULL;
}

/* http or https, with a host, and nothing in it that could end a line of a request. */
static bool is_web_address(const char *url) {
	const char *host = behind(url, "https://");
	if (host == NULL) {
		host = behind(url, "http://");
	}
	if (host == NULL || *host == '\0' || *host == '/' || strlen(url) > UPLOAD_MAX_URL_BYTES) {
		return false;
	}
	for (const char *at = url; *at != '\0'; at++) {
		if ((unsigned char)*at <= ' ' || *at == '\x7f') {
			return false;
		}
	}
	return true;
}

static const char *read_url(struct arena *arena, const struct xml_node *slot, const char *name) {
	const struct xml_node *node = xml_find(slot, name, NS_UPLOAD);
	const char *url = node != NULL ? xml_get(node, "url") : NULL;
	return url != NULL && is_web_address(url) ? arena_strdup(arena, url) : NULL;
}

/* Without control characters, line breaks above all. */
static const char *header_text(struct arena *arena, const char *text) {
	char *clean = arena_strdup(arena, text);
	char *end = clean;
	for (const char *at = clean; *at != '\0'; at++) {
		if ((unsigned char)*at >= ' ' && *at != '\x7f') {
			*end++ = *at;
		}
	}
	*end = '\0';
	return clean;
}

/* The name as we write it; NULL when the XEP does not allow it. */
static const char *allowed_header(struct arena *arena, const char *name) {
	static const char *const allowed[] = { "Authorization", "Cookie", "Expires" };
	name = name != NULL ? header_text(arena, name) : "";
	for (size_t i = 0; i < ARRAY_LENGTH(allowed); i++) {
		if (text_equal_ignoring_case(allowed[i], name)) {
			return allowed[i];
		}
	}
	return NULL;
}

static bool read_headers(struct arena *arena, const struct xml_node *put,
		struct upload_slot *slot) {
	size_t count = 0;
	for (const struct xml_node *node = xml_find(put, "header", NS_UPLOAD); node != NULL;
			node = xml_find_next(node, "header", NS_UPLOAD)) {
		const char *name = allowed_header(arena, xml_get(node, "name"));
		if (name == NULL) {
			continue;
		}
		if (count == UPLOAD_MAX_HEADERS) {
			return false; /* all of them have to be sent, or none */
		}
		slot->headers[count++] = (struct gw_http_header){
			.name = name,
			.value = header_text(arena, xml_content(node)),
		};
	}
	return true;
}

bool upload_read_slot(struct arena *arena, const struct xml_node *slot, struct upload_slot *out) {
	if (slot == NULL || !xml_is(slot, "slot", NS_UPLOAD)) {
		return false;
	}
	struct upload_slot read = {
		.put_url = read_url(arena, slot, "put"),
		.get_url = read_url(arena, slot, "get"),
	};
	if (read.put_url == NULL || read.get_url == NULL ||
			!read_headers(arena, xml_find(slot, "put", NS_UPLOAD), &read)) {
		return false;
	}
	*out = read;
	return true;
}

static bool read_size(const char *text, uint64_t *out_max_bytes) {
	int64_t size;
	if (text == NULL || !text_read_integer(text, 1, INT64_MAX, &size)) {
		return false;
	}
	*out_max_bytes = (uint64_t)size;
	return true;
}

bool upload_read_limit(const struct disco_info *info, uint64_t *out_max_bytes) {
	for (size_t i = 0; i < info->form_count; i++) {
		struct gw_form *form = form_read_any(info->forms[i]);
		bool is_found = strcmp(gw_form_text(form, "FORM_TYPE"), NS_UPLOAD) == 0 &&
				read_size(gw_form_value(form, "max-file-size"), out_max_bytes);
		gw_form_free(form);
		if (is_found) {
			return true;
		}
	}
	return false;
}

bool upload_read_error_limit(const struct xml_node *iq, uint64_t *out_max_bytes) {
	const struct xml_node *error = xml_find(iq, "error", iq->ns);
	const struct xml_node *too_large = error != NULL ? xml_find(error, "file-too-large", NS_UPLOAD)
													 : NULL;
	return too_large != NULL &&
			read_size(xml_child_text(too_large, "max-file-size", NS_UPLOAD), out_max_bytes);
}
