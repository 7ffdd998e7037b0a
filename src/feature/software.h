/* SPDX-License-Identifier: MPL-2.0 */
/* XEP-0232: the program's name and version, for the answer to service discovery. */
#ifndef FEATURE_SOFTWARE_H
#define FEATURE_SOFTWARE_H

#include "gateway/gateway.h"

/* A form of type result without parent, in this arena. */
struct xml_node *version_write_form(struct arena *arena, const struct gw_gateway *gateway);

#endif
