/* SPDX-License-Identifier: MPL-2.0 */
/* The key that seals credentials: 64 hexadecimal digits in a file of its own, away from what it seals. */
#include "store/files.h"
#include "store/store.h"
#include "util/digest.h"
#include "util/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define KEY_FILE "gangway.key"
#define KEY_CREDENTIAL "gangway-key"

/* One byte more than needed shows that a file is too long. */
enum { KEY_TEXT_SIZE = 2 * DIGEST_KEY_SIZE, KEY_FILE_MAX_BYTES = KEY_TEXT_SIZE + 3 };

static int hex_digit(char c) {
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	if (c >= 'a' && c <= 'f') {
		return c - 'a' + 10;
	}
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Digits and a line break, or the bytes themselves. */
static bool read_key(const char *text, size_t size, uint8_t *out_key) {
	if (size == DIGEST_KEY_SIZE) {
		memcpy(out_key, text, size);
		return true;
	}
	while (size > 0 && (text[size - 1] == '\n' || text[size - 1] == '\r')) {
		size--;
	}
	if (size != KEY_TEXT_SIZE) {
		return false;
	}
	uint8_t key[DIGEST_KEY_SIZE];
	for (size_t i = 0; i < sizeof(key); i++) {
		int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);
		if (high < 0 || low < 0) {
			return false;
		}
		key[i] = (uint8_t)(high << 4 | low);
	}
	memcpy(out_key, key, sizeof(key));
	explicit_bzero(key, sizeof(key));
	return true;
}

static bool load(const char *path, uint8_t *out_key, char **out_error) {
	char text[KEY_FILE_MAX_BYTES];
	int size = files_read(path, text, sizeof(text));
	if (size < 0) {
		*out_error = mem_printf("Cannot read the key %s: %s", path, strerror(errno));
		return false;
	}
	bool is_key = read_key(text, (size_t)size, out_key);
	explicit_bzero(text, sizeof(text));
	if (!is_key) {
		*out_error = mem_printf("%s is not a key: 64 hexadecimal digits are expected. Put the right file back; "
				"without it the stored credentials cannot be opened", path);
	}
	return is_key;
}

static bool make(const char *path, uint8_t *out_key, char **out_error) {
	uint8_t key[DIGEST_KEY_SIZE];
	digest_random(key, sizeof(key));
	char text[KEY_TEXT_SIZE + 2];
	for (size_t i = 0; i < sizeof(key); i++) {
		snprintf(text + 2 * i, 4, "%02x\n", key[i]);
	}
	bool is_made = files_write_new(path, text, strlen(text), out_error);
	if (is_made) {
		memcpy(out_key, key, sizeof(key));
	}
	explicit_bzero(text, sizeof(text));
	explicit_bzero(key, sizeof(key));
	return is_made;
}

static bool load_or_make(const char *path, uint8_t *out_key, char **out_error) {
	struct stat found;
	if (stat(path, &found) != 0) {
		if (errno == ENOENT) {
			return make(path, out_key, out_error);
		}
		*out_error = mem_printf("Cannot read the key %s: %s", path, strerror(errno));
		return false;
	}
	if ((found.st_mode & 077) != 0) {
		*out_error = mem_printf("The key %s can be read by others (mode %03o): chmod 600 it, and have users change "
				"their passwords if somebody might have read it", path, (unsigned)found.st_mode & 0777);
		return false;
	}
	return load(path, out_key, out_error);
}

bool store_key_load(const char *directory, uint8_t *out_key, char **out_error) {
	const char *credentials = getenv("CREDENTIALS_DIRECTORY");
	if (credentials != NULL) {
		struct stat found;
		char *path = mem_printf("%s/" KEY_CREDENTIAL, credentials);
		bool is_there = stat(path, &found) == 0;
		bool is_loaded = is_there && load(path, out_key, out_error);
		free(path);
		if (is_there) {
			return is_loaded;
		}
	}
	if (!files_make_directory(directory, out_error)) {
		return false;
	}
	char *path = mem_printf("%s/" KEY_FILE, directory);
	bool is_loaded = load_or_make(path, out_key, out_error);
	free(path);
	return is_loaded;
}
