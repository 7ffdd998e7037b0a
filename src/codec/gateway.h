/* SPDX-License-Identifier: MPL-2.0 */
/*
 * jabber:iq:gateway (XEP-0100 section 6): clients ask how people are called here, and turn a name
 * into an address.
 */
#ifndef CODEC_GATEWAY_H
#define CODEC_GATEWAY_H

#include "xml/node.h"

/* What to ask the user for: a sentence, and the label of the box. Either may be NULL. */
struct xml_node *gateway_prompt_write(struct xml_node *iq, const char *description,
		const char *prompt);

/* What the user typed; NULL when there is nothing in it. */
const char *gateway_prompt_read(const struct xml_node *query);

/* The address that it means. */
struct xml_node *gateway_jid_write(struct xml_node *iq, const char *jid);

#endif
