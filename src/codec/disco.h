/* SPDX-License-Identifier: MPL-2.0 */
/* XEP-0030 service discovery, XEP-0115 entity capabilities, XEP-0128 extended information. */
#ifndef CODEC_DISCO_H
#define CODEC_DISCO_H

#include "xml/node.h"

enum { DISCO_MAX_IDENTITIES = 8, DISCO_MAX_FEATURES = 96, DISCO_MAX_FORMS = 6 };

struct disco_identity {
	const char *category, *type, *name, *language; /* name and language may be NULL */
};

/*
 * Filled by the functions below; strings are borrowed, forms are nodes of an arena that lives as
 * long.
 */
struct disco_info {
	struct disco_identity identities[DISCO_MAX_IDENTITIES];
	size_t identity_count;
	const char *features[DISCO_MAX_FEATURES];
	size_t feature_count;
	struct xml_node *forms[DISCO_MAX_FORMS];
	size_t form_count;
};

void disco_add_identity(struct disco_info *info, const char *category, const char *type,
		const char *name);
void disco_add_feature(struct disco_info *info, const char *feature); /* each once */
void disco_add_form(struct disco_info *info, struct xml_node *form);
bool disco_has_feature(const struct disco_info *info, const char *feature);
bool disco_has_identity(const struct disco_info *info, const char *category, const char *type);

/* <query xmlns='...disco#info'> below the iq, in a stable order; node may be NULL. */
void disco_info_write(struct xml_node *iq, const struct disco_info *info, const char *node);

/* What somebody answered; strings are borrowed from the tree. Beyond the limits is ignored. */
bool disco_info_read(const struct xml_node *query, struct disco_info *out);

/* XEP-0115 section 5.1: the SHA-1 verification string, base64. */
const char *disco_caps_ver(struct arena *arena, const struct disco_info *info);

/*
 * XEP-0390 section 4: the hash over the sorted input with the named algorithm ("sha-256"), base64.
 */
const char *disco_caps2_hash(struct arena *arena, const struct disco_info *info);

/* One <item jid node name/> of disco#items. */
void disco_add_item(struct xml_node *query, const char *jid, const char *node, const char *name);

#endif
