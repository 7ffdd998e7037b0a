/* SPDX-License-Identifier: MPL-2.0 */
/* What outlives a link without a journal. */
#include "xmpp/backlog.h"

#include "xml/ns.h"
#include "xml/write.h"
#include "xmpp/written.h"

#include <string.h>

bool backlog_wants(const struct xml_node *stanza) {
	const char *type = xml_get(stanza, "type");
	return type && strcmp(stanza->name, "iq") == 0 && (strcmp(type, "result") == 0 || strcmp(type, "error") == 0);
}

static void take_one(struct xml_node *stanza, void *data) {
	if (backlog_wants(stanza)) {
		xml_write(data, stanza, NS_COMPONENT);
	}
}

void backlog_take_over(struct strbuf *backlog, const struct strbuf *output) {
	written_each(output->bytes, output->size, take_one, backlog);
}
