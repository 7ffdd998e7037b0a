/* SPDX-License-Identifier: MPL-2.0 */
/* A QR code, eight pixels a module with the quiet zone of four around, as a PNG in shades of grey. */
#include "media/qr.h"

#include "util/mem.h"

#include <png.h>
#include <qrencode.h>
#include <stdlib.h>
#include <string.h>

enum { SCALE = 8, QUIET_ZONE = 4 };

static bool write_png(const unsigned char *pixels, unsigned width, void **out_png, size_t *out_size) {
	png_image image = { .version = PNG_IMAGE_VERSION, .width = width, .height = width, .format = PNG_FORMAT_GRAY };
	png_alloc_size_t size = 0;
	if (!png_image_write_to_memory(&image, NULL, &size, 0, pixels, 0, NULL)) {
		return false;
	}
	void *png = mem_new(size);
	if (!png_image_write_to_memory(&image, png, &size, 0, pixels, 0, NULL)) {
		free(png);
		return false;
	}
	*out_png = png;
	*out_size = size;
	return true;
}

bool qr_encode(const char *text, void **out_png, size_t *out_size) {
	QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
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
	QRcode_free(code);
	return is_written;
}
