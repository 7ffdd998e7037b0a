/* SPDX-License-Identifier: MPL-2.0 */
/*
 * How messages on their way to the network are stored: those of one turn share a row, as long as one of them is not
 * answered. Which of them the module was asked about is a matter of the row that they stand in.
 */
#ifndef GATEWAY_DELIVERY_ROWS_H
#define GATEWAY_DELIVERY_ROWS_H

#include "gateway/deliveries.h"

struct delivery_rows;
struct delivery_row;

struct delivery_rows *delivery_rows_new(struct gw_gateway *gateway);
void delivery_rows_free(struct delivery_rows *rows); /* and the stanzas of those that stand in them */

/* Into the row that this turn fills; then it may move to the other one, or out. Stored at the turn's end. */
void delivery_rows_put(struct delivery_rows *rows, struct delivery *delivery, bool is_handed);
void delivery_rows_move(struct delivery_rows *rows, struct delivery *delivery, bool is_handed);
void delivery_rows_remove(struct delivery_rows *rows, struct delivery *delivery);
void delivery_rows_rewrite(struct delivery_rows *rows, struct delivery *delivery); /* its stanza has changed */

/* Before the commit. */
void delivery_rows_store(struct delivery_rows *rows);

/*
 * What an earlier life has left: `each` is called with every stanza (borrowed), and may put the message that it makes of it
 * into the row where it stands. False: some of it was damaged.
 */
bool delivery_rows_restore(struct delivery_rows *rows,
		void (*each)(const struct xml_node *xml, struct delivery_row *row, bool is_handed, void *data), void *data);
void delivery_row_put(struct delivery_row *row, struct delivery *delivery);

#endif
