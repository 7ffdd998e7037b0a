/* SPDX-License-Identifier: MPL-2.0 */
/* A person on the network, as the user sees them: an entry in the contact list and a chat. */
#ifndef GANGWAY_CONTACT_H
#define GANGWAY_CONTACT_H

#include <gangway/actor.h>
#include <gangway/jid.h>
#include <gangway/message.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct gw_contact;
struct gw_session;

/* The user who sees the contact. */
struct gw_session *gw_contact_session(const struct gw_contact *contact);

/* The network's id: as gw_session_contact() had it first, or as the address says that the user wrote to before. */
const char *gw_contact_id(const struct gw_contact *contact);

/* The contact's XMPP address, bare. */
const char *gw_contact_jid(const struct gw_contact *contact);

/* contact_size bytes of the module's, zeroed at first, freed with the contact. */
void *gw_contact_data(const struct gw_contact *contact);

/* The chat with the contact, and the contact as somebody who writes. Both live as long as the contact. */
struct gw_chat *gw_contact_chat(struct gw_contact *contact);
struct gw_actor *gw_contact_actor(struct gw_contact *contact);

/* The name in the contact list; NULL: none. Stored. Copied, repaired. */
void gw_contact_set_name(struct gw_contact *contact, const char *name);
const char *gw_contact_name(const struct gw_contact *contact);

/*
 * What the contact is doing. Sent to the user when it changes and the contact is a friend. Forgotten (offline) when the
 * session is lost or logs out. `text` may be NULL.
 */
void gw_contact_set_presence(struct gw_contact *contact, enum gw_show show, const char *text);

/*
 * When the person last did something on the network, in milliseconds since the epoch; 0: not known, or they are there
 * now. A time that is still to come counts as now. Told with the presence of friends, also when they are offline
 * (XEP-0319); the admin may want it in the status line, too (last-seen-fallback). Call it before
 * gw_contact_set_presence() when both change: the user gets one presence then. Without that call, one follows soon. It
 * stays known when the session is lost, and is not stored.
 */
void gw_contact_set_last_seen(struct gw_contact *contact, int64_t last_seen_ms);

/*
 * Friends share presence with the user; their entry in the contact list has a subscription both ways, others' has none.
 * True at first. Stored.
 */
void gw_contact_set_friend(struct gw_contact *contact, bool is_friend);
bool gw_contact_is_friend(const struct gw_contact *contact);

/*
 * Puts the contact into the user's contact list, in the module's roster_group: silently where the user's server lets the
 * gateway do so (XEP-0356), else by a subscription request that the user sees. Once: whom the user declined, or took out
 * of the list, is not put there again, not even after a restart, unless the module has taken them out in between. A name
 * or friendship that changes later is brought up to date by itself.
 */
void gw_contact_add_to_roster(struct gw_contact *contact);

/* Takes the contact out of it again (the contact object stays). */
void gw_contact_remove_from_roster(struct gw_contact *contact);

#ifdef __cplusplus
}
#endif

#endif
