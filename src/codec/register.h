/* SPDX-License-Identifier: MPL-2.0 */
/*
 * XEP-0077 in-band registration: the question with its form and its old fields, and the answer in
 * either shape.
 */
#ifndef CODEC_REGISTER_H
#define CODEC_REGISTER_H

#include "codec/form.h"

/* Is this one of the names that XEP-0077 gives elements to: username, password, email ...? */
bool register_is_legacy_name(const char *var);

/*
 * <query/> below the iq: <registered/> and the field `remove` for whoever is registered, the old
 * fields, instructions, and the form. `values` (may be NULL) are filled in, but never those of
 * private fields. The old fields are left out when a required question has no name among them,
 * because they could not be answered (XEP-0077 section 5).
 */
struct xml_node *register_write(struct xml_node *iq, const struct gw_form_template *template,
		const struct gw_form *values, bool is_registered);

struct register_request {
	bool is_remove;
	struct gw_form *form; /* the checked answers, the caller's to free; NULL when is_remove */
};

/*
 * Reads and checks what was submitted, by data form (which wins) or old fields. `stored` is what
 * the user registered with, NULL for a new one: form_keep_stored().
 */
bool register_read(struct arena *arena, const struct xml_node *query,
		const struct gw_form_field *fields, const struct gw_form *stored,
		struct register_request *out, struct form_problem *out_problem);

#endif
