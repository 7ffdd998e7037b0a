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
	bool is_told;                /* on this link */
	const char *last_message_ns; /* of the link before, until this one's grants are known */
};

struct grants {
	struct grant *first;
	unsigned count;
};

struct grants *privileges_new(struct gw_gateway *gateway) {
	(void)gateway;
	return mem_new(sizeof(struct grants));
}

static void forget_advert(struct advert *advert) {
	arena_finish(&advert->arena);
	advert->granted = (struct privileges){ 0 };
}

static void drop(struct grants *grants, struct grant **place) {
	struct grant *grant = *place;
	*place = grant->next;
	grants->count--;
	forget_advert(&grant->old);
	forget_advert(&grant->current);
	free(grant->domain);
	free(grant);
}

void privileges_free(struct grants *grants) {
	if (grants) {
		while (grants->first) {
			drop(grants, &grants->first);
		}
		free(grants);
	}
}

static struct grant *find(const struct gw_gateway *gateway, const char *domain) {
	struct grant *grant = gateway->grants->first;
	while (grant && strcmp(grant->domain, domain) != 0) {
		grant = grant->next;
	}
	return grant;
}

static const char *message_ns(const struct grant *grant) {
	const char *current = grant->current.granted.message_ns, *old = grant->old.granted.message_ns;
	return current ? current : old ? old : grant->last_message_ns;
}

void privileges_link_went(struct gw_gateway *gateway) {
	for (struct grant *grant = gateway->grants->first; grant; grant = grant->next) {
		grant->last_message_ns = message_ns(grant);
		grant->is_told = false;
		forget_advert(&grant->old);
		forget_advert(&grant->current);
	}
}

bool privileges_are_missing(const struct gw_gateway *gateway) {
	const struct grant *grant = gateway->grants->first;
	while (grant && grant->is_told) {
		grant = grant->next;
	}
	return grant != NULL;
}

void privileges_link_is_ready(struct gw_gateway *gateway) {
	struct grant **place = &gateway->grants->first;
	while (*place) {
		if ((*place)->is_told) {
			place = &(*place)->next;
		} else {
			drop(gateway->grants, place);
		}
	}
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
	forget_advert(advert);
	grant->last_message_ns = NULL;
	grant->is_told = true;
	privilege_read(xml_copy(&advert->arena, message), &advert->granted);
	bool has_archives = privileges_may_send_iq(gateway, domain, NS_MAM, PRIVILEGE_SET);
	bool has_preferences = privileges_may_send_iq(gateway, domain, NS_MAM, PRIVILEGE_GET);
	gw_log_info(&gateway->log, "%s grants: roster %s, messages %s, archives %s", domain,
			privileges_may_set_roster(gateway, domain) ? "yes" : "no",
			privileges_message_ns(gateway, domain) ? "yes" : "no", !has_archives ? "no" :
			has_preferences ? "yes" : "search only");
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
	return grant ? message_ns(grant) : NULL;
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
