/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The chat with the gateway (rows C8 to C16): what is written there answers a question that was asked, or is a command.
 * Errors never come here, so that a bounced message is not taken for one (W-31).
 */
#include "codec/message.h"

#include "command/help.h"
#include "feature/dialogue.h"
#include "feature/features.h"
#include "gateway/outbox.h"
#include "gateway/prompt.h"
#include "util/text.h"

#include <string.h>

static const char encrypted_text[] = "This message is encrypted, and I cannot read it. Please switch encryption off in "
		"the chat with me.";
static const char nothing_to_abort_text[] = "There is nothing to abort.";

static void tell(const struct incoming *in, const char *text) {
	gateway_tell(in->gateway, in->stanza->from.bare, text);
}

/* Row C16 */
static void send_receipt(const struct incoming *in, const struct message_content *content) {
	if (content->wants_receipt && in->stanza->id) {
		struct xml_node *receipt = stanza_make(in->stanza->arena, "message", in->stanza->type,
				in->gateway->jid.bare, in->stanza->from.bare, NULL);
		message_content_write(receipt, &(struct message_content){ .received = in->stanza->id });
		outbox_send_message(in->gateway, receipt);
	}
}

/* --- Commands --- */

static void tell_unknown(const struct incoming *in, const char *word) {
	struct arena *arena = in->stanza->arena;
	const struct gw_command *similar = commands_suggest(in->gateway->commands, &in->stanza->from, word);
	const char *text = similar ?
			arena_printf(arena, "I do not know “%s”. Did you mean “%s”? Type “help” to see what I can do.", word,
					similar->keyword) :
			arena_printf(arena, "I do not know “%s”. Type “help” to see what I can do.", word);
	tell(in, text);
	router_refuse(in, GW_ITEM_NOT_FOUND, text);
}

/* `help`, `help find` */
static bool help(const struct incoming *in, const char *about) {
	struct arena *arena = in->stanza->arena;
	const struct commands *commands = in->gateway->commands;
	if (!*about) {
		tell(in, help_list(arena, in->gateway, commands, &in->stanza->from));
		return true;
	}
	const struct gw_command *command = commands_find_keyword(commands, about);
	if (!command) {
		tell_unknown(in, about);
		return false;
	}
	tell(in, help_about(arena, command));
	return true;
}

/* Returns whether the message was understood and is allowed. */
static bool run(const struct incoming *in, const char *word, const char *arguments) {
	const struct gw_command *command = commands_find_keyword(in->gateway->commands, word);
	const char *text;
	if (!command) {
		tell_unknown(in, word);
		return false;
	}
	enum gw_condition condition = commands_allow(in->gateway->commands, &in->stanza->from, command, &text);
	if (condition != GW_OK) {
		tell(in, text);
		router_refuse(in, condition, text);
		return false;
	}
	dialogue_start(in->gateway, command, &in->stanza->from, arguments);
	return true;
}

/* Takes the first word off. */
static const char *split(struct arena *arena, const char **rest) {
	static const char spaces[] = " \t\r\n";
	const char *text = *rest + strspn(*rest, spaces);
	size_t size = strcspn(text, spaces);
	*rest = text + size + strspn(text + size, spaces);
	return arena_strndup(arena, text, size);
}

/* Without white space at the end. */
static const char *trim_end(struct arena *arena, const char *text) {
	size_t size = strlen(text);
	while (size > 0 && strchr(" \t\r\n", text[size - 1])) {
		size--;
	}
	return arena_strndup(arena, text, size);
}

static bool obey(const struct incoming *in, const char *text) {
	const char *arguments = trim_end(in->stanza->arena, text);
	const char *word = split(in->stanza->arena, &arguments);
	if (text_equal_ignoring_case(word, "help")) {
		return help(in, arguments);
	} else if (text_equal_ignoring_case(word, "abort")) {
		tell(in, nothing_to_abort_text);
		return true;
	}
	return !*word || run(in, word, arguments);
}

/* --- Messages --- */

/* What somebody who cannot see replies reads of the quoted message (XEP-0461 section 3.1) is not what the user says. */
static const char *without_quote(struct arena *arena, const struct message_content *content) {
	const char *body = content->body, *start = NULL;
	size_t size;
	for (size_t position = 0; *body && position < content->reply_fallback_end; position++) {
		if (position == content->reply_fallback_start) {
			start = body;
		}
		text_decode(body, strlen(body), &size);
		body += size;
	}
	return start ? arena_printf(arena, "%.*s%s", (int)(start - content->body), content->body, body) : content->body;
}

/* What only stands there for clients that cannot do better: nobody has said it. */
static bool is_said(const struct message_content *content) {
	return !content->retracts && !content->reacts_to;
}

/* Servers and other components have nothing to command; a chat with one of them could go on for ever. */
static bool is_for_us(const struct incoming *in, const struct message_content *content) {
	const char *type = in->stanza->type ? in->stanza->type : "normal";
	bool is_chat = strcmp(type, "chat") == 0 || strcmp(type, "normal") == 0;
	return is_chat && in->stanza->from.local && !content->is_forwarded_carbon && content->body;
}

/* An answer, or a command; what is corrected while nothing is asked is a command that is meant now. */
static bool hear(const struct incoming *in, const struct message_content *content) {
	const char *user = in->stanza->from.bare;
	const char *text = without_quote(in->stanza->arena, content);
	if (content->replaces && prompt_refuse_correction(in->gateway, user)) {
		return true;
	}
	return prompt_answer(in->gateway, user, text) || obey(in, text);
}

static bool handle_message(const struct incoming *in) {
	struct message_content content;
	message_content_read(in->stanza->xml, &content);
	if (!is_for_us(in, &content)) {
		return false;
	}
	if (is_said(&content) && content.encryption) {
		tell(in, encrypted_text);
		return true;
	}
	if (!is_said(&content) || hear(in, &content)) {
		send_receipt(in, &content);
	}
	return true;
}

static const struct route routes[] = {
	{ MESSAGE, TO_GATEWAY, NULL, NULL, 0, handle_message },
	{ 0 },
};

const struct feature feature_chat_command = {
	.xep = "0100",
	.title = "Commands in the chat with the gateway",
	.routes = routes,
};
