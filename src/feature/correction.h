/* SPDX-License-Identifier: MPL-2.0 */
/* What the user changes and takes back of what they wrote to a contact. */
#ifndef FEATURE_CORRECTION_H
#define FEATURE_CORRECTION_H

#include "codec/message.h"
#include "feature/router.h"

/* A message with <replace/> and a body, blank or not. */
void correction_handle(const struct incoming *in, const struct message_content *content);

/* A message with <retract/>. */
void retraction_handle(const struct incoming *in, const struct message_content *content);

#endif
