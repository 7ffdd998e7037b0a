/* SPDX-License-Identifier: MPL-2.0 */
/* SASL responses, cut into lines. */
#include "sasl.h"

#include "memory.h"

#include <stdint.h>

static char *encode_base64(const unsigned char *bytes, size_t size) {
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *text = irc_new((size + 2) / 3 * 4 + 1);
	char *end = text;
	for (size_t i = 0; i < size; i += 3) {
		size_t count = size - i < 3 ? size - i : 3;
		uint32_t three = (uint32_t)bytes[i] << 16;
		three |= count > 1 ? (uint32_t)bytes[i + 1] << 8 : 0;
		three |= count > 2 ? bytes[i + 2] : 0;
		*end++ = digits[three >> 18];
		*end++ = digits[(three >> 12) & 63];
		*end++ = count > 1 ? digits[(three >> 6) & 63] : '=';
		*end++ = count > 2 ? digits[three & 63] : '=';
	}
	return text;
}

char *irc_sasl_plain(const char *account, const char *password) {
	/* Who to be, NUL, whose password, NUL, password: the first two are the same. */
	size_t account_size = strlen(account), password_size = strlen(password);
	size_t size = account_size * 2 + password_size + 2;
	unsigned char *plain = irc_new(size + 1);
	memcpy(plain, account, account_size);
	memcpy(plain + account_size + 1, account, account_size);
	memcpy(plain + account_size * 2 + 2, password, password_size);
	char *response = encode_base64(plain, size);
	explicit_bzero(plain, size);
	free(plain);
	return response;
}

void irc_sasl_pieces(const char *response, void (*emit)(const char *piece, void *data), void *data) {
	size_t size = strlen(response);
	char piece[IRC_SASL_CHUNK + 1];
	for (size_t i = 0; i < size; i += IRC_SASL_CHUNK) {
		size_t piece_size = size - i < IRC_SASL_CHUNK ? size - i : IRC_SASL_CHUNK;
		memcpy(piece, response + i, piece_size);
		piece[piece_size] = '\0';
		emit(piece, data);
	}
	explicit_bzero(piece, sizeof(piece));
	if (size % IRC_SASL_CHUNK == 0) {
		emit("+", data);
	}
}
