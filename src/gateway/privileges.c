/* SPDX-License-Identifier: MPL-2.0 */
/* Grants, a short list: one entry for each server whose users may register. */
#include "gateway/privileges.h"

#include "codec/privilege.h"
#include "util/mem.h"
#include "xml/ns.h"

#include <stdlib.h>
#include <string.h>

enum { GRANTS_MAX = 256 };

/* What a server granted in one namespace; the strings are in the arena. */
struct advert {
	struct privileges granted;
	struct arena arena;
};

struct grant {
	struct grant *next;
	char *domain;
	struct advert old, current; /* of urn:xmpp:privilege:1 and :2 */
};

struct grants {
	struct grant *first;
	unsigned count;
};

struct grants *privileges_new(struct gw_gateway *gateway) {
	(void)gateway;
	return mem_new(sizeof(struct grants));
}

static void forget(struct grants *grants) {
	while (grants->first) {
		struct grant *grant = grants->first;
		grants->first = grant->next;
		arena_finish(&grant->old.arena);
		arena_finish(&grant->current.arena);
		free(grant->domain);
		free(grant);
	}
	grants->count = 0;
}

void privileges_free(struct grants *grants) {
	if (grants) {
		forget(grants);
		free(grants);
	}
}

void privileges_forget(struct gw_gateway *gateway) {
	forget(gateway->grants);
}

static struct grant *find(const struct gw_gateway *gateway, const char *domain) {
	struct grant *grant = gateway->grants->first;
	while (grant && strcmp(grant->domain, domain) != 0) {
		grant = grant->next;
	}
	return grant;
}

void privileges_set(struct gw_gateway *gateway, const char *domain, const struct xml_node *message) {
	struct grant *grant = find(gateway, domain);
	if (!grant) {
		if (gateway->grants->count >= GRANTS_MAX) {
			return;
		}
		grant = mem_new(sizeof(*grant));
		grant->domain = mem_strdup(domain);
		grant->next = gateway->grants->first;
		gateway->grants->first = grant;
		gateway->grants->count++;
	}
	struct advert *advert = xml_find(message, "privilege", NS_PRIVILEGE_1) ? &grant->old : &grant->current;
	arena_finish(&advert->arena);
	advert->granted = (struct privileges){ 0 };
	privilege_read(xml_copy(&advert->arena, message), &advert->granted);
	bool has_archives = privileges_may_send_iq(gateway, domain, NS_MAM, PRIVILEGE_SET);
	gw_log_info(&gateway->log, "%s grants: roster %s, messages %s, archives %s", domain,
			privileges_may_set_roster(gateway, domain) ? "yes" : "no",
			privileges_message_ns(gateway, domain) ? "yes" : "no", has_archives ? "yes" : "no");
}

bool privileges_may_get_roster(const struct gw_gateway *gateway, const char *domain) {
	const struct grant *grant = find(gateway, domain);
	return grant && ((grant->current.granted.roster | grant->old.granted.roster) & PRIVILEGE_GET);
}

bool privileges_may_set_roster(const struct gw_gateway *gateway, const char *domain) {
	const struct grant *grant = find(gateway, domain);
	return grant && ((grant->current.granted.roster | grant->old.granted.roster) & PRIVILEGE_SET);
}

const char *privileges_message_ns(const struct gw_gateway *gateway, const char *domain) {
	const struct grant *grant = find(gateway, domain);
	if (!grant) {
		return NULL;
	}
	const char *current = grant->current.granted.message_ns;
	return current ? current : grant->old.granted.message_ns;
}

bool privileges_may_send_iq(const struct gw_gateway *gateway, const char *domain, const char *ns,
		enum privilege_access access) {
	const struct grant *grant = find(gateway, domain);
	return grant && privilege_allows_iq(&grant->current.granted, ns, access);
}

const char *privileges_domain_for_iq(const struct gw_gateway *gateway, const char *ns, enum privilege_access access) {
	for (const struct grant *grant = gateway->grants->first; grant; grant = grant->next) {
		if (privilege_allows_iq(&grant->current.granted, ns, access)) {
			return grant->domain;
		}
	}
	return NULL;
}
