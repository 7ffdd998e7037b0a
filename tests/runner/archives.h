/* SPDX-License-Identifier: MPL-2.0 */
/* Users' archives on the server, for scenarios that do not want to spell out each question and answer (XEP-0313). */
#ifndef RUNNER_ARCHIVES_H
#define RUNNER_ARCHIVES_H

#include "world.h"

/* The archive of this bare address holds these stanzas from now on; it answers what the gateway asks it. */
void archives_set(struct world *world, const char *user, const struct xml_node *stanzas);

/* And this one (copied), put in now. */
void archives_add(struct world *world, const char *user, const struct xml_node *stanza);

/*
 * True when this is a question for an archive that is there, or for the server's time when one is: the answer has been fed
 * to the gateway.
 */
bool archives_answer(struct world *world, const struct xml_node *iq);

#endif
