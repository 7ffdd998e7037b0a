/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A QR code, eight pixels a module with the quiet zone of four around, as a PNG in shades of grey. libqrencode and libpng
 * are loaded for the first one: most gateways never show any.
 */
#include "media/qr.h"

#include "util/log.h"
#include "util/mem.h"

#include <dlfcn.h>
#include <png.h>
#include <qrencode.h>
#include <stdlib.h>
#include <string.h>

enum { SCALE = 8, QUIET_ZONE = 4 };

/* Both are kept loaded. */
static struct {
	bool was_tried, is_there;
	__typeof__(QRcode_encodeString8bit) *encode;
	__typeof__(QRcode_free) *free;
	__typeof__(png_image_write_to_memory) *write;
} functions;

static void *find(const char *library, const char *name) {
	void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
	void *symbol = handle ? dlsym(handle, name) : NULL;
	if (!symbol) {
		gw_log_warning(NULL, "QR codes are shown as text only: %s", dlerror());
	}
	return symbol;
}

static bool load(void) {
	if (!functions.was_tried) {
		functions.was_tried = true;
		functions.encode = (__typeof__(functions.encode))find("libqrencode.so.4", "QRcode_encodeString8bit");
		functions.free = (__typeof__(functions.free))find("libqrencode.so.4", "QRcode_free");
		functions.write = (__typeof__(functions.write))find("libpng16.so.16", "png_image_write_to_memory");
		functions.is_there = functions.encode && functions.free && functions.write;
	}
	return functions.is_there;
}

static bool write_png(const unsigned char *pixels, unsigned width, void **out_png, size_t *out_size) {
	png_image image = { .version = PNG_IMAGE_VERSION, .width = width, .height = width, .format = PNG_FORMAT_GRAY };
	png_alloc_size_t size = 0;
	if (!functions.write(&image, NULL, &size, 0, pixels, 0, NULL)) {
		return false;
	}
	void *png = mem_new(size);
	if (!functions.write(&image, png, &size, 0, pixels, 0, NULL)) {
		free(png);
		return false;
	}
	*out_png = png;
	*out_size = size;
	return true;
}

bool qr_encode(const char *text, void **out_png, size_t *out_size) {
	QRcode *code = load() ? functions.encode(text, 0, QR_ECLEVEL_M) : NULL;
	if (!code) {
		return false;
	}
	unsigned modules = (unsigned)code->width, width = (modules + 2 * QUIET_ZONE) * SCALE;
	unsigned char *pixels = mem_new((size_t)width * width);
	memset(pixels, 0xff, (size_t)width * width);
	for (unsigned y = 0; y < modules * SCALE; y++) {
		unsigned char *row = pixels + (size_t)(y + QUIET_ZONE * SCALE) * width + QUIET_ZONE * SCALE;
		for (unsigned x = 0; x < modules * SCALE; x++) {
			row[x] = code->data[(y / SCALE) * modules + x / SCALE] & 1 ? 0 : 0xff;
		}
	}
	bool is_written = write_png(pixels, width, out_png, out_size);
	free(pixels);
	functions.free(code);
	return is_written;
}
