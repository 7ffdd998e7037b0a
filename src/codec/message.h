/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a <message/> says: each payload a client may send or be sent, as one struct, by the XEPs
 * named at the members.
 */
#ifndef CODEC_MESSAGE_H
#define CODEC_MESSAGE_H

#include "xml/node.h"

#include <gangway/message.h>
#include <stdint.h>

struct stanza;

enum { MESSAGE_MAX_REACTIONS = 64 };

/* Before the text of what cannot be said as a correction. */
#define CORRECTION_PREFIX "Correction: "

struct message_reply {
	const char *id; /* the XMPP id of the message answered */
	const char *to; /* whose it was; may be NULL */
};

/*
 * Strings are borrowed from the tree that was read, or from the caller who writes. NULL and 0 mean
 * absent.
 */
struct message_content {
	const char *body;                  /* of one that was read without: oob_url */
	const char *subject;
	const char *thread;
	const char *replaces;              /* XEP-0308: id of the message corrected */
	const char *retracts;              /* XEP-0424, of either version */
	const char *reacts_to;             /* XEP-0444; the set that counts from now on */
	const char *reactions[MESSAGE_MAX_REACTIONS];
	size_t reaction_count;
	struct message_reply reply;        /* XEP-0461 */
	size_t reply_fallback_start, reply_fallback_end; /* XEP-0428, in code points; equal: none */
	bool has_chat_state;
	enum gw_chat_state chat_state;     /* XEP-0085 */
	const char *received;              /* XEP-0184: id of the message that arrived */
	const char *displayed;             /* XEP-0333 */
	const char *acknowledged;          /* XEP-0333 */
	const char *marker_received;       /* XEP-0333 <received/> */
	bool wants_receipt;                /* XEP-0184 <request/> */
	bool is_markable;                  /* XEP-0333 <markable/> */
	bool store, no_store;              /* XEP-0334 */
	int64_t delayed_since_ms;          /* XEP-0203: when it was sent first; 0: now */
	const char *delayed_by;            /* who delayed it */
	const char *nick;                  /* XEP-0172 */
	const char *oob_url;               /* XEP-0066 */
	const char *encryption;            /* XEP-0380 or a known element: nobody here can read it */
	bool is_forwarded_carbon;          /* XEP-0280 wrapper, never to be taken at face value */
};

/* Reads everything it knows; unknown payloads are left alone. */
void message_content_read(const struct xml_node *message, struct message_content *out);

/* What a stanza says, read once however often it is asked for; it lives as long as the stanza. */
const struct message_content *message_content_of(struct stanza *stanza);

/*
 * Writes below <message/>. A retraction gets the fallbacks of shape S-12; a reply with fallback
 * writes the <fallback/> range it is given. Hints and states are written as told.
 */
void message_content_write(struct xml_node *message, const struct message_content *content);

/*
 * XEP-0393-neutral quoting: "> " before each line and a line break at the end; for reply fallbacks
 * (shape S-7).
 */
const char *message_quote(struct arena *arena, const char *name, const char *text);

const char *chat_state_name(enum gw_chat_state state);

/*
 * A text from a network as a body that XMPP servers take: one of more than 400 KiB as it is written in XML is cut, and says so.
 * NULL stays NULL.
 */
const char *message_fitting_body(struct arena *arena, const char *text);

#endif
