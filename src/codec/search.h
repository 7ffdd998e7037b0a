/* SPDX-License-Identifier: MPL-2.0 */
/*
 * XEP-0055 search: the question with its form and its old fields, the query in either shape, and
 * results in the same.
 */
#ifndef CODEC_SEARCH_H
#define CODEC_SEARCH_H

#include "codec/form.h"

/*
 * <query/> below the iq: instructions, those of first, last, nick and email that are asked for, and
 * the form.
 */
struct xml_node *search_write(struct xml_node *iq, const struct gw_form_template *template);

struct search_request {
	struct gw_form *form; /* the checked answers, the caller's to free */
	bool is_legacy;       /* asked with the old fields: the answer has to be in the old shape too */
};

bool search_read(struct arena *arena, const struct xml_node *query,
		const struct gw_form_field *fields, struct search_request *out,
		struct form_problem *out_problem);

/*
 * What was found; a NULL table: nothing. In the old shape each row with an address becomes an
 * <item/>: the address is the first column that is one; first, last, nick (or name) and email are
 * the columns of these names.
 */
struct xml_node *search_write_results(struct xml_node *iq, const struct gw_table *table,
		bool is_legacy);

#endif
