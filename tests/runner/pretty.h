/* SPDX-License-Identifier: MPL-2.0 */
/* Stanzas as people read them: an element a line, attributes in the order in which they came. */
#ifndef RUNNER_PRETTY_H
#define RUNNER_PRETTY_H

#include "util/strbuf.h"
#include "xml/node.h"

/* Each line begins with the prefix and ends with a line break. `default_ns` is not written. */
void pretty_write(struct strbuf *out, const struct xml_node *node, const char *default_ns, const char *prefix);

#endif
