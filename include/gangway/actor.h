/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Whoever writes to the user: a contact, or the gateway itself. One family of verbs serves them all. What the network
 * did is told with these; what the *user* did arrives in the callbacks of struct gw_module.
 *
 * Ids are the network's own. An id of a message that the user sent from XMPP is recognised, so that a receipt or a
 * reaction reaches the right message in the user's client.
 */
#ifndef GANGWAY_ACTOR_H
#define GANGWAY_ACTOR_H

#include <gangway/message.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

struct gw_actor;
struct gw_chat;
struct gw_contact;
struct gw_session;

/* A chat is where messages go: with a contact (rooms follow). */
struct gw_session *gw_chat_session(const struct gw_chat *chat);
struct gw_contact *gw_chat_contact(const struct gw_chat *chat);
struct gw_actor *gw_chat_actor(struct gw_chat *chat); /* the contact of the chat */

/*
 * The user, acting in this chat from somewhere else: the network's own app, say. What they do there is shown by their
 * XMPP clients as their own, and kept in their archive. Needs a server that lets the gateway send messages in users' names
 * (XEP-0356); where it does not, nothing is shown, the verbs return false, and the user is told once.
 * Messages, edits, retractions, reactions and read marks only. Borrowed until the callback returns.
 *
 * What the network plays back of what the user did from XMPP is recognised and not shown again: messages and edits by the
 * id that the network gave them or, before the module has answered with it, by their nonce (message.h) or else their text;
 * edits without an id, retractions and read marks by what they do.
 */
struct gw_actor *gw_chat_self(struct gw_chat *chat);

/*
 * Sends a message to the user. Returns whether it was accepted: from then on it reaches the user's server, whatever happens
 * to the link, the process or the disk, and the network may be told that it has arrived. It is accepted as a whole or not at
 * all. While too much waits for a server that is away, or the disk is full, none is: keep it, or leave it with the network,
 * and try again when on_room() says so. While gw_gateway_has_room() is true it is no use to try again. Not accepted then are
 * a message with neither text (an empty one is a text, and is sent) nor attachments, one whose ids and thread are too big for
 * XMPP servers (100 KiB), one with attachments unless the gateway sends it, what gw_chat_self() says where the server does not
 * allow it, and one from an actor whose session is closed. The same goes for the verbs below that return a bool.
 *
 * Attachments are less sure: they are read at once, and kept in memory until they are uploaded and the link to them is sent. If
 * that does not work the user reads so; if the process ends before it, they get the text only.
 *
 * A contact's message whose id was accepted before is accepted again and not sent: a network may well play back what it sent
 * before, after a restart too. The 2048 newest ids of a chat are known. Give each message its own.
 */
bool gw_actor_send(struct gw_actor *actor, const struct gw_message *message);

/*
 * The actor changed their message with this id into that (XEP-0308). message->id is the id of the edit itself; when it has
 * none (NULL, or the message's), nothing is sent if the message reads so already. When no such message of theirs was sent
 * to the user, the text is sent as a new message that begins with "Correction:".
 */
bool gw_actor_correct(struct gw_actor *actor, const char *id, const struct gw_message *message);

/*
 * The actor took back their message with this id (XEP-0424, with a fallback for clients that do not know it). When no such
 * message was sent to the user, or it was taken back before, nothing is.
 */
bool gw_actor_retract(struct gw_actor *actor, const char *id);

/*
 * The actor's reactions to a message, all of them; none takes them back (XEP-0444). At most 64. When there is no message with
 * this id in the chat, nothing is sent: they would stand below another one. Nor when they are what was told last. Of those
 * that the network plays back pass on the last for each message: older ones have no id to know them by, and are shown again.
 */
bool gw_actor_react(struct gw_actor *actor, const char *id, const char *const *reactions, size_t count);

/* Typing and the like (XEP-0085). The same state twice is sent once, except composing. */
void gw_actor_chat_state(struct gw_actor *actor, enum gw_chat_state state);

/*
 * Receipts and read marks. They are accepted when messages are not, because too much waits for the server or the disk is
 * full: there is a reserve of 8 MiB for them, some ten thousand. False when that is used up, too, or the session is closed:
 * then they are lost unless you tell them later. Those that the network tells again are passed over: of each chat the last
 * 64 are known, until the process ends.
 *
 * A contact's are about messages of the user's, the user's own about any in the chat. When there is no such message nothing is
 * sent: the id may be what the user's client calls another one.
 *
 * They may overtake the answer to on_message(), and so may reactions, and the user's own edits and retractions: while a message
 * of the chat is not answered, what is about an id that is not known yet is accepted and kept (copied; the last 128 of a user,
 * until the process ends), and sent when it turns out to be that message's.
 */

/* The user's message with this id reached the actor's device (XEP-0184 and XEP-0333). */
bool gw_actor_received(struct gw_actor *actor, const char *id);

/* The actor has read up to this message of the user's (XEP-0333). */
bool gw_actor_displayed(struct gw_actor *actor, const char *id);

/* The actor has acted on this message (XEP-0333 <acknowledged/>). */
bool gw_actor_acknowledged(struct gw_actor *actor, const char *id);

#ifdef __cplusplus
}
#endif

#endif
