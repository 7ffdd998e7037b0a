/* SPDX-License-Identifier: MPL-2.0 */
/* One stanza that came in: its tree and addresses, all in one arena that ends with the last reference. */
#ifndef XMPP_STANZA_H
#define XMPP_STANZA_H

#include "util/arena.h"
#include "xml/node.h"

#include <gangway/error.h>
#include <gangway/jid.h>
#include <stdbool.h>

enum stanza_kind { STANZA_MESSAGE, STANZA_PRESENCE, STANZA_IQ };

struct message_content;

struct stanza {
	unsigned references;
	struct arena *arena; /* for what has to live as long as the stanza, answers included */
	enum stanza_kind kind;
	struct xml_node *xml;
	const char *id;   /* NULL when absent */
	const char *type; /* NULL when absent */
	struct gw_jid from, to;
	struct message_content *content; /* of a message that was read: message_content_of() */
	bool is_recovered; /* it did not come by the link, but was found in the sender's archive */
};

/*
 * Takes the arena over. NULL when it is not a stanza of ours or has no proper addresses; *out_problem then says why and
 * the arena stays the caller's.
 */
struct stanza *stanza_new(struct arena *arena, struct xml_node *xml, const char **out_problem);
struct stanza *stanza_ref(struct stanza *stanza);
void stanza_unref(struct stanza *stanza);

bool stanza_is_error(const struct stanza *stanza);
bool stanza_is_answer(const struct stanza *stanza); /* an IQ of type result or error */

/* A stanza from elsewhere: jabber:client and no namespace at all are taken for our stream's own, in all of it. */
void stanza_adopt(struct xml_node *xml);

/* Building: the outermost element, in the component's namespace. NULL attributes are left out. */
struct xml_node *stanza_make(struct arena *arena, const char *name, const char *type, const char *from,
		const char *to, const char *id);

/* The answer to a stanza: addresses turned round, same id. */
struct xml_node *stanza_reply(struct stanza *stanza, const char *type);

/* <error/> with the condition's type and the text below a stanza of type error. */
void stanza_add_error(struct xml_node *stanza, enum gw_condition condition, const char *text);

/* Reads <error/>: GW_UNDEFINED_CONDITION when there is none. *out_text is NULL when there is no text. */
enum gw_condition stanza_read_error(const struct xml_node *stanza, const char **out_text);

#endif
