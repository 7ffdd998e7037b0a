/* SPDX-License-Identifier: MPL-2.0 */
/* Profiles: vcard-temp (XEP-0054) and vCard4 over XMPP (XEP-0292). */
#ifndef CODEC_VCARD_H
#define CODEC_VCARD_H

#include "xml/node.h"

#include <stdint.h>

enum { VCARD_MAX_PHOTO_BYTES = 512 * 1024 };

/* NULL and 0 mean absent; borrowed from the caller. */
struct vcard {
	const char *full_name;
	const char *given_name, *family_name;
	const char *nickname;
	const char *birthday;    /* 2026-11-23 */
	const char *phone;
	const char *email;
	const char *url;
	const char *locality, *country;
	const char *note;
	const uint8_t *photo;
	size_t photo_size;
	const char *photo_type;  /* "image/png" */
};

/* <vCard xmlns='vcard-temp'/> below the iq. */
struct xml_node *vcard_write_temp(struct xml_node *iq, const struct vcard *vcard);

/*
 * <vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'/> below the item; the photo is left to XEP-0084.
 */
struct xml_node *vcard_write_4(struct xml_node *item, const struct vcard *vcard);

/*
 * The photo of a vcard-temp: decoded into the arena; the type may be NULL. False when there is none
 * or it is too large.
 */
bool vcard_read_photo(struct arena *arena, const struct xml_node *vcard, uint8_t **out_bytes,
		size_t *out_size, const char **out_type);

#endif
