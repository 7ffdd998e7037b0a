/* SPDX-License-Identifier: MPL-2.0 */
/* The user's preferences as a form: the last step of registering, and a command of its own. */
#ifndef COMMAND_PREFERENCES_H
#define COMMAND_PREFERENCES_H

#include "gateway/gateway.h"

/* NULL when there is nothing to prefer. The present values are filled in. Lives in the arena. */
struct gw_form_template *preferences_form(struct arena *arena, struct gw_session *session, bool is_first_time);

/* Stores the (checked) answers and tells the module. */
void preferences_set(struct gw_session *session, const struct gw_form *form);

#endif
