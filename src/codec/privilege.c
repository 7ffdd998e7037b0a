/* SPDX-License-Identifier: MPL-2.0 */
/* <privilege/> and <privileged_iq/> */
#include "codec/privilege.h"

#include "util/mem.h"
#include "xml/ns.h"

#include <string.h>

static enum privilege_access read_access(const char *type) {
	static const struct {
		const char *name;
		enum privilege_access access;
	} names[] = { { "get", PRIVILEGE_GET }, { "set", PRIVILEGE_SET }, { "both", PRIVILEGE_BOTH } };
	for (size_t i = 0; type != NULL && i < ARRAY_LENGTH(names); i++) {
		if (strcmp(names[i].name, type) == 0) {
			return names[i].access;
		}
	}
	return PRIVILEGE_NONE;
}

static bool is_type(const struct xml_node *perm, const char *wanted) {
	const char *type = xml_get(perm, "type");
	return type != NULL && strcmp(type, wanted) == 0;
}

static void read_roster(const struct xml_node *perm, struct privileges *out) {
	out->roster = read_access(xml_get(perm, "type"));
	const char *push = xml_get(perm, "push");
	out->has_roster_push = (out->roster & PRIVILEGE_GET) != 0 &&
			(push == NULL || strcmp(push, "true") == 0);
}

static void read_presence(const struct xml_node *perm, struct privileges *out) {
	if (is_type(perm, "roster")) {
		out->presence = PRIVILEGE_PRESENCE_ROSTER;
	} else if (is_type(perm, "managed_entity")) {
		out->presence = PRIVILEGE_PRESENCE_MANAGED;
	}
}

/*
 * Prosody's module puts each namespace inside the one before, where the XEP has them side by side:
 * both are read.
 */
static void read_namespaces(const struct xml_node *parent, struct privileges *out) {
	for (const struct xml_node *node = xml_find(parent, "namespace", NS_PRIVILEGE_2); node != NULL;
			node = xml_find_next(node, "namespace", NS_PRIVILEGE_2)) {
		const char *ns = xml_get(node, "ns");
		enum privilege_access access = read_access(xml_get(node, "type"));
		if (ns != NULL && access != PRIVILEGE_NONE && out->iq_count < PRIVILEGE_MAX_NAMESPACES) {
			out->iq[out->iq_count++] = (struct privilege_namespace){ .ns = ns, .access = access };
		}
		read_namespaces(node, out);
	}
}

static void read_permissions(const struct xml_node *privilege, const char *ns,
		struct privileges *out) {
	for (const struct xml_node *perm = xml_find(privilege, "perm", ns); perm != NULL;
			perm = xml_find_next(perm, "perm", ns)) {
		const char *access = xml_get(perm, "access");
		if (access == NULL) {
			continue;
		}
		if (strcmp(access, "roster") == 0) {
			read_roster(perm, out);
		} else if (strcmp(access, "message") == 0 && is_type(perm, "outgoing")) {
			out->message_ns = ns;
		} else if (strcmp(access, "presence") == 0) {
			read_presence(perm, out);
		} else if (strcmp(access, "iq") == 0 && ns == NS_PRIVILEGE_2) {
			read_namespaces(perm, out);
		}
	}
}

bool privilege_read(const struct xml_node *message, struct privileges *out) {
	static const char *const versions[] = { NS_PRIVILEGE_1, NS_PRIVILEGE_2 };
	struct privileges read = { 0 };
	bool is_advertised = false;
	for (size_t i = 0; i < ARRAY_LENGTH(versions); i++) {
		const struct xml_node *privilege = xml_find(message, "privilege", versions[i]);
		if (privilege != NULL && xml_find(privilege, "forwarded", NS_FORWARD) == NULL) {
			read_permissions(privilege, versions[i], &read);
			is_advertised = true;
		}
	}
	if (is_advertised) {
		*out = read;
	}
	return is_advertised;
}

bool privilege_allows_iq(const struct privileges *privileges, const char *ns,
		enum privilege_access access) {
	for (size_t i = 0; i < privileges->iq_count; i++) {
		if (strcmp(privileges->iq[i].ns, ns) == 0 &&
				(privileges->iq[i].access & access) == access) {
			return true;
		}
	}
	return false;
}

struct xml_node *privilege_add_message(struct xml_node *outer, const char *ns) {
	struct xml_node *forwarded = xml_add(xml_add(outer, "privilege", ns), "forwarded", NS_FORWARD);
	return xml_add(forwarded, "message", NS_CLIENT);
}

struct xml_node *privilege_add_iq(struct xml_node *outer) {
	struct xml_node *inner = xml_add(xml_add(outer, "privileged_iq", NS_PRIVILEGE_2), "iq",
			NS_CLIENT);
	xml_set(inner, "type", xml_get(outer, "type"));
	return inner;
}

struct xml_node *privilege_unwrap(const struct xml_node *outer, const char *name) {
	const struct xml_node *privilege = xml_find(outer, "privilege", NS_PRIVILEGE_2);
	if (privilege == NULL) {
		privilege = xml_find(outer, "privilege", NS_PRIVILEGE_1);
	}
	const struct xml_node *forwarded = privilege != NULL
			? xml_find(privilege, "forwarded", NS_FORWARD)
			: NULL;
	return forwarded != NULL ? xml_find(forwarded, name, NULL) : NULL;
}
