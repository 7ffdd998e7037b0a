/* SPDX-License-Identifier: MPL-2.0 */
/* Who waits for which host. */
#include "net/lookup.h"

#include "util/mem.h"

#include <stdlib.h>
#include <uthash.h>
#include <utlist.h>

struct lookup_asker {
	struct lookup *lookup;
	lookup_found *found;
	void *data;
	struct lookup_asker *prev, *next;
};

struct lookup {
	struct lookups *all;
	struct loop_lookup *running;   /* NULL: it is answered */
	struct lookup_asker *askers;   /* none: they have left, and it goes on */
	char *host;
	UT_hash_handle hh;
};

/* Of a loop. */
struct lookups {
	struct lookup *first; /* hash by host */
};

static void handle_found(const char *error, const struct addrinfo *addresses, void *data);

static void lookup_free(struct lookup *lookup) {
	free(lookup->host);
	free(lookup);
}

static void lookups_free(void *state) {
	struct lookups *all = state;
	while (all->first != NULL) {
		struct lookup *lookup = all->first;
		HASH_DEL(all->first, lookup);
		loop_lookup_stop(lookup->running);
		lookup_free(lookup);
	}
	free(all);
}

static struct lookups *lookups_get(struct gw_loop *loop) {
	struct lookups *all = loop_part(loop, LOOP_PART_LOOKUP);
	if (all == NULL) {
		all = mem_new(sizeof(*all));
		loop_set_part(loop, LOOP_PART_LOOKUP, all, lookups_free);
	}
	return all;
}

static struct lookup *lookup_new(struct gw_loop *loop, struct lookups *all, const char *host) {
	struct lookup *lookup = mem_new(sizeof(*lookup));
	lookup->running = loop_lookup_start(loop, host, handle_found, lookup);
	if (lookup->running == NULL) {
		free(lookup);
		return NULL;
	}
	lookup->all = all;
	lookup->host = mem_strdup(host);
	HASH_ADD_KEYPTR(hh, all->first, lookup->host, strlen(lookup->host), lookup);
	return lookup;
}

struct lookup_asker *lookup_start(struct gw_loop *loop, const char *host, lookup_found *found, void *data) {
	struct lookups *all = lookups_get(loop);
	struct lookup *lookup = NULL;
	HASH_FIND_STR(all->first, host, lookup);
	if (lookup == NULL) {
		lookup = lookup_new(loop, all, host);
	}
	if (lookup == NULL) {
		return NULL;
	}
	struct lookup_asker *asker = mem_new(sizeof(*asker));
	*asker = (struct lookup_asker){ .lookup = lookup, .found = found, .data = data };
	DL_APPEND(lookup->askers, asker);
	return asker;
}

void lookup_stop(struct lookup_asker *asker) {
	struct lookup *lookup = asker->lookup;
	DL_DELETE(lookup->askers, asker);
	free(asker);
	if (lookup->askers == NULL && lookup->running != NULL && loop_lookup_withdraw(lookup->running)) {
		HASH_DEL(lookup->all->first, lookup);
		lookup_free(lookup);
	}
}

/* Whoever hears of it may make others leave; and who asks again asks anew. */
static void handle_found(const char *error, const struct addrinfo *addresses, void *data) {
	struct lookup *lookup = data;
	lookup->running = NULL;
	HASH_DEL(lookup->all->first, lookup);
	while (lookup->askers != NULL) {
		struct lookup_asker *asker = lookup->askers;
		DL_DELETE(lookup->askers, asker);
		struct lookup_asker told = *asker;
		free(asker);
		told.found(error, addresses, told.data);
	}
	lookup_free(lookup);
}
