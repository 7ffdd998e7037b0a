/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Registering, changing and ending a registration: the one engine behind the registration form of clients (XEP-0077), the
 * ad-hoc command, and the chat. An interface asks for what the engine says is missing, until it is done:
 *
 *	form -> validate() -> [code -> validate_two_factor_code() | QR code -> gw_gateway_confirm_qr()] -> registered
 *
 * Between the steps the registration is *partial*: kept in memory under the bare address, and forgotten after the
 * configured time: an hour, or a minute when a QR code was shown and is not scanned.
 */
#ifndef GATEWAY_REGISTRATION_H
#define GATEWAY_REGISTRATION_H

#include "gateway/gateway.h"

enum registration_step {
	REGISTRATION_REFUSED,   /* condition and text say why; what was partial is gone, except after a wrong code */
	REGISTRATION_NEEDS_CODE, /* ask for the code, then registration_submit_code() */
	REGISTRATION_NEEDS_QR,  /* show `text` as QR code, then registration_await_qr() */
	REGISTRATION_DONE,      /* stored; the login is under way */
};

struct registration_result {
	enum registration_step step;
	enum gw_condition condition;
	const char *text;  /* never NULL for a refusal, unless it was cancelled */
	bool is_cancelled; /* the asker's scope closed, or the registration was abandoned */
};

typedef void registration_fn(const struct registration_result *result, void *data);

struct registrations *registrations_new(struct gw_gateway *gateway);
void registrations_free(struct registrations *registrations);

/*
 * May this address register or change its registration? GW_OK, or the condition with a sentence in *out_text. Checked by
 * registration_submit() too.
 */
enum gw_condition registration_allows(struct gw_gateway *gateway, const struct gw_jid *user, const char **out_text);

/*
 * The form, checked against gateway_registration_fields() (codec/form.h). First registration and change alike: a user who
 * is registered already is validated anew, the result replaces what is stored, and the session logs in again (W-13). The
 * callback comes exactly once. One attempt per account at a time: another is refused with conflict.
 */
void registration_submit(struct gw_gateway *gateway, struct gw_scope *scope, const struct gw_jid *user,
		const struct gw_form *form, registration_fn *answered, void *data);
void registration_submit_code(struct gw_gateway *gateway, struct gw_scope *scope, const struct gw_jid *user,
		const char *code, registration_fn *answered, void *data);
void registration_await_qr(struct gw_gateway *gateway, struct gw_scope *scope, const struct gw_jid *user,
		registration_fn *answered, void *data);

/* What a partial registration of this account waits for; REGISTRATION_REFUSED when there is none. */
enum registration_step registration_pending(struct gw_gateway *gateway, const char *bare_jid);

/* The text of its QR code; NULL when there is none. Borrowed. */
const char *registration_qr_text(struct gw_gateway *gateway, const char *bare_jid);

/*
 * The same, for whoever puts it before the user's eyes now: from then on it has to be scanned in time, whether or not the
 * user goes on to registration_await_qr(), which begins that time anew.
 */
const char *registration_show_qr(struct gw_gateway *gateway, const char *bare_jid);

/* Ends when the registration is finished or forgotten: for questions that make no sense any more then. NULL: none. */
struct gw_scope *registration_scope(struct gw_gateway *gateway, const char *bare_jid);

/* Forgets a partial registration; who waits for one of its steps hears a cancellation. */
void registration_abandon(struct gw_gateway *gateway, const char *bare_jid);

/*
 * Ends a registration, however it was asked for: the session is logged out, the module's unregister() runs, contacts and
 * gateway take their presence and subscriptions back and leave the contact list (W-15), the account is removed. Then
 * calls back (may be NULL).
 */
void registration_remove(struct gw_session *session, void (*removed)(void *data), void *data);

/*
 * For a session that is_leaving since before the gateway started: it had been stopped in the middle, or the admin removed
 * the user meanwhile (`gangway users delete`). The link has to be there. The user is told.
 */
void registration_go_on_removing(struct gw_session *session);

#endif
