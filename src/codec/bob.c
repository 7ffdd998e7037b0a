/* SPDX-License-Identifier: MPL-2.0 */
/* <data xmlns='urn:xmpp:bob'/> */
#include "codec/bob.h"

#include "util/digest.h"
#include "util/text.h"
#include "xml/ns.h"

#include <string.h>

const char *bob_cid(struct arena *arena, const void *bytes, size_t size) {
	return arena_printf(arena, "sha1+%s@bob.xmpp.org", digest_sha1_hex(arena, bytes, size));
}

struct xml_node *bob_write(struct xml_node *parent, const char *cid, const char *type,
		const void *bytes, size_t size, unsigned max_age_s) {
	struct xml_node *data = bob_write_request(parent, cid);
	xml_set(data, "type", type);
	xml_set_integer(data, "max-age", max_age_s);
	return xml_text(data, digest_base64(parent->arena, bytes, size));
}

struct xml_node *bob_write_request(struct xml_node *iq, const char *cid) {
	struct xml_node *data = xml_add(iq, "data", NS_BOB);
	xml_set(data, "cid", cid);
	return data;
}

/* algo+hash@bob.xmpp.org */
const char *bob_read_cid(const struct xml_node *data) {
	const char *cid = xml_is(data, "data", NS_BOB) ? xml_get(data, "cid") : NULL;
	const char *plus = cid != NULL ? strchr(cid, '+') : NULL;
	const char *at = plus != NULL ? strchr(plus, '@') : NULL;
	bool is_good = at != NULL && plus > cid && at > plus + 1 && strcmp(at, "@bob.xmpp.org") == 0;
	return is_good ? cid : NULL;
}

bool bob_read(struct arena *arena, const struct xml_node *data, uint8_t **out_bytes,
		size_t *out_size, const char **out_type) {
	const char *cid = bob_read_cid(data);
	const char *text = xml_content(data);
	uint8_t *bytes;
	size_t size;
	if (cid == NULL || strlen(text) > BOB_MAX_BYTES * 3 / 2 ||
			!digest_read_base64(arena, text, &bytes, &size) || size == 0 || size > BOB_MAX_BYTES ||
			!text_equal_ignoring_case(cid, bob_cid(arena, bytes, size))) {
		return false;
	}
	*out_bytes = bytes;
	*out_size = size;
	*out_type = xml_get(data, "type");
	return true;
}
