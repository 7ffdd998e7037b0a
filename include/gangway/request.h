/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A question that the core asks the module and that is answered now or later.
 *
 * A callback whose first parameter is a request owes exactly one answer, inside the callback or any time afterwards, even
 * when the user has left meanwhile: a late answer is dropped and the handle never dangles before it was answered. Which
 * answers fit is said at each callback; another one is logged and counts as a failure. When the deadline passes first,
 * the asker hears remote-server-timeout; who has written, changed or taken back something hears that this may have been done
 * or not. That a message has arrived after all is not dropped within the next hour: the user gets the receipt.
 *
 * A second answer, and anything else that is done with a request after its answer, does nothing but a line in the log: the
 * handle is no pointer, and is known as one that has been answered.
 */
#ifndef GANGWAY_REQUEST_H
#define GANGWAY_REQUEST_H

#include <gangway/error.h>
#include <gangway/form.h>
#include <gangway/loop.h>

#ifdef __cplusplus
extern "C" {
#endif

struct gw_gateway;
struct gw_request;

/* The gateway that asks. */
struct gw_gateway *gw_request_gateway(const struct gw_request *req);

/* Done. Each of these ends the request: forget the handle. Everything is copied. */
void gw_request_ok(struct gw_request *req);

/* Done, with a text for the user. */
void gw_request_ok_text(struct gw_request *req, const char *text);

/* Done; the network gave the message this id (NULL or "": it has none). At most 1000 bytes: see struct gw_message. */
void gw_request_ok_id(struct gw_request *req, const char *id);

/* Done, with answers to keep (NULL: those that were asked for). */
void gw_request_ok_form(struct gw_request *req, const struct gw_form *form);

/* Done, with a table, which the request takes over. */
void gw_request_ok_table(struct gw_request *req, struct gw_table *table);

/*
 * Not done. The user's client gets the condition and reads the text: say what happened and what to do about it, in a
 * sentence. NULL or blank: a general one. Of a long one the first 4000 bytes are told.
 */
void gw_request_fail(struct gw_request *req, enum gw_condition condition, const char *text);

/*
 * Of what a user wrote, changed or took back: the network surely does not have it, because the connection went before it
 * was sent. It waits, and what the user writes meanwhile waits behind it, until the next login or, as long as the session
 * stays logged in, for ten seconds, then twenty, up to ten minutes; then it is handed over again. It goes back to the user
 * when it has become too old. When in doubt use gw_request_fail(): nothing must arrive twice. A module that recognises
 * messages (recognises_messages) answers so in doubt, too, for messages and corrections: they have the same id again, and if
 * they go back the user hears that they may have arrived.
 *
 * Answer soon when the connection is gone: after a login nothing is handed over before all that was handed over before it is
 * answered, or has met its deadline.
 */
void gw_request_not_sent(struct gw_request *req);

/* Lives until the request is answered or nobody waits any more: start here whatever finds the answer. */
struct gw_scope *gw_request_scope(struct gw_request *req);

/* Nobody waits any more (deadline, user left)? The answer is still owed, whatever it is. */
bool gw_request_is_cancelled(const struct gw_request *req);

/* Calls back when nobody waits any more, unless answered before. One hook a request; a second one replaces it. */
void gw_request_on_cancel(struct gw_request *req, void (*cancelled)(struct gw_request *req, void *data), void *data);

#ifdef __cplusplus
}
#endif

#endif
