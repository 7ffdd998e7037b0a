/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Which receipts and read marks of a chat were passed on lately: a network may tell them again when it has reconnected. They
 * mean the same however often they come, so the last ones in memory are enough.
 */
#ifndef GATEWAY_MARKS_H
#define GATEWAY_MARKS_H

#include "gateway/contact.h"

enum mark { MARK_RECEIVED, MARK_DISPLAYED, MARK_ACKNOWLEDGED, MARK_OWN_DISPLAYED, MARK_OWN_ACKNOWLEDGED };

/* Has the message with this id on the network been marked so? */
bool marks_have(const struct gw_contact *contact, enum mark mark, const char *remote_id);
void marks_put(struct gw_contact *contact, enum mark mark, const char *remote_id);

#endif
