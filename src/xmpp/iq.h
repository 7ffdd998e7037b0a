/* SPDX-License-Identifier: MPL-2.0 */
/*
 * An IQ question that came in. It is answered exactly once: dropping the last reference to an unanswered one answers
 * it with internal-server-error, so that nobody is left waiting.
 */
#ifndef XMPP_IQ_H
#define XMPP_IQ_H

#include "xmpp/component.h"
#include "xmpp/stanza.h"

struct iq;

/* Takes a reference to the stanza; one reference to the iq is the caller's. */
struct iq *iq_new(struct component *component, struct stanza *stanza);
struct iq *iq_ref(struct iq *iq);
void iq_unref(struct iq *iq);

struct stanza *iq_stanza(struct iq *iq);
struct arena *iq_arena(struct iq *iq);

/* The result to be filled in, and then sent with iq_send(). */
struct xml_node *iq_result(struct iq *iq);
void iq_send(struct iq *iq, struct xml_node *result);

/* An empty result. */
void iq_ok(struct iq *iq);

/* An error; text may be NULL. GW_OK is not an error and must not be given. */
void iq_fail(struct iq *iq, enum gw_condition condition, const char *text);

/* Somebody else answers it: nothing is sent when the last reference goes. */
void iq_disown(struct iq *iq);

/* An error answer that is extended (an application condition, the original payload) before iq_send(). */
struct xml_node *iq_error(struct iq *iq, enum gw_condition condition, const char *text);

#endif
