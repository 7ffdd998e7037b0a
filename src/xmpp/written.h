/* SPDX-License-Identifier: MPL-2.0 */
/* Stanzas that were written to go out on a link, and have to be looked at once more because it broke. */
#ifndef XMPP_WRITTEN_H
#define XMPP_WRITTEN_H

#include "xml/node.h"

#include <stdbool.h>
#include <stddef.h>

/* Calls back with each of them, in order; a tree lives for the call and may be changed. False: they are damaged. */
bool written_each(const char *bytes, size_t size, void (*each)(struct xml_node *stanza, void *data), void *data);

#endif
