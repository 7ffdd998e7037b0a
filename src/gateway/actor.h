/* SPDX-License-Identifier: MPL-2.0 */
/* Whoever writes to the user: embedded in the contact, or made for a moment for the gateway itself. */
#ifndef GATEWAY_ACTOR_H
#define GATEWAY_ACTOR_H

#include "xml/node.h"

#include <gangway/actor.h>
#include <stdint.h>

enum actor_kind {
	ACTOR_GATEWAY,
	ACTOR_CONTACT,
	ACTOR_SELF, /* the user, acting elsewhere in the chat with a contact */
};

struct gw_actor {
	enum actor_kind kind;
	struct gw_gateway *gateway;
	char *recipient; /* of the gateway as actor; a contact writes to its session's account */
	struct gw_contact *with; /* the user as actor: the contact of the chat */
	bool has_state;
	bool is_state_untold; /* the link was away */
	enum gw_chat_state state; /* the last one */
};

/* A chat: contacts have one each. */
struct gw_chat {
	struct gw_contact *contact;
};

struct message_content;
struct stanza;

/* What the user wrote elsewhere, shown as their own whatever is known of it. False: not accepted. */
bool actor_show_own(struct gw_contact *contact, const struct gw_message *message);

/*
 * The user's server has sent something back that was said in a user's name: they are told, once, if that is because it
 * does not let us. NULL: it was something else.
 */
struct gw_session *actor_own_refused(struct gw_gateway *gateway, const struct stanza *error);

/* Those that could not be told when they came. */
void actors_tell_states(struct gw_gateway *gateway);

/* Sends what a stanza of this actor says, with this id (NULL: a made-up one). */
bool actor_say(struct gw_actor *actor, const char *xmpp_id, const struct message_content *content);

#endif
