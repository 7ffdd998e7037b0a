/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Echoes: what the network plays back of what the user sent from XMPP, before the module has answered. Nothing is shown then,
 * and it is stored with the delivery, for it means that the network has it.
 *
 * By its text it may have been something else: the user has written the same in another app. The module's answer
 * tells, and then that is shown.
 */
#ifndef GATEWAY_ECHOES_H
#define GATEWAY_ECHOES_H

#include "gateway/deliveries.h"

/*
 * What the user said elsewhere, as the network tells it, or changed their message target_id into. True: it is the echo of a
 * delivery, and there is nothing to show.
 */
bool echo_take(struct gw_contact *contact, const char *target_id, const struct gw_message *message);

/* The user took this message of theirs back, as the network tells it. True: the module is just being asked to do so. */
bool echo_take_retraction(struct gw_contact *contact, const char *remote_id);

/*
 * The module was asked for a message, and has answered or nobody waits for it any more. If there was an echo it counts: a
 * result that leaves it open whether the message has arrived becomes GW_OK. To be called before the message gets its id.
 */
void echo_settle(struct delivery *delivery, struct request_result *result);

/* The same for what changes a message: if there was an echo, the message says so now, whoever did it. */
void echo_settle_change(struct delivery *delivery, struct request_result *result);

#endif
