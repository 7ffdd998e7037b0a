/* SPDX-License-Identifier: MPL-2.0 */
/* QR codes as PNG pictures. */
#ifndef MEDIA_QR_H
#define MEDIA_QR_H

#include <stdbool.h>
#include <stddef.h>

/* *out_png is for free(). False when the text is too long for a QR code, or this system cannot draw any. */
bool qr_encode(const char *text, void **out_png, size_t *out_size);

#endif
