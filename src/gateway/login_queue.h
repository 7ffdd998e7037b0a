/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Not everybody at once: sessions log in in the order they asked, a bounded number at a time (W-2). One network that does not
 * answer must not keep the users of others waiting: a login that takes long no longer counts among them, and those that failed
 * the last time wait behind those that did not.
 */
#ifndef GATEWAY_LOGIN_QUEUE_H
#define GATEWAY_LOGIN_QUEUE_H

#include "gateway/gateway.h"

enum {
	LOGINS_AT_ONCE = 16,
	LOGIN_COUNTS_MS = 5000, /* of one; so those that time out after a minute are twelve times as many at most */
};

struct login_queue *login_queue_new(struct gw_gateway *gateway, unsigned at_once);
void login_queue_free(struct login_queue *queue);

/* The session is in the state SESSION_QUEUED; it hears session_begin_login() when it is its turn. */
void login_queue_add(struct login_queue *queue, struct gw_session *session);
void login_queue_remove(struct login_queue *queue, struct gw_session *session);

/* A login that had begun has ended, one way or the other: the next may begin. Does nothing when none had begun. */
void login_queue_done(struct login_queue *queue, struct gw_session *session);

#endif
