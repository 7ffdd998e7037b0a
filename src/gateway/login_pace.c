/* SPDX-License-Identifier: MPL-2.0 */
/* A full bucket for each address, which is forgotten when it is full again. */
#include "gateway/login_pace.h"

#include "util/arena.h"
#include "util/mem.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

struct login_pace {
	char *jid;
	int64_t full_at_ms; /* by the loop's clock */
	UT_hash_handle hh;
};

struct login_paces {
	struct login_pace *all; /* in the order of their last attempts */
};

struct login_paces *login_paces_new(void) {
	return mem_new(sizeof(struct login_paces));
}

static void forget(struct login_paces *paces, struct login_pace *pace) {
	HASH_DEL(paces->all, pace);
	free(pace->jid);
	free(pace);
}

void login_paces_free(struct login_paces *paces) {
	while (paces && paces->all) {
		forget(paces, paces->all);
	}
	free(paces);
}

static struct login_pace *get(struct login_paces *paces, const char *bare_jid, int64_t now_ms) {
	while (paces->all && paces->all->full_at_ms <= now_ms) {
		forget(paces, paces->all);
	}
	struct login_pace *pace;
	HASH_FIND_STR(paces->all, bare_jid, pace);
	if (pace) {
		HASH_DEL(paces->all, pace);
	} else {
		pace = mem_new(sizeof(*pace));
		pace->jid = mem_strdup(bare_jid);
	}
	HASH_ADD_KEYPTR(hh, paces->all, pace->jid, strlen(pace->jid), pace);
	return pace;
}

const char *login_pace_refusal(struct gw_gateway *gateway, struct arena *arena, const char *bare_jid) {
	int64_t now_ms = gw_now_ms(gateway->loop);
	struct login_pace *pace = get(gateway->login_paces, bare_jid, now_ms);
	int64_t from_ms = pace->full_at_ms > now_ms ? pace->full_at_ms : now_ms;
	int64_t at_once = gateway->options->asked_logins ? gateway->options->asked_logins : LOGIN_PACE_AT_ONCE;
	int64_t wait_ms = from_ms - now_ms - (at_once - 1) * LOGIN_PACE_INTERVAL_MS;
	if (wait_ms <= 0) {
		pace->full_at_ms = from_ms + LOGIN_PACE_INTERVAL_MS;
		return NULL;
	}
	long long seconds = (long long)(wait_ms + 999) / 1000;
	return arena_printf(arena, "You have tried to log in too often, and networks shut out a gateway that does so. Please try "
			"again in %lld second%s.", seconds, seconds == 1 ? "" : "s");
}
