/* SPDX-License-Identifier: MPL-2.0 */
/* <query xmlns='jabber:iq:search'/> */
#include "codec/search.h"

#include "util/mem.h"
#include "xml/ns.h"

#include <string.h>

static const char *const legacy_names[] = { "first", "last", "nick", "email" };

/*
 * The old shape has no way to say that a table was cut: a stanza of this many people is large
 * enough.
 */
enum { MAX_LEGACY_ITEMS = 200 };

struct xml_node *search_write(struct xml_node *iq, const struct gw_form_template *template) {
	struct xml_node *query = xml_add(iq, "query", NS_SEARCH);
	xml_add_text(query, "instructions", NULL, template->instructions);
	for (size_t i = 0; i < ARRAY_LENGTH(legacy_names); i++) {
		if (form_field_find(template->fields, legacy_names[i]) != NULL) {
			xml_add(query, legacy_names[i], NULL);
		}
	}
	form_write(query, template, NS_SEARCH, NULL);
	return query;
}

static struct gw_form *collect_legacy(const struct xml_node *query) {
	struct gw_form *answers = gw_form_new();
	for (size_t i = 0; i < ARRAY_LENGTH(legacy_names); i++) {
		gw_form_set(answers, legacy_names[i], xml_child_text(query, legacy_names[i], NS_SEARCH));
	}
	return answers;
}

bool search_read(struct arena *arena, const struct xml_node *query,
		const struct gw_form_field *fields, struct search_request *out,
		struct form_problem *out_problem) {
	const struct xml_node *x = xml_find(query, "x", NS_DATA_FORM);
	if (x != NULL) {
		struct gw_form *form = form_read(arena, x, fields, out_problem);
		if (form != NULL) {
			*out = (struct search_request){ .form = form };
		}
		return form != NULL;
	}
	struct gw_form *answers = collect_legacy(query);
	struct gw_form *form = form_check(arena, answers, fields, out_problem);
	gw_form_free(answers);
	if (form != NULL) {
		*out = (struct search_request){ .form = form, .is_legacy = true };
	}
	return form != NULL;
}

static const char *address_column(const struct gw_table *table) {
	for (const struct gw_table_column *column = table_columns(table); column->var != NULL;
			column++) {
		if (column->is_jid) {
			return column->var;
		}
	}
	return "jid";
}

/* All four have to be there, whether known or not. */
static void write_legacy_item(struct xml_node *query, const struct gw_table *table, size_t row,
		const char *jid) {
	struct xml_node *item = xml_add(query, "item", NULL);
	xml_set(item, "jid", jid);
	for (size_t i = 0; i < ARRAY_LENGTH(legacy_names); i++) {
		const char *cell = table_cell(table, row, legacy_names[i]);
		if (cell == NULL && strcmp(legacy_names[i], "nick") == 0) {
			cell = table_cell(table, row, "name");
		}
		xml_add_text(item, legacy_names[i], NULL, cell != NULL ? cell : "");
	}
}

struct xml_node *search_write_results(struct xml_node *iq, const struct gw_table *table,
		bool is_legacy) {
	struct xml_node *query = xml_add(iq, "query", NS_SEARCH);
	if (table == NULL) {
		return query;
	}
	if (!is_legacy) {
		table_write(query, table, NS_SEARCH);
		return query;
	}
	const char *column = address_column(table);
	for (size_t row = 0; row < gw_table_count_rows(table) && row < MAX_LEGACY_ITEMS; row++) {
		const char *jid = table_cell(table, row, column);
		if (jid != NULL) {
			write_legacy_item(query, table, row, jid);
		}
	}
	return query;
}
