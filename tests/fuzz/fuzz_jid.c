/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Bytes as an address: what is prepared stays as it is when it is prepared again; any text can be a
 * local part.
 */
#include "util/arena.h"
#include "util/text.h"
#include "xmpp/jid.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_address(struct arena *arena, const struct gw_jid *jid) {
	struct gw_jid again;
	assert(text_is_clean(jid->full, strlen(jid->full)));
	assert(jid_parse(arena, jid->full, &again));
	assert(strcmp(again.full, jid->full) == 0 && strcmp(again.bare, jid->bare) == 0);
	assert((again.local == NULL) == (jid->local == NULL));
	assert((again.resource == NULL) == (jid->resource == NULL));
	assert(jid_make(arena, jid->local, jid->domain, jid->resource, &again));
	assert(strcmp(again.full, jid->full) == 0);
	assert(jid_with_resource(arena, jid, "r", &again));
	assert(gw_jid_is_same_account(&again, jid));
}

static void check_escaping(struct arena *arena, const char *text) {
	const char *local = jid_escape(arena, text);
	struct gw_jid jid;
	assert(strpbrk(local, " \"&'/:<>@") == NULL);
	const char *back = jid_unescape(arena, local);
	size_t outer_spaces = strspn(text, " "), size = strlen(back);
	assert(strncmp(text + outer_spaces, back, size) == 0);
	assert(strspn(text + outer_spaces + size, " ") == strlen(text + outer_spaces + size));
	if (jid_make(arena, local, "irc.localhost", NULL, &jid)) {
		check_address(arena, &jid);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
	struct arena arena = { 0 };
	const char *text = arena_strndup(&arena, (const char *)bytes, size);
	struct gw_jid jid;
	if (jid_parse(&arena, text, &jid)) {
		check_address(&arena, &jid);
	}
	check_escaping(&arena, text);
	jid_unescape(&arena, text);
	const char *resource = jid_prepare_resource(&arena, text);
	if (resource != NULL) {
		assert(strcmp(jid_prepare_resource(&arena, resource), resource) == 0);
	}
	arena_finish(&arena);
	return 0;
}
