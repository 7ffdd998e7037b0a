/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Bytes as text: repaired it is clean, cut it stays clean, and the readers take nothing that they
 * do not write alike.
 */
#include "util/arena.h"
#include "util/digest.h"
#include "util/log.h"
#include "util/text.h"

#include <assert.h>
#include <gangway/text.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_cut(const char *text, size_t size, size_t max_bytes) {
	size_t first_size;
	for (size_t at = 0; at < size;) {
		size_t cut = text_cut(text + at, size - at, max_bytes);
		text_decode(text + at, size - at, &first_size);
		assert(cut <= max_bytes && at + cut <= size);
		assert((cut == 0) == (first_size > max_bytes));
		assert(text_is_clean(text + at, cut));
		size_t at_word = gw_text_cut(text + at, size - at, max_bytes, true);
		assert(at_word <= cut && (at_word > 0) == (cut > 0));
		if (cut == 0) {
			return;
		}
		at += cut;
	}
}

static void check_readers(struct arena *arena, const char *text) {
	int64_t time_ms, again_ms, number;
	if (text_read_time(text, &time_ms) && time_ms >= INT64_C(-62135596800000)) {
		const char *written = text_write_time(arena, time_ms);
		assert(time_ms >= INT64_C(253402300800000) || text_read_time(written, &again_ms));
		assert(time_ms >= INT64_C(253402300800000) || again_ms == time_ms);
	}
	if (text_read_integer(text, -1000, 1000, &number)) {
		assert(number >= -1000 && number <= 1000);
	}
	uint8_t *decoded;
	size_t decoded_size;
	if (digest_read_base64(arena, text, &decoded, &decoded_size)) {
		digest_base64(arena, decoded, decoded_size);
	}
	text_percent_encode(arena, text);
	text_edit_distance(text, "register");
}

static void count_line(enum gw_log_level level, const char *line, void *data) {
	(void)level, (void)data;
	assert(strpbrk(line, "\r\n\x1b") == NULL);
	assert(text_is_clean(line, strlen(line)));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
	struct arena arena = { 0 };
	/* Followed by a NUL, as all buffers of ours are. */
	char *input = arena_alloc(&arena, size + 1);
	memcpy(input, bytes, size);
	input[size] = '\0';
	const char *text = text_repair(&arena, input, size);
	size_t text_size = strlen(text);
	assert(text_is_clean(text, text_size));
	assert((text == input) == text_is_clean(input, size));
	assert(text_length(text) <= text_size);
	char *copy = gw_text_repair(input, size);
	assert(strcmp(copy, text) == 0);
	free(copy);

	const char *name = text_repair_name(&arena, input);
	assert(text_is_clean(name, strlen(name)) && strpbrk(name, "\r\n") == NULL);
	for (size_t max_bytes = 0; max_bytes < 20; max_bytes++) {
		check_cut(text, text_size, max_bytes);
	}
	text_cut(input, size, size / 2);
	check_readers(&arena, input);
	log_set_sink(count_line, NULL);
	gw_log_info(NULL, "%s", input);
	arena_finish(&arena);
	return 0;
}
