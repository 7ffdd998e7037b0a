/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What becomes of the messages that an earlier life of the process has left on their way to the network: what the module had
 * not been asked about waits as before; of the rest, what was played back has arrived, and what the module recognises is
 * handed over again. What is left may have arrived: that is told, once.
 */
#ifndef GATEWAY_DELIVERY_RESTORE_H
#define GATEWAY_DELIVERY_RESTORE_H

#include "gateway/deliveries.h"
#include "xml/node.h"

/* For delivery_rows_restore(); data: the gateway. */
void delivery_restore(const struct xml_node *xml, struct delivery_row *row, bool is_handed, void *data);

/* All are there: what a message's id means depends on those behind it. */
void deliveries_settle_restored(struct gw_session *session);

#endif
