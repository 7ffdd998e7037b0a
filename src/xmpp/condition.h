/* SPDX-License-Identifier: MPL-2.0 */
/* RFC 6120 section 8.3: conditions, their names and error types. One table; XML is codec/error.h's business. */
#ifndef XMPP_CONDITION_H
#define XMPP_CONDITION_H

#include <gangway/error.h>

/* "cancel", "modify", "auth", "wait" */
const char *condition_type(enum gw_condition condition);

/* GW_UNDEFINED_CONDITION for names that are not known. */
enum gw_condition condition_find(const char *name);

/* A sentence for the user when nobody gave a better one. */
const char *condition_text(enum gw_condition condition);

#endif
