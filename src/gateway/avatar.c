/* SPDX-License-Identifier: MPL-2.0 */
/* The gateway's picture: where it comes from, and what its header tells. */
#include "gateway/avatar.h"

#include "codec/avatar.h"
#include "util/digest.h"
#include "util/mem.h"

#include <gangway/http.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned read_16(const uint8_t *bytes) {
	return (unsigned)bytes[0] << 8 | bytes[1];
}

static unsigned read_32(const uint8_t *bytes) {
	return read_16(bytes) << 16 | read_16(bytes + 2);
}

/* Signature, then the IHDR chunk with width and height. */
static bool read_png(struct avatar *avatar, const uint8_t *bytes, size_t size) {
	static const uint8_t signature[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' };
	if (size < 24 || memcmp(bytes, signature, sizeof(signature)) != 0) {
		return false;
	}
	avatar->type = "image/png";
	avatar->width = read_32(bytes + 16);
	avatar->height = read_32(bytes + 20);
	return true;
}

/* Segments, each with its length, until a start-of-frame one, which has height and width. */
static bool read_jpeg(struct avatar *avatar, const uint8_t *bytes, size_t size) {
	if (size < 4 || bytes[0] != 0xff || bytes[1] != 0xd8) {
		return false;
	}
	avatar->type = "image/jpeg";
	for (size_t at = 2; at + 9 <= size && bytes[at] == 0xff; at += 2 + read_16(bytes + at + 2)) {
		uint8_t marker = bytes[at + 1];
		if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc) {
			avatar->height = read_16(bytes + at + 5);
			avatar->width = read_16(bytes + at + 7);
			return true;
		}
	}
	return true;
}

struct avatar *avatar_new(const void *bytes, size_t size) {
	struct avatar avatar = { .size = size };
	if (size > AVATAR_MAX_BYTES || (!read_png(&avatar, bytes, size) && !read_jpeg(&avatar, bytes, size))) {
		return NULL;
	}
	struct arena arena = { 0 };
	snprintf(avatar.id, sizeof(avatar.id), "%s", digest_sha1_hex(&arena, bytes, size));
	arena_finish(&arena);
	avatar.bytes = mem_dup(bytes, size);
	return mem_dup(&avatar, sizeof(avatar));
}

void avatar_free(struct avatar *avatar) {
	if (avatar) {
		free(avatar->bytes);
		free(avatar);
	}
}

static void set(struct gw_gateway *gateway, const void *bytes, size_t size) {
	gateway->avatar = avatar_new(bytes, size);
	if (!gateway->avatar) {
		gw_log_warning(&gateway->log, "the gateway's picture is not used: it is no PNG or JPEG of at most %d KiB",
				AVATAR_MAX_BYTES / 1024);
	}
}

static void load_file(struct gw_gateway *gateway, const char *path) {
	struct arena arena = { 0 };
	const char *directory = gateway->options->data_dir;
	const char *whole = *path == '/' || !directory ? path : arena_printf(&arena, "%s/%s", directory, path);
	FILE *file = fopen(whole, "rbe");
	if (file) {
		char *bytes = mem_new(AVATAR_MAX_BYTES + 1);
		set(gateway, bytes, fread(bytes, 1, AVATAR_MAX_BYTES + 1, file));
		free(bytes);
		fclose(file);
	} else {
		gw_log_warning(&gateway->log, "the gateway's picture %s cannot be read: %s", whole, strerror(errno));
	}
	arena_finish(&arena);
}

struct fetch {
	struct gw_gateway *gateway;
	void (*loaded)(struct gw_gateway *gateway);
};

static void fetched(const struct gw_http_result *result, void *data) {
	struct fetch fetch = *(struct fetch *)data;
	free(data);
	if (result->is_cancelled) {
		return;
	}
	if (result->error || result->status != 200) {
		gw_log_warning(&fetch.gateway->log, "the gateway's picture could not be fetched: %s",
				result->error ? result->error : "the web server refused it");
		return;
	}
	set(fetch.gateway, result->body, result->size);
	fetch.loaded(fetch.gateway);
}

void avatar_load(struct gw_gateway *gateway, void (*loaded)(struct gw_gateway *gateway)) {
	const struct gw_picture *picture = &gateway->module->component_avatar;
	if (picture->bytes) {
		set(gateway, picture->bytes, picture->size);
	} else if (picture->path) {
		load_file(gateway, picture->path);
	} else if (picture->url) {
		struct fetch *fetch = mem_new(sizeof(*fetch));
		*fetch = (struct fetch){ .gateway = gateway, .loaded = loaded };
		gw_http_start(&gateway->scope, &(struct gw_http_options){
			.url = picture->url,
			.max_bytes = AVATAR_MAX_BYTES,
		}, fetched, fetch);
	}
}
