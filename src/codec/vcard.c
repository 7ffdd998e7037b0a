/* SPDX-License-Identifier: MPL-2.0 */
/* Two ways to say who somebody is. */
#include "codec/vcard.h"

#include "util/digest.h"
#include "xml/ns.h"

#include <string.h>

static void write_temp_photo(struct xml_node *node, const struct vcard *vcard) {
	if (vcard->photo == NULL) {
		return;
	}
	struct xml_node *photo = xml_add(node, "PHOTO", NULL);
	xml_add_text(photo, "TYPE", NULL, vcard->photo_type);
	xml_add_text(photo, "BINVAL", NULL,
			digest_base64(node->arena, vcard->photo, vcard->photo_size));
}

struct xml_node *vcard_write_temp(struct xml_node *iq, const struct vcard *vcard) {
	struct xml_node *node = xml_add(iq, "vCard", NS_VCARD_TEMP);
	xml_add_text(node, "FN", NULL, vcard->full_name);
	if (vcard->given_name != NULL || vcard->family_name != NULL) {
		struct xml_node *name = xml_add(node, "N", NULL);
		xml_add_text(name, "FAMILY", NULL, vcard->family_name);
		xml_add_text(name, "GIVEN", NULL, vcard->given_name);
	}
	xml_add_text(node, "NICKNAME", NULL, vcard->nickname);
	write_temp_photo(node, vcard);
	xml_add_text(node, "BDAY", NULL, vcard->birthday);
	if (vcard->locality != NULL || vcard->country != NULL) {
		struct xml_node *address = xml_add(node, "ADR", NULL);
		xml_add_text(address, "LOCALITY", NULL, vcard->locality);
		xml_add_text(address, "CTRY", NULL, vcard->country);
	}
	if (vcard->phone != NULL) {
		xml_add_text(xml_add(node, "TEL", NULL), "NUMBER", NULL, vcard->phone);
	}
	if (vcard->email != NULL) {
		xml_add_text(xml_add(node, "EMAIL", NULL), "USERID", NULL, vcard->email);
	}
	xml_add_text(node, "URL", NULL, vcard->url);
	xml_add_text(node, "DESC", NULL, vcard->note);
	return node;
}

/* <name><kind>value</kind></name> */
static void add_property(struct xml_node *node, const char *name, const char *kind,
		const char *value) {
	if (value != NULL) {
		xml_add_text(xml_add(node, name, NULL), kind, NULL, value);
	}
}

/* RFC 3966: digits and a plus; what people write between them is not part of a number. */
static const char *phone_uri(struct arena *arena, const char *phone) {
	char *uri = arena_printf(arena, "tel:%s", phone);
	char *end = uri + strlen("tel:");
	for (const char *at = end; *at != '\0'; at++) {
		if (strchr("0123456789+*#", *at) != NULL) {
			*end++ = *at;
		}
	}
	*end = '\0';
	return uri;
}

struct xml_node *vcard_write_4(struct xml_node *item, const struct vcard *vcard) {
	struct xml_node *node = xml_add(item, "vcard", NS_VCARD4);
	add_property(node, "fn", "text", vcard->full_name);
	if (vcard->given_name != NULL || vcard->family_name != NULL) {
		struct xml_node *name = xml_add(node, "n", NULL);
		xml_add_text(name, "surname", NULL, vcard->family_name);
		xml_add_text(name, "given", NULL, vcard->given_name);
	}
	add_property(node, "nickname", "text", vcard->nickname);
	add_property(node, "bday", "date", vcard->birthday);
	if (vcard->locality != NULL || vcard->country != NULL) {
		struct xml_node *address = xml_add(node, "adr", NULL);
		xml_add_text(address, "locality", NULL, vcard->locality);
		xml_add_text(address, "country", NULL, vcard->country);
	}
	if (vcard->phone != NULL) {
		add_property(node, "tel", "uri", phone_uri(node->arena, vcard->phone));
	}
	add_property(node, "email", "text", vcard->email);
	add_property(node, "url", "uri", vcard->url);
	add_property(node, "note", "text", vcard->note);
	return node;
}

bool vcard_read_photo(struct arena *arena, const struct xml_node *vcard, uint8_t **out_bytes,
		size_t *out_size, const char **out_type) {
	const struct xml_node *photo = xml_is(vcard, "vCard", NS_VCARD_TEMP)
			? xml_find(vcard, "PHOTO", NS_VCARD_TEMP)
			: NULL;
	const char *text = photo != NULL ? xml_child_text(photo, "BINVAL", NS_VCARD_TEMP) : NULL;
	uint8_t *bytes;
	size_t size;
	if (text == NULL || strlen(text) > VCARD_MAX_PHOTO_BYTES * 3 / 2 ||
			!digest_read_base64(arena, text, &bytes, &size) || size == 0 ||
			size > VCARD_MAX_PHOTO_BYTES) {
		return false;
	}
	*out_bytes = bytes;
	*out_size = size;
	*out_type = xml_child_text(photo, "TYPE", NS_VCARD_TEMP);
	return true;
}
