/* SPDX-License-Identifier: MPL-2.0 */
/* Reading and writing the payloads of a message; what belongs to which XEP stands in message.h. */
#include "codec/message.h"

#include "codec/language.h"
#include "util/mem.h"
#include "util/strbuf.h"
#include "util/text.h"
#include "xml/ns.h"
#include "xml/write.h"
#include "xmpp/stanza.h"

#include <string.h>

enum {
	BODY_MAX_BYTES = 400 * 1024, /* in XML; the rest of what servers take in one stanza is for all else in it */
	BYTES_PER_BYTE = 6,          /* of what has to be escaped, at most */
};

static const char *const state_names[] = {
	[GW_CHAT_ACTIVE] = "active",
	[GW_CHAT_COMPOSING] = "composing",
	[GW_CHAT_PAUSED] = "paused",
	[GW_CHAT_INACTIVE] = "inactive",
	[GW_CHAT_GONE] = "gone",
};

/* Ways to encrypt that we can name, by the namespace of the payload or as XEP-0380 says it. */
static const struct {
	const char *ns, *name;
} encryptions[] = {
	{ NS_OMEMO, "OMEMO" },
	{ NS_OMEMO2, "OMEMO" },
	{ NS_OPENPGP, "OpenPGP" },
	{ "jabber:x:encrypted", "OpenPGP" },
	{ "urn:xmpp:otr:0", "OTR" },
};

const char *chat_state_name(enum gw_chat_state state) {
	return (size_t)state < ARRAY_LENGTH(state_names) ? state_names[state] : NULL;
}

static const char *get_id(const struct xml_node *payload) {
	return text_not_empty(xml_get(payload, "id"));
}

static void read_state(const struct xml_node *payload, struct message_content *out) {
	for (size_t i = 0; i < ARRAY_LENGTH(state_names); i++) {
		if (strcmp(payload->name, state_names[i]) == 0) {
			out->has_chat_state = true;
			out->chat_state = (enum gw_chat_state)i;
		}
	}
}

static void read_reactions(const struct xml_node *payload, struct message_content *out) {
	if (!xml_is(payload, "reactions", NULL) || get_id(payload) == NULL || out->reacts_to != NULL) {
		return;
	}
	out->reacts_to = get_id(payload);
	for (const struct xml_node *node = xml_find(payload, "reaction", NS_REACTIONS); node != NULL;
			node = xml_find_next(node, "reaction", NS_REACTIONS)) {
		const char *reaction = xml_content(node);
		bool is_new = *reaction != '\0';
		for (size_t i = 0; i < out->reaction_count; i++) {
			is_new = is_new && strcmp(out->reactions[i], reaction) != 0;
		}
		if (is_new && out->reaction_count < MESSAGE_MAX_REACTIONS) {
			out->reactions[out->reaction_count++] = reaction;
		}
	}
}

static void read_reply(const struct xml_node *payload, struct message_content *out) {
	if (xml_is(payload, "reply", NULL) && get_id(payload) != NULL) {
		out->reply.id = get_id(payload);
		out->reply.to = text_not_empty(xml_get(payload, "to"));
	}
}

static void read_receipt(const struct xml_node *payload, struct message_content *out) {
	if (xml_is(payload, "request", NULL)) {
		out->wants_receipt = true;
	} else if (xml_is(payload, "received", NULL)) {
		out->received = get_id(payload);
	}
}

static void read_marker(const struct xml_node *payload, struct message_content *out) {
	if (xml_is(payload, "markable", NULL)) {
		out->is_markable = true;
	} else if (xml_is(payload, "received", NULL)) {
		out->marker_received = get_id(payload);
	} else if (xml_is(payload, "displayed", NULL)) {
		out->displayed = get_id(payload);
	} else if (xml_is(payload, "acknowledged", NULL)) {
		out->acknowledged = get_id(payload);
	}
}

static void read_hint(const struct xml_node *payload, struct message_content *out) {
	out->store = out->store || xml_is(payload, "store", NULL);
	out->no_store = out->no_store || xml_is(payload, "no-store", NULL);
}

/* Each hop may have added one; the oldest is when the message was sent. */
static void read_delay(const struct xml_node *payload, struct message_content *out) {
	const char *stamp = xml_get(payload, "stamp");
	int64_t time_ms;
	if (xml_is(payload, "delay", NULL) && stamp != NULL && text_read_time(stamp, &time_ms) &&
			(out->delayed_since_ms == 0 || time_ms < out->delayed_since_ms)) {
		out->delayed_since_ms = time_ms;
		out->delayed_by = text_not_empty(xml_get(payload, "from"));
	}
}

static void read_encryption_hint(const struct xml_node *payload, struct message_content *out) {
	const char *ns = xml_get(payload, "namespace");
	if (!xml_is(payload, "encryption", NULL) || ns == NULL) {
		return;
	}
	const char *name = text_not_empty(xml_get(payload, "name"));
	out->encryption = name != NULL ? name : ns;
	for (size_t i = 0; i < ARRAY_LENGTH(encryptions); i++) {
		if (strcmp(encryptions[i].ns, ns) == 0) {
			out->encryption = encryptions[i].name;
		}
	}
}

/* The payload itself, when nothing announces it. */
static void read_encrypted(const struct xml_node *payload, struct message_content *out) {
	for (size_t i = 0; i < ARRAY_LENGTH(encryptions) && out->encryption == NULL; i++) {
		if (xml_is(payload, NULL, encryptions[i].ns)) {
			out->encryption = encryptions[i].name;
		}
	}
}

static void read_carbon(const struct xml_node *payload, struct message_content *out) {
	if (xml_is(payload, "sent", NULL) || xml_is(payload, "received", NULL)) {
		out->is_forwarded_carbon = true;
	}
}

static void read_replace(const struct xml_node *payload, struct message_content *out) {
	if (xml_is(payload, "replace", NULL)) {
		out->replaces = get_id(payload);
	}
}

static void read_retract(const struct xml_node *payload, struct message_content *out) {
	if (xml_is(payload, "retract", NULL)) {
		out->retracts = get_id(payload);
	}
}

/* As it was before version 0.4 of XEP-0424: fastened to the message (XEP-0422). */
static void read_fastening(const struct xml_node *payload, struct message_content *out) {
	if (xml_is(payload, "apply-to", NULL) && xml_find(payload, "retract", NS_RETRACT_0) != NULL &&
			out->retracts == NULL) {
		out->retracts = get_id(payload);
	}
}

static void read_nick(const struct xml_node *payload, struct message_content *out) {
	if (xml_is(payload, "nick", NULL)) {
		out->nick = text_not_empty(xml_content(payload));
	}
}

static void read_oob(const struct xml_node *payload, struct message_content *out) {
	if (xml_is(payload, "x", NULL) && out->oob_url == NULL) {
		const char *url = xml_child_text(payload, "url", NS_OOB);
		out->oob_url = url != NULL ? text_not_empty(url) : NULL;
	}
}

static const struct {
	const char *ns;
	void (*read)(const struct xml_node *payload, struct message_content *out);
} payloads[] = {
	{ NS_CHAT_STATES, read_state },
	{ NS_REACTIONS, read_reactions },
	{ NS_REPLY, read_reply },
	{ NS_RECEIPTS, read_receipt },
	{ NS_CHAT_MARKERS, read_marker },
	{ NS_HINTS, read_hint },
	{ NS_DELAY, read_delay },
	{ NS_EME, read_encryption_hint },
	{ NS_CARBONS, read_carbon },
	{ NS_CORRECT, read_replace },
	{ NS_RETRACT, read_retract },
	{ NS_FASTEN, read_fastening },
	{ NS_NICK, read_nick },
	{ NS_OOB, read_oob },
};

/* A namespace that is known has one address (ns.h). */
static void read_payload(const struct xml_node *payload, struct message_content *out) {
	for (size_t i = 0; i < ARRAY_LENGTH(payloads); i++) {
		if (payload->ns == payloads[i].ns) {
			payloads[i].read(payload, out);
			return;
		}
	}
	read_encrypted(payload, out);
}

/* XEP-0428: a <body/> without a range, and a fallback without any child, mean all of the body. */
static bool read_range(const struct xml_node *fallback, size_t length, size_t *out_start,
		size_t *out_end) {
	const struct xml_node *body = xml_find(fallback, "body", NS_FALLBACK);
	if (body == NULL && xml_first_element(fallback) != NULL) {
		return false;
	}
	const char *start_text = body != NULL ? xml_get(body, "start") : NULL;
	const char *end_text = body != NULL ? xml_get(body, "end") : NULL;
	int64_t start = 0, end = (int64_t)length;
	if ((start_text != NULL && !text_read_integer(start_text, 0, (int64_t)length, &start)) ||
			(end_text != NULL && !text_read_integer(end_text, 0, (int64_t)length, &end)) ||
			start > end) {
		return false;
	}
	*out_start = (size_t)start;
	*out_end = (size_t)end;
	return true;
}

/*
 * What a message says twice is said once: the fallback of a reply is a range; of a retraction, the
 * whole body.
 */
static void read_fallbacks(const struct xml_node *message, struct message_content *out) {
	const struct xml_node *node = xml_find(message, "fallback", NS_FALLBACK);
	size_t length = node != NULL && out->body != NULL ? text_length(out->body) : 0;
	for (; node != NULL && out->body != NULL; node = xml_find_next(node, "fallback", NS_FALLBACK)) {
		const char *purpose = xml_get(node, "for");
		size_t start, end;
		if (purpose == NULL || !read_range(node, length, &start, &end)) {
			continue;
		}
		bool is_understood = (out->retracts != NULL && strcmp(purpose, NS_RETRACT) == 0) ||
				(out->reacts_to != NULL && strcmp(purpose, NS_REACTIONS) == 0);
		if (out->reply.id != NULL && strcmp(purpose, NS_REPLY) == 0) {
			out->reply_fallback_start = start;
			out->reply_fallback_end = end;
		} else if (is_understood && start == 0 && end == length) {
			out->body = NULL;
		}
	}
}

/* A file that comes without words, from clients that send no address beside it. */
static void read_bare_address(struct message_content *out) {
	bool says_something = text_not_empty(out->body) != NULL || out->retracts != NULL || out->reacts_to != NULL;
	if (!says_something && out->oob_url != NULL) {
		out->body = out->oob_url;
	}
}

void message_content_read(const struct xml_node *message, struct message_content *out) {
	*out = (struct message_content){
		.body = text_for_everybody(message, "body"),
		.subject = text_for_everybody(message, "subject"),
		.thread = xml_child_text(message, "thread", message->ns),
	};
	out->thread = text_not_empty(out->thread);
	for (const struct xml_node *payload = xml_first_element(message); payload != NULL;
			payload = xml_next_element(payload)) {
		read_payload(payload, out);
	}
	if (out->encryption == NULL && out->body != NULL && text_starts_with(out->body, "?OTR")) {
		out->encryption = "OTR";
	}
	read_fallbacks(message, out);
	read_bare_address(out);
}

const struct message_content *message_content_of(struct stanza *stanza) {
	if (stanza->content == NULL) {
		stanza->content = arena_new(stanza->arena, sizeof(*stanza->content));
		message_content_read(stanza->xml, stanza->content);
	}
	return stanza->content;
}

static void add_with_id(struct xml_node *message, const char *name, const char *ns,
		const char *id) {
	if (id != NULL) {
		xml_set(xml_add(message, name, ns), "id", id);
	}
}

static struct xml_node *add_fallback(struct xml_node *message, const char *purpose) {
	struct xml_node *fallback = xml_add(message, "fallback", NS_FALLBACK);
	xml_set(fallback, "for", purpose);
	return fallback;
}

static void write_reply(struct xml_node *message, const struct message_content *content) {
	if (content->reply.id == NULL) {
		return;
	}
	struct xml_node *reply = xml_add(message, "reply", NS_REPLY);
	xml_set(reply, "to", content->reply.to);
	xml_set(reply, "id", content->reply.id);
	if (content->reply_fallback_end > content->reply_fallback_start) {
		struct xml_node *body = xml_add(add_fallback(message, NS_REPLY), "body", NULL);
		xml_set_integer(body, "start", (long long)content->reply_fallback_start);
		xml_set_integer(body, "end", (long long)content->reply_fallback_end);
	}
}

/* XEP-0424, and for clients that do not know it a correction to the text above. */
static void write_retraction(struct xml_node *message, const struct message_content *content) {
	if (content->retracts == NULL) {
		add_with_id(message, "replace", NS_CORRECT, content->replaces);
		return;
	}
	add_fallback(message, NS_RETRACT);
	add_with_id(message, "retract", NS_RETRACT, content->retracts);
	add_with_id(message, "replace", NS_CORRECT, content->retracts);
}

static void write_reactions(struct xml_node *message, const struct message_content *content) {
	if (content->reacts_to == NULL) {
		return;
	}
	struct xml_node *reactions = xml_add(message, "reactions", NS_REACTIONS);
	xml_set(reactions, "id", content->reacts_to);
	for (size_t i = 0; i < content->reaction_count; i++) {
		xml_add_text(reactions, "reaction", NULL, content->reactions[i]);
	}
}

static void write_delay(struct xml_node *message, const struct message_content *content) {
	if (content->delayed_since_ms == 0) {
		return;
	}
	struct xml_node *delay = xml_add(message, "delay", NS_DELAY);
	xml_set(delay, "from", content->delayed_by);
	xml_set(delay, "stamp", text_write_time(message->arena, content->delayed_since_ms));
}

static void write_texts(struct xml_node *message, const struct message_content *content) {
	xml_add_text(message, "subject", NULL, content->subject);
	const char *body = content->body;
	if (content->retracts != NULL && body == NULL) {
		body = "/me retracted a message";
	}
	xml_add_text(message, "body", NULL, body);
}

/* What the message is about, beside its text: states, marks, hints. */
static void write_flags(struct xml_node *message, const struct message_content *content) {
	if (content->has_chat_state) {
		xml_add(message, chat_state_name(content->chat_state), NS_CHAT_STATES);
	}
	if (content->wants_receipt) {
		xml_add(message, "request", NS_RECEIPTS);
	}
	if (content->is_markable) {
		xml_add(message, "markable", NS_CHAT_MARKERS);
	}
	if (content->store) {
		xml_add(message, "store", NS_HINTS);
	}
	if (content->no_store) {
		xml_add(message, "no-store", NS_HINTS);
	}
}

void message_content_write(struct xml_node *message, const struct message_content *content) {
	write_texts(message, content);
	write_flags(message, content);
	write_delay(message, content);
	xml_add_text(message, "thread", NULL, content->thread);
	xml_add_text(message, "nick", NS_NICK, content->nick);
	write_reply(message, content);
	write_retraction(message, content);
	write_reactions(message, content);
	add_with_id(message, "received", NS_RECEIPTS, content->received);
	add_with_id(message, "received", NS_CHAT_MARKERS, content->marker_received);
	add_with_id(message, "displayed", NS_CHAT_MARKERS, content->displayed);
	add_with_id(message, "acknowledged", NS_CHAT_MARKERS, content->acknowledged);
	if (content->oob_url != NULL) {
		xml_add_text(xml_add(message, "x", NS_OOB), "url", NULL, content->oob_url);
	}
}

const char *message_quote(struct arena *arena, const char *name, const char *text) {
	struct strbuf out;
	strbuf_init(&out, STRBUF_UNLIMITED); /* by the text, which has a limit of its own */
	if (name != NULL) {
		strbuf_printf(&out, "> %s:\n", name);
	}
	for (bool is_more = true; is_more;) {
		size_t size = strcspn(text, "\n");
		strbuf_add_text(&out, "> ");
		strbuf_add(&out, text, size);
		strbuf_add_char(&out, '\n');
		is_more = text[size] == '\n';
		text += size + (is_more ? 1 : 0);
	}
	const char *quote = arena_strndup(arena, out.bytes, out.size);
	strbuf_finish(&out);
	return quote;
}

static bool fits(const char *text) {
	struct strbuf out;
	strbuf_init(&out, BODY_MAX_BYTES);
	bool is_written = xml_write_escaped(&out, text);
	strbuf_finish(&out);
	return is_written;
}

/* What is short fits, whatever is in it. */
const char *message_fitting_body(struct arena *arena, const char *text) {
	size_t size = text != NULL ? strlen(text) : 0, room = BODY_MAX_BYTES;
	if (size <= BODY_MAX_BYTES / BYTES_PER_BYTE || fits(text)) {
		return text;
	}
	const char *beginning;
	do {
		beginning = arena_printf(arena, "%.*s", (int)text_cut(text, size, room), text);
		room = room / 4 * 3;
	} while (!fits(beginning));
	return arena_printf(arena, "%s\n[The rest was too long to be shown here.]", beginning);
}
