/* SPDX-License-Identifier: MPL-2.0 */
/* Questions asked in the chat with the gateway; each waits for the one before (row G20, W-31). */
#ifndef GATEWAY_PROMPT_H
#define GATEWAY_PROMPT_H

#include "gateway/gateway.h"

struct prompt;

struct prompts *prompts_new(struct gw_gateway *gateway);
void prompts_free(struct prompts *prompts);

/*
 * As gw_gateway_input(). `timeout_ms` 0 takes the configured one. The handle is valid until the callback begins.
 */
struct prompt *prompt_ask(struct gw_gateway *gateway, struct gw_scope *scope, const char *bare_jid, const char *text,
		int64_t timeout_ms, void (*answered)(const struct gw_input_result *result, void *data), void *data);

/* No callback after this. NULL is fine. */
void prompt_stop(struct prompt *prompt);

/* Is the user being asked something? */
bool prompt_is_open(struct gw_gateway *gateway, const char *bare_jid);

/* The user wrote this to the gateway: true when a question took it as its answer. */
bool prompt_answer(struct gw_gateway *gateway, const char *bare_jid, const char *text);

/*
 * The user corrected what they wrote before: true when a question waits. A correction is no answer to it, and answers that
 * were given stand; the user is told so, and asked again.
 */
bool prompt_refuse_correction(struct gw_gateway *gateway, const char *bare_jid);

#endif
