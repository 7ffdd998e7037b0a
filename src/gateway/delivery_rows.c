/* SPDX-License-Identifier: MPL-2.0 */
/* Rows: filled in one turn, written anew when some of their messages have left and others not, and gone with the last one. */
#include "gateway/delivery_rows.h"

#include "util/mem.h"
#include "util/strbuf.h"
#include "xml/ns.h"
#include "xml/write.h"
#include "xmpp/written.h"

#include <stdlib.h>
#include <utlist.h>

enum { ROW_MAX_DELIVERIES = 64 };

struct delivery_row {
	struct delivery_row *prev, *next; /* of all */
	struct delivery_row *changed_prev, *changed_next;
	struct delivery *first;
	int64_t id; /* 0: not stored yet */
	size_t count;
	bool is_handed;
	bool is_changed;
};

struct delivery_rows {
	struct gw_gateway *gateway;
	struct delivery_row *all, *changed;
	struct delivery_row *waiting, *handed; /* those that this turn fills; NULL: none yet */
	int64_t last_id;
};

struct delivery_rows *delivery_rows_new(struct gw_gateway *gateway) {
	struct delivery_rows *rows = mem_new(sizeof(*rows));
	rows->gateway = gateway;
	return rows;
}

void delivery_rows_free(struct delivery_rows *rows) {
	struct delivery_row *row, *next_row;
	DL_FOREACH_SAFE(rows->all, row, next_row) {
		struct delivery *delivery, *next;
		DL_FOREACH_SAFE2(row->first, delivery, next, row_next) {
			stanza_unref(delivery->stanza);
		}
		free(row);
	}
	free(rows);
}

static void change(struct delivery_rows *rows, struct delivery_row *row) {
	if (!row->is_changed) {
		row->is_changed = true;
		DL_APPEND2(rows->changed, row, changed_prev, changed_next);
		loop_hurry(rows->gateway->loop);
	}
}

static struct delivery_row *row_new(struct delivery_rows *rows, bool is_handed) {
	struct delivery_row *row = mem_new(sizeof(*row));
	row->is_handed = is_handed;
	DL_APPEND(rows->all, row);
	return row;
}

/* The one that this turn fills. */
static struct delivery_row *open_row(struct delivery_rows *rows, bool is_handed) {
	struct delivery_row **slot = is_handed ? &rows->handed : &rows->waiting;
	if (!*slot || (*slot)->count >= ROW_MAX_DELIVERIES) {
		*slot = row_new(rows, is_handed);
		change(rows, *slot);
	}
	return *slot;
}

void delivery_row_put(struct delivery_row *row, struct delivery *delivery) {
	DL_APPEND2(row->first, delivery, row_prev, row_next);
	row->count++;
	delivery->row = row;
}

void delivery_rows_put(struct delivery_rows *rows, struct delivery *delivery, bool is_handed) {
	delivery_row_put(open_row(rows, is_handed), delivery);
}

void delivery_rows_remove(struct delivery_rows *rows, struct delivery *delivery) {
	struct delivery_row *row = delivery->row;
	DL_DELETE2(row->first, delivery, row_prev, row_next);
	row->count--;
	delivery->row = NULL;
	change(rows, row);
}

void delivery_rows_move(struct delivery_rows *rows, struct delivery *delivery, bool is_handed) {
	if (delivery->row->is_handed != is_handed) {
		delivery_rows_remove(rows, delivery);
		delivery_rows_put(rows, delivery, is_handed);
	}
}

void delivery_rows_rewrite(struct delivery_rows *rows, struct delivery *delivery) {
	change(rows, delivery->row);
}

/* --- The store --- */

static void write_row(struct delivery_rows *rows, struct delivery_row *row) {
	struct store *store = rows->gateway->store;
	struct strbuf stanzas;
	strbuf_init(&stanzas, STRBUF_UNLIMITED);
	const struct delivery *delivery;
	DL_FOREACH2(row->first, delivery, row_next) {
		xml_write(&stanzas, delivery->stanza->xml, NS_COMPONENT);
	}
	if (row->id) {
		store_deliveries_change(store, row->id, stanzas.bytes, stanzas.size);
	} else {
		row->id = ++rows->last_id;
		store_deliveries_put(store, &(struct store_deliveries){
			.id = row->id,
			.is_handed = row->is_handed,
			.stanzas = stanzas.bytes,
			.size = stanzas.size,
		});
	}
	strbuf_finish(&stanzas);
}

/* Rows that have nothing left in them go. */
void delivery_rows_store(struct delivery_rows *rows) {
	rows->waiting = rows->handed = NULL;
	while (rows->changed) {
		struct delivery_row *row = rows->changed;
		DL_DELETE2(rows->changed, row, changed_prev, changed_next);
		row->is_changed = false;
		if (row->count > 0) {
			write_row(rows, row);
			continue;
		}
		if (row->id) {
			store_deliveries_forget(rows->gateway->store, row->id);
		}
		DL_DELETE(rows->all, row);
		free(row);
	}
}

struct restoring {
	struct delivery_row *row;
	size_t count; /* that stood in it */
	void (*each)(const struct xml_node *xml, struct delivery_row *row, bool is_handed, void *data);
	void *data;
};

static void restore_one(struct xml_node *xml, void *data) {
	struct restoring *restoring = data;
	restoring->count++;
	restoring->each(xml, restoring->row, restoring->row->is_handed, restoring->data);
}

bool delivery_rows_restore(struct delivery_rows *rows,
		void (*each)(const struct xml_node *xml, struct delivery_row *row, bool is_handed, void *data), void *data) {
	struct arena arena = { 0 };
	struct store_deliveries stored;
	bool is_whole = true;
	while (store_deliveries_after(rows->gateway->store, &arena, rows->last_id, &stored)) {
		struct delivery_row *row = row_new(rows, stored.is_handed);
		row->id = rows->last_id = stored.id;
		struct restoring restoring = { .row = row, .each = each, .data = data };
		is_whole &= written_each(stored.stanzas, stored.size, restore_one, &restoring);
		if (row->count == 0 || row->count < restoring.count) {
			change(rows, row);
		}
		arena_finish(&arena);
	}
	return is_whole;
}
