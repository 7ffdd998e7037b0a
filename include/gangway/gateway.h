/* SPDX-License-Identifier: MPL-2.0 */
/* The gateway itself: one component address, one module, its users. */
#ifndef GANGWAY_GATEWAY_H
#define GANGWAY_GATEWAY_H

#include <gangway/actor.h>
#include <gangway/error.h>
#include <gangway/form.h>
#include <gangway/jid.h>
#include <gangway/log.h>
#include <gangway/loop.h>

#ifdef __cplusplus
extern "C" {
#endif

struct gw_gateway;
struct gw_session;

/* How users register: which steps follow the form. */
enum gw_registration_type {
	GW_REGISTRATION_SINGLE_STEP_FORM, /* the form is all; validate() makes sure that the login works */
	GW_REGISTRATION_QRCODE,           /* then a QR code to scan with the network's app: get_qr_text() */
	GW_REGISTRATION_TWO_FACTOR_CODE,  /* then a code that the network sends: validate_two_factor_code() */
};

/* The module's own memory for the whole gateway: gateway_size bytes, zeroed before start(), freed after stop(). */
void *gw_gateway_data(const struct gw_gateway *gateway);

/* The component's address. */
const struct gw_jid *gw_gateway_jid(const struct gw_gateway *gateway);

/* For what serves all users. Ends when the gateway stops: behind the last session, before stop(). */
struct gw_scope *gw_gateway_scope(struct gw_gateway *gateway);

/* For lines that concern no user in particular. */
const struct gw_log *gw_gateway_log(const struct gw_gateway *gateway);

/* One of the module's own options as the admin configured it, or its default; NULL when it has none. */
const char *gw_gateway_option(const struct gw_gateway *gateway, const char *name);

/*
 * In start() only: this option cannot be as the admin set it; `expected` (copied) is what it should be, such as "yes or no".
 * Returns false, for start() to return. The admin reads where the option stands and what was expected, from `gangway check`
 * too, and the process ends with exit code 2, for a mistake in the configuration.
 */
bool gw_gateway_refuse_option(struct gw_gateway *gateway, const char *name, const char *expected);

/*
 * In start() only: users register in another way than the module's table says, because an option of the admin wants it so.
 * False when the module lacks the callbacks for this type.
 */
bool gw_gateway_set_registration_type(struct gw_gateway *gateway, enum gw_registration_type type);

/* In start() only: other fields than the module's table names. Borrowed for as long as the gateway lives. */
void gw_gateway_set_registration_fields(struct gw_gateway *gateway, const struct gw_form_field *fields);

/* The session of a registered user; NULL when nobody by that (bare) address is registered. */
struct gw_session *gw_gateway_find_session(struct gw_gateway *gateway, const char *jid);

/* All sessions, in no particular order: NULL gives the first, the last gives NULL. */
struct gw_session *gw_gateway_next_session(struct gw_gateway *gateway, struct gw_session *previous);

/*
 * The gateway as the one who writes: gw_actor_send(gw_gateway_actor(gateway, "romeo@example.org"), &message). The
 * recipient (bare or full) need not be registered. Borrowed until the callback returns.
 */
struct gw_actor *gw_gateway_actor(struct gw_gateway *gateway, const char *recipient);

/*
 * Ends the wait of a registration by QR code: the network says the code was scanned. GW_OK registers the user; another
 * condition refuses with the text. `credentials` (may be NULL) are added to what is stored. False when no registration of
 * this bare address is waiting (it expired, or was never begun).
 */
bool gw_gateway_confirm_qr(struct gw_gateway *gateway, const char *jid, enum gw_condition condition, const char *text,
		const struct gw_form *credentials);

struct gw_input_result {
	const char *text;  /* what the user answered; NULL when there is no answer; borrowed */
	bool is_cancelled; /* the scope closed */
	bool is_aborted;   /* the user said `abort`; without a text and neither of the two: there was no answer in time */
};

/*
 * Asks the user a question in the chat with the gateway (`prompt` may be NULL) and calls back exactly once with the next
 * thing the user writes there, when the wait (default 5 minutes, the admin's `input-timeout`) is over, or when the
 * scope closes. Several questions to one user wait for each other: each is asked when the one before is answered. A message
 * that is taken back or corrected meanwhile is no answer.
 */
void gw_gateway_input(struct gw_gateway *gateway, struct gw_scope *scope, const char *jid, const char *prompt,
		void (*answered)(const struct gw_input_result *result, void *data), void *data);

/*
 * Sends a QR code that encodes the text: as a picture (uploaded to the server's upload service, XEP-0363; where there is
 * none, as Bits of Binary, XEP-0231), and the text itself always beside it.
 */
void gw_gateway_send_qr(struct gw_gateway *gateway, const char *jid, const char *text);

/* Is more accepted from the network just now? See on_room of struct gw_module. */
bool gw_gateway_has_room(const struct gw_gateway *gateway);

/*
 * Low-level access, for what this interface does not cover: sends one stanza as it stands. `from` must be an address of
 * this component (the component itself when absent). False, with a line in the log, when it is not a well-formed
 * stanza.
 */
bool gw_gateway_send_stanza(struct gw_gateway *gateway, const char *xml);

/*
 * A presence from local@component (or the component when `local` is NULL) to any address. `local` is what stands before the
 * `@` of an address, escaped where that is needed (XEP-0106), as in gw_contact_jid(). `type` NULL: available, or unavailable
 * when `show` is GW_SHOW_OFFLINE; else one of RFC 6121 but `error`. False, with a line in the log, when an address or the
 * type cannot be.
 */
bool gw_gateway_send_presence(struct gw_gateway *gateway, const char *local, const char *to, const char *type,
		enum gw_show show, const char *text);

#ifdef __cplusplus
}
#endif

#endif
