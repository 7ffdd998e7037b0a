/* SPDX-License-Identifier: MPL-2.0 */
/* Not everybody at once: sessions log in in the order they asked, a bounded number at a time (W-2). */
#ifndef GATEWAY_LOGIN_QUEUE_H
#define GATEWAY_LOGIN_QUEUE_H

#include "gateway/gateway.h"

enum { LOGINS_AT_ONCE = 16 };

struct login_queue *login_queue_new(struct gw_gateway *gateway, unsigned at_once);
void login_queue_free(struct login_queue *queue);

/* The session is in the state SESSION_QUEUED; it hears session_begin_login() when it is its turn. */
void login_queue_add(struct login_queue *queue, struct gw_session *session);
void login_queue_remove(struct login_queue *queue, struct gw_session *session);

/* A login that had begun has ended, one way or the other: the next may begin. */
void login_queue_done(struct login_queue *queue);

#endif
