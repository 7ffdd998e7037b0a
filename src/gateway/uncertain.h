/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Messages that may have arrived or not, after the user has been told so. For an hour, in this life of the process and the
 * next ones, it is still noticed when the network plays one back, or the module answers after all: it is not shown a second
 * time then, and the user gets the receipt.
 */
#ifndef GATEWAY_UNCERTAIN_H
#define GATEWAY_UNCERTAIN_H

#include "gateway/deliveries.h"

enum {
	UNCERTAIN_MAX = DELIVERIES_MAX, /* of a session: all that was under way may be, when the process dies */
	UNCERTAIN_MS = 3600000,
};

/*
 * It is out of the session's deliveries, and stored as uncertain since told_at_ms. When there are too many, or they take more
 * memory than may wait, the one of the others that was written first is forgotten.
 */
void uncertain_add(struct delivery *delivery);
void uncertain_remove(struct delivery *delivery);

#endif
