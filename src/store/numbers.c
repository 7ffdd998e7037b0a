/* SPDX-License-Identifier: MPL-2.0 */
/* Single numbers to remember. */
#include "store/database.h"

void store_number_set(struct store *store, const char *name, int64_t number) {
	store_write(store, NUMBER_SET, VALUES(value_text(name), value_integer(number)));
}

int64_t store_number(struct store *store, const char *name) {
	struct query query;
	int64_t number = 0;
	query_start(&query, store, NUMBER, VALUES(value_text(name)));
	if (query_next(&query)) {
		number = sqlite3_column_int64(query.row, 0);
	}
	query_finish(&query);
	return number;
}
