/* SPDX-License-Identifier: MPL-2.0 */
/* One message, both ways: what on_message() receives is what gw_actor_send() takes. */
#ifndef GANGWAY_MESSAGE_H
#define GANGWAY_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A file that goes with a message. Exactly one of path and bytes is set. */
struct gw_attachment {
	const char *path;         /* a file to read, NULL if bytes are given */
	const void *bytes;        /* or the content itself */
	size_t size;              /* of the bytes */
	const char *name;         /* what the user sees; NULL: derived from the path or made up */
	const char *content_type; /* "image/png"; NULL: guessed from the name */
};

/* A zeroed message says nothing; set what is there. All pointers are borrowed for the call. */
struct gw_message {
	/*
	 * What the network calls this message, unique in its chat. Needed for everything that refers to it later: edits,
	 * reactions, receipts, read marks. NULL or "": the network has no ids. Ids of more than 1000 bytes are not remembered:
	 * what refers to such a message of the user's finds none. An id that a contact's message had before, before a restart
	 * too, means that message: another one is not shown under it. Do not number them yourself, so, but from where you were.
	 */
	const char *id;

	/*
	 * What a message of the user's is known by before it has an id: 32 hexadecimal digits, the same each time that the module
	 * is given this message, and given to no other one. on_message() and on_correct() get it. Hand it to a network that takes
	 * a nonce, a label or a transaction id of ours and tells it when it plays back what the user sent, and set it in what
	 * gw_chat_self() says: that is recognised then, and not shown again. From the module's answer on it is the id that counts,
	 * so where the network tells that only when it plays the message back, answer then. "": the network would have told it, so
	 * this was written elsewhere. NULL: the network does not tell; while a message is under way its text decides.
	 */
	const char *nonce;

	/*
	 * The body, UTF-8, may have several lines; NULL when there is none. What is longer than XMPP servers take (400 KiB as XML)
	 * is shown cut, with a line that says so. Of a reply, on_message() gets all that the user's client wrote: many begin it
	 * with lines that quote the message.
	 */
	const char *text;
	const char *replies_to; /* the network's id of the message this one answers; NULL: of none, or of none that is known */
	const char *thread;     /* a conversation inside the chat (RFC 6121 section 5.2.5); NULL: none */

	/* When it was sent, Unix epoch in milliseconds; 0 or less: now. Older ones are shown with their time (XEP-0203). */
	int64_t sent_at_ms;

	/* Shown after the text, each as a message of its own. Only the gateway itself sends files so far, not contacts. */
	const struct gw_attachment *attachments;
	size_t attachment_count;
};

/* XEP-0085 */
enum gw_chat_state {
	GW_CHAT_ACTIVE,
	GW_CHAT_COMPOSING,
	GW_CHAT_PAUSED,
	GW_CHAT_INACTIVE,
	GW_CHAT_GONE,
};

/* RFC 6121 section 4.7.2.1; offline is <presence type='unavailable'/>. */
enum gw_show {
	GW_SHOW_AVAILABLE,
	GW_SHOW_CHAT,
	GW_SHOW_AWAY,
	GW_SHOW_XA,
	GW_SHOW_DND,
	GW_SHOW_OFFLINE,
};

#ifdef __cplusplus
}
#endif

#endif
