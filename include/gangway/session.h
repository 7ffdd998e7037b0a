/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A session: one registered user, from the first login after the start (or the registration) until the gateway stops or
 * the user unregisters. It exists whether or not the network is reached at the moment; its private memory too.
 *
 * The core owns reconnecting. A module that loses its connection says so with gw_session_lost(), and its login callback
 * is called again when the time has come: soon at first, then later and later, never too often for the network.
 */
#ifndef GANGWAY_SESSION_H
#define GANGWAY_SESSION_H

#include <gangway/form.h>
#include <gangway/jid.h>
#include <gangway/log.h>
#include <gangway/loop.h>
#include <gangway/message.h>

#ifdef __cplusplus
extern "C" {
#endif

struct gw_contact;
struct gw_gateway;
struct gw_session;

/* The module's own memory: session_size bytes, zeroed before the first login, freed after the last logout. */
void *gw_session_data(const struct gw_session *session);

/* The gateway that the user is registered with. */
struct gw_gateway *gw_session_gateway(const struct gw_session *session);

/* The user's bare address. */
const struct gw_jid *gw_session_jid(const struct gw_session *session);

/* Ends with the session, not with a connection: timers and connections that serve a login are stopped by logout(). */
struct gw_scope *gw_session_scope(struct gw_session *session);

/* For lines that concern this user. */
const struct gw_log *gw_session_log(const struct gw_session *session);

/* What the user registered with: the form, or what validate() gave instead. Borrowed until the callback returns. */
const struct gw_form *gw_session_credentials(struct gw_session *session);

/* Replaces it, for tokens that change: everything that is not in the form is gone. Copied, stored encrypted. */
void gw_session_set_credentials(struct gw_session *session, const struct gw_form *credentials);

/* The user's preferences with their defaults filled in. Borrowed until the callback returns. */
const struct gw_form *gw_session_preferences(struct gw_session *session);

/* Has login() been answered with success, and neither gw_session_lost() nor logout() come since? */
bool gw_session_is_logged_in(const struct gw_session *session);

/*
 * The gateway's presence in the user's contact list: one line that says how things are. The same line twice is sent once.
 * The core sets it around logins and losses; a module may say more.
 */
void gw_session_set_status(struct gw_session *session, enum gw_show show, const char *text);

/* Why a connection to the network is gone, or a login did not work: decides when login() is called again. */
enum gw_loss {
	GW_LOSS_NETWORK,     /* unreachable, broken, timed out: again in seconds, up to some minutes apart, for ever */
	GW_LOSS_THROTTLED,   /* the network asks for patience: not before a minute, later not before an hour, for ever */
	GW_LOSS_BANNED,      /* the network does not want this user: told once, not before six hours but for `re-login` */
	GW_LOSS_CREDENTIALS, /* the password is wrong now: told once, never again until the user changes it or says `re-login` */
};

/*
 * The connection to the network is gone; not called for a login that fails (answer its request with
 * gw_request_fail_login()) nor after logout(). `text` is a sentence for the user; NULL or blank: a general one. Contacts are
 * shown as offline until the next login. Ignored when the session is not logged in.
 */
void gw_session_lost(struct gw_session *session, enum gw_loss loss, const char *text);

struct gw_request;

/* Answers login(): it did not work, for this reason. gw_request_fail() does too: not-authorized counts as credentials,
 * forbidden as banned, resource-constraint as throttled, everything else as network. */
void gw_request_fail_login(struct gw_request *req, enum gw_loss loss, const char *text);

/*
 * The person on the network by the network's own id (any text); made if needed. Lives as long as the session. Ids that differ
 * in capitals only are one person, as addresses are, unless id_to_local() makes two addresses of them.
 */
struct gw_contact *gw_session_contact(struct gw_session *session, const char *id);

/* The same, NULL when there is none yet. */
struct gw_contact *gw_session_find_contact(struct gw_session *session, const char *id);

/* All contacts, those that were made last first: NULL gives the first, the last gives NULL. */
struct gw_contact *gw_session_next_contact(struct gw_session *session, struct gw_contact *previous);

/* A chat message from the gateway to the user: news about the account, not about every hiccup. */
void gw_session_tell(struct gw_session *session, const char *text);

#ifdef __cplusplus
}
#endif

#endif
