/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Tables of results: kept by row, shown as a form of type 'result' (XEP-0004 section 3.4) or as
 * lines of text.
 */
#include "codec/form.h"

#include "util/mem.h"
#include "util/strbuf.h"
#include "util/text.h"
#include "xml/ns.h"

#include <stdlib.h>
#include <string.h>

/* What the markup of a cell and of a row takes on the wire at most. */
enum { CELL_OVERHEAD_BYTES = 64, ROW_OVERHEAD_BYTES = 16 };

struct gw_table {
	char *description;
	struct gw_table_column *columns;
	size_t column_count;
	char **cells; /* row by row; NULL is an empty one */
	size_t row_count, row_capacity;
};

struct gw_table *gw_table_new(const char *description, const struct gw_table_column *columns) {
	struct gw_table *table = mem_new(sizeof(*table));
	table->description = mem_strdup(description);
	while (columns[table->column_count].var != NULL) {
		table->column_count++;
	}
	table->columns = mem_new_array(table->column_count + 1, sizeof(*table->columns));
	for (size_t i = 0; i < table->column_count; i++) {
		table->columns[i] = (struct gw_table_column){
			.var = mem_strdup(columns[i].var),
			.label = mem_strdup(columns[i].label),
			.is_jid = columns[i].is_jid,
		};
	}
	return table;
}

void gw_table_free(struct gw_table *table) {
	if (table == NULL) {
		return;
	}
	for (size_t i = 0; i < table->row_count * table->column_count; i++) {
		free(table->cells[i]);
	}
	for (size_t i = 0; i < table->column_count; i++) {
		free((char *)table->columns[i].var);
		free((char *)table->columns[i].label);
	}
	free(table->cells);
	free(table->columns);
	free(table->description);
	free(table);
}

void gw_table_add_row(struct gw_table *table, const char *const *values) {
	if (table->row_count == table->row_capacity) {
		table->row_capacity = table->row_capacity == 0 ? 8 : table->row_capacity * 2;
		table->cells = mem_resize(table->cells,
				(table->row_capacity * table->column_count + 1) * sizeof(*table->cells));
	}
	char **row = &table->cells[table->row_count++ * table->column_count];
	for (size_t i = 0; i < table->column_count; i++) {
		row[i] = mem_strdup(values[i]);
	}
}

size_t gw_table_count_rows(const struct gw_table *table) {
	return table->row_count;
}

const struct gw_table_column *table_columns(const struct gw_table *table) {
	return table->columns;
}

const char *table_cell(const struct gw_table *table, size_t row, const char *var) {
	for (size_t i = 0; row < table->row_count && i < table->column_count; i++) {
		if (strcmp(table->columns[i].var, var) == 0) {
			return table->cells[row * table->column_count + i];
		}
	}
	return NULL;
}

static const char *column_label(const struct gw_table_column *column) {
	return column->label != NULL ? column->label : column->var;
}

/* Bytes of a text once it is escaped. */
static size_t escaped_size(const char *text) {
	size_t size = 0;
	for (; *text != '\0'; text++) {
		size += strchr("<>&'\"", *text) != NULL ? strlen("&quot;") : 1;
	}
	return size;
}

/* How many rows fit into TABLE_MAX_BYTES. */
static size_t rows_that_fit(const struct gw_table *table) {
	size_t bytes = 0;
	for (size_t row = 0; row < table->row_count; row++) {
		bytes += ROW_OVERHEAD_BYTES;
		for (size_t i = 0; i < table->column_count; i++) {
			const char *cell = table->cells[row * table->column_count + i];
			bytes += CELL_OVERHEAD_BYTES + escaped_size(column_label(&table->columns[i])) +
					(cell != NULL ? escaped_size(cell) : 0);
		}
		if (bytes > TABLE_MAX_BYTES) {
			return row;
		}
	}
	return table->row_count;
}

/* The description, and how much of the table is shown when that is not all. */
static const char *table_title(struct arena *arena, const struct gw_table *table, size_t shown) {
	if (shown == table->row_count) {
		return table->description;
	}
	return arena_printf(arena, "%s%sthe first %zu of %zu%s",
			table->description != NULL ? table->description : "",
			table->description != NULL ? " (" : "", shown, table->row_count,
			table->description != NULL ? ")" : "");
}

static void write_head(struct xml_node *x, const struct gw_table *table) {
	struct xml_node *reported = xml_add(x, "reported", NULL);
	for (size_t i = 0; i < table->column_count; i++) {
		const struct gw_table_column *column = &table->columns[i];
		struct xml_node *field = xml_add(reported, "field", NULL);
		xml_set(field, "var", column->var);
		xml_set(field, "type", column->is_jid ? "jid-single" : "text-single");
		xml_set(field, "label", column_label(column));
	}
}

static void write_row(struct xml_node *x, const struct gw_table *table, size_t row) {
	struct xml_node *item = xml_add(x, "item", NULL);
	for (size_t i = 0; i < table->column_count; i++) {
		const char *cell = table->cells[row * table->column_count + i];
		struct xml_node *field = xml_add(item, "field", NULL);
		xml_set(field, "var", table->columns[i].var);
		xml_add_text(field, "value", NULL, cell != NULL ? cell : "");
	}
}

struct xml_node *table_write(struct xml_node *parent, const struct gw_table *table,
		const char *form_type) {
	struct xml_node *x = xml_add(parent, "x", NS_DATA_FORM);
	xml_set(x, "type", "result");
	size_t shown = rows_that_fit(table);
	xml_add_text(x, "title", NULL, table_title(parent->arena, table, shown));
	if (form_type != NULL) {
		struct xml_node *field = xml_add(x, "field", NULL);
		xml_set(field, "var", "FORM_TYPE");
		xml_set(field, "type", "hidden");
		xml_add_text(field, "value", NULL, form_type);
	}
	write_head(x, table);
	for (size_t row = 0; row < shown; row++) {
		write_row(x, table, row);
	}
	return x;
}

/*
 * An address as something to click: the local part may hold anything, the rest of a prepared
 * address needs no care.
 */
static const char *jid_link(struct arena *arena, const char *jid) {
	const char *slash = strchr(jid, '/');
	size_t bare_size = slash != NULL ? (size_t)(slash - jid) : strlen(jid);
	const char *at = memchr(jid, '@', bare_size);
	if (at == NULL) {
		return arena_printf(arena, "xmpp:%s", jid);
	}
	const char *local = text_percent_encode(arena, arena_strndup(arena, jid, (size_t)(at - jid)));
	return arena_printf(arena, "xmpp:%s%s", local, at);
}

static void add_row_as_text(struct strbuf *out, struct arena *arena, const struct gw_table *table,
		size_t row) {
	for (size_t i = 0; i < table->column_count; i++) {
		const struct gw_table_column *column = &table->columns[i];
		const char *cell = table->cells[row * table->column_count + i];
		if (cell == NULL || *cell == '\0') {
			continue;
		}
		strbuf_printf(out, "\n%s: %s", column_label(column),
				column->is_jid ? jid_link(arena, cell) : cell);
	}
}

const char *table_to_text(struct arena *arena, const struct gw_table *table) {
	struct strbuf out;
	strbuf_init(&out, STRBUF_UNLIMITED); /* by the rows that fit */
	size_t shown = rows_that_fit(table);
	const char *title = table_title(arena, table, shown);
	if (title != NULL) {
		strbuf_add_text(&out, title);
	}
	for (size_t row = 0; row < shown; row++) {
		if (row > 0) {
			strbuf_add_char(&out, '\n');
		}
		add_row_as_text(&out, arena, table, row);
	}
	if (table->row_count == 0) {
		strbuf_add_text(&out, "\nThere is nothing to show.");
	}
	const char *text = arena_strdup(arena, out.bytes);
	strbuf_finish(&out);
	return *text == '\n' ? text + 1 : text;
}
