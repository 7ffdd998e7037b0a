/* SPDX-License-Identifier: MPL-2.0 */
/* The last marks of a chat, as numbers that stand for them. */
#include "gateway/marks.h"

#include "util/digest.h"
#include "util/mem.h"

#include <string.h>

enum { MARKS_MAX = 64 }; /* of a chat */

struct marks {
	uint64_t keys[MARKS_MAX]; /* a ring */
	size_t next;
};

static uint64_t key_of(enum mark mark, const char *remote_id) {
	uint64_t about[] = { digest_number(remote_id, strlen(remote_id), 0), mark }; /* seeds that are close are no seeds */
	return digest_number(about, sizeof(about), 0);
}

bool marks_have(const struct gw_contact *contact, enum mark mark, const char *remote_id) {
	const struct marks *marks = contact->marks;
	uint64_t key = key_of(mark, remote_id);
	size_t left = !marks ? 0 : marks->next < MARKS_MAX ? marks->next : MARKS_MAX;
	while (left > 0 && marks->keys[left - 1] != key) {
		left--;
	}
	return left > 0;
}

void marks_put(struct gw_contact *contact, enum mark mark, const char *remote_id) {
	if (!contact->marks) {
		contact->marks = mem_new(sizeof(*contact->marks));
	}
	if (!marks_have(contact, mark, remote_id)) {
		contact->marks->keys[contact->marks->next++ % MARKS_MAX] = key_of(mark, remote_id);
	}
}
