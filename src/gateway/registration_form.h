/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The registration form as one particular user sees it. Who is registered finds what is stored, except for secrets: those
 * are never sent back to a client, and stay as they are when they are left empty (XEP-0077 section 3.3).
 */
#ifndef GATEWAY_REGISTRATION_FORM_H
#define GATEWAY_REGISTRATION_FORM_H

#include "codec/form.h"
#include "gateway/gateway.h"

/*
 * Title, instructions and fields; `session` NULL: not registered yet, else what is stored is filled in. Lives in the arena.
 */
struct gw_form_template *registration_form(struct arena *arena, struct gw_gateway *gateway,
		struct gw_session *session);

/*
 * What is to be stored when a registered user has filled in that form: form_keep_stored(), and checked once more, since
 * secrets that were kept may be missing now. NULL when they are required. The caller frees.
 */
struct gw_form *registration_form_complete(struct arena *arena, struct gw_session *session, const struct gw_form *form,
		struct form_problem *out_problem);

/* The second step: the code that the network sent. `note` (may be NULL) stands before the instructions. */
struct gw_form_template *registration_code_form(struct arena *arena, struct gw_gateway *gateway, const char *note);

/* The second step: the QR code to scan (shape S-26). `image_url` NULL: there is only the text. */
struct gw_form_template *registration_qr_form(struct arena *arena, struct gw_gateway *gateway, const char *qr_text,
		const char *image_url);

/* The variable under which the code is sent. */
#define REGISTRATION_CODE_VAR "code"

#endif
