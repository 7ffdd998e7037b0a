/* SPDX-License-Identifier: MPL-2.0 */
/*
 * XEP-0114: the stream to the server.
 *
 *	CLOSED -> CONNECTING -> OPENING (stream header sent) -> SHAKING (handshake sent) -> ONLINE
 *	   ^___________________________ after a back-off ______________________________________|
 *
 * and from SHAKING or ONLINE, once, to LEAVING: the stream was closed, and what the server had written until it knew is
 * still read.
 *
 * Only enter() changes the state.
 */
#include "xmpp/component.h"

#include "net/loop.h"
#include "util/digest.h"
#include "util/mem.h"
#include "util/strbuf.h"
#include "xml/ns.h"
#include "xml/parse.h"
#include "xml/write.h"
#include "xmpp/backlog.h"

#include <stdlib.h>
#include <string.h>

enum {
	OUTPUT_MAX_BYTES = 64 * 1024 * 1024,
	BACKLOG_MAX_BYTES = 4 * 1024 * 1024,
	STANZA_MAX_BYTES = 500 * 1024, /* Prosody ends the stream of a component that sends more than 512 KiB in one */
	HANDSHAKE_TIMEOUT_MS = 20000,
	RETRY_FIRST_MS = 1000,
	RETRY_MAX_MS = 60000,
	LIVENESS_PERIOD_MS = 20000, /* silence after which we ask whether the server is still there */
	LIVENESS_ANSWER_MS = 20000, /* and how long it has for the answer: a dead link is noticed within a minute */
	LEAVE_TIMEOUT_MS = 2000,    /* for the server to end the stream, too */
};

enum state { CLOSED, CONNECTING, OPENING, SHAKING, ONLINE, LEAVING };

struct component {
	struct gw_scope scope;
	struct gw_loop *loop;
	const struct component_events *events;
	void *data;
	char *host, *ca_file, *jid, *secret;
	unsigned port;
	enum gw_conn_tls tls;
	const struct gw_log *log;
	void (*sink)(const char *bytes, size_t size, void *data);

	enum state state;
	struct gw_conn *conn;
	struct xml_parser *parser;
	struct loop_hook flush;
	struct strbuf output;  /* of this turn */
	struct strbuf backlog; /* what outlives the link, while there is none */
	struct gw_timer *timer; /* next attempt, or the handshake's deadline */
	struct gw_timer *liveness;
	unsigned failures;
	char *complaint;   /* what the log says of the failures in a row; NULL: nothing yet */
	bool has_heard;    /* something came in since liveness was looked at */
	int64_t heard_at_ms; /* when that was */
	bool is_asking;    /* whether the server is there */
	bool is_paused;    /* nothing is read */
	void (*left)(bool is_complete, void *data); /* component_leave() */
	void *left_data;
	struct component_counters counters;
};

static void enter(struct component *component, enum state state);
static void connect_now(void *data);
static void opened(struct gw_conn *conn, void *data);
static void received(struct gw_conn *conn, const char *bytes, size_t size, void *data);
static void ended(struct gw_conn *conn, const struct gw_conn_end *end, void *data);
static void handle_header(const struct xml_node *header, void *data);
static void handle_stanza(struct arena *arena, struct xml_node *xml, void *data);
static void handle_oversized(const struct xml_node *head, const char *limit, void *data);
static void handle_close(void *data);
static void check_liveness(void *data);
static void flush(void *data);

static const struct gw_conn_events conn_events = { .on_open = opened, .on_bytes = received, .on_end = ended };
static const struct xml_stream_events stream_events = {
	.on_open = handle_header,
	.on_stanza = handle_stanza,
	.on_oversized = handle_oversized,
	.on_close = handle_close,
};

struct component *component_new(struct gw_scope *scope, const struct component_options *options,
		const struct component_events *events, void *data) {
	struct component *component = mem_new(sizeof(*component));
	scope_init(&component->scope, scope);
	component->loop = scope->loop;
	component->events = events;
	component->data = data;
	component->host = mem_strdup(options->host);
	component->port = options->port;
	component->tls = options->tls;
	component->ca_file = mem_strdup(options->ca_file);
	component->jid = mem_strdup(options->jid);
	component->secret = mem_strdup(options->secret);
	component->log = options->log;
	component->sink = options->sink;
	strbuf_init(&component->output, OUTPUT_MAX_BYTES);
	strbuf_init(&component->backlog, OUTPUT_MAX_BYTES);
	component->parser = xml_parser_new(&xml_default_limits, &stream_events, component);
	component->flush = (struct loop_hook){ .run = flush, .data = component };
	loop_add_hook(component->loop, LOOP_RANK_FLUSH, &component->flush);
	return component;
}

static void component_free(void *pointer) {
	struct component *component = pointer;
	xml_parser_free(component->parser);
	strbuf_finish(&component->output);
	strbuf_finish(&component->backlog);
	free(component->host);
	free(component->ca_file);
	free(component->jid);
	free(component->secret);
	free(component->complaint);
	free(component);
}

void component_close(struct component *component) {
	if (!component) {
		return;
	}
	flush(component);
	loop_remove_hook(component->loop, LOOP_RANK_FLUSH, &component->flush);
	gw_conn_close(component->conn);
	component->conn = NULL;
	component->state = CLOSED;
	scope_close(&component->scope);
	xml_parser_stop(component->parser);
	loop_free_later(component->loop, component, component_free);
}

static void tell_left(struct component *component, bool is_complete) {
	void (*left)(bool, void *) = component->left;
	component->left = NULL;
	gw_timer_stop(component->timer);
	component->timer = NULL;
	if (left) {
		left(is_complete, component->left_data);
	}
}

static void handle_leave_timeout(void *data) {
	struct component *component = data;
	component->timer = NULL;
	tell_left(component, component->state != LEAVING);
}

/* From the handshake on: whether the server has taken it, its answer says only later. */
static bool may_be_written_to(const struct component *component) {
	return component->state == SHAKING || component->state == ONLINE;
}

void component_leave(struct component *component, void (*left)(bool is_complete, void *data), void *data) {
	static const char goodbye[] = "</stream:stream>";
	bool has_to_wait = may_be_written_to(component) && !component->sink;
	if (has_to_wait && component->state == ONLINE) {
		strbuf_add_text(&component->output, goodbye);
		flush(component);
	} else if (has_to_wait) {
		gw_conn_write(component->conn, goodbye, strlen(goodbye));
	}
	if (has_to_wait) {
		enter(component, LEAVING);
	} else if (!component->sink) {
		gw_conn_close(component->conn); /* which might come about yet, and go on to shake hands */
		component->conn = NULL;
		enter(component, CLOSED);
	}
	component->left = left;
	component->left_data = data;
	gw_timer_stop(component->timer);
	component->timer = gw_timer_start(&component->scope, has_to_wait ? LEAVE_TIMEOUT_MS : 0, handle_leave_timeout, component);
}

bool component_is_online(const struct component *component) {
	return component && component->state == ONLINE;
}

struct component_counters component_counters(const struct component *component) {
	return component->counters;
}

void component_set_secret(struct component *component, const char *secret) {
	mem_set_string(&component->secret, secret);
}

void component_pause(struct component *component) {
	component->is_paused = true;
	if (component->conn) {
		gw_conn_pause(component->conn);
	}
}

void component_resume(struct component *component) {
	component->is_paused = false;
	component->has_heard = true;
	if (component->conn) {
		gw_conn_resume(component->conn);
	}
}

void component_start(struct component *component) {
	connect_now(component);
}

static void note_heard(struct component *component) {
	component->has_heard = true;
	component->heard_at_ms = gw_now_ms(component->loop);
}

int64_t component_silent_ms(const struct component *component) {
	return gw_now_ms(component->loop) - component->heard_at_ms;
}

static void enter(struct component *component, enum state state) {
	component->state = state;
	gw_timer_stop(component->timer);
	component->timer = NULL;
	if (state == ONLINE) {
		component->is_asking = false;
		note_heard(component);
		if (component->is_paused && component->conn) {
			gw_conn_pause(component->conn);
		}
		if (!component->sink) {
			component->liveness = gw_timer_start_repeating(&component->scope, LIVENESS_PERIOD_MS,
					check_liveness, component);
		}
		strbuf_add(&component->output, component->backlog.bytes, component->backlog.size);
		strbuf_clear(&component->backlog);
		strbuf_shrink(&component->backlog);
	} else {
		gw_timer_stop(component->liveness);
		component->liveness = NULL;
	}
}

static void connect_now(void *data) {
	struct component *component = data;
	component->timer = NULL;
	enter(component, CONNECTING);
	if (component->sink) {
		component_restore(component);
		return;
	}
	struct gw_conn_options options = {
		.host = component->host,
		.port = component->port,
		.tls = component->tls,
		.ca_file = component->ca_file,
		.max_pending_bytes = OUTPUT_MAX_BYTES,
	};
	component->conn = gw_conn_open(&component->scope, &options, &conn_events, component);
}

/* Doubles up to a minute; anything between half of it and the whole, so that gateways do not come back all at once. */
static int64_t retry_delay(unsigned failures) {
	int64_t delay_ms = RETRY_FIRST_MS;
	for (unsigned i = 1; i < failures && delay_ms < RETRY_MAX_MS; i++) {
		delay_ms *= 2;
	}
	if (delay_ms > RETRY_MAX_MS) {
		delay_ms = RETRY_MAX_MS;
	}
	return delay_ms / 2 + (int64_t)digest_random_number((uint64_t)delay_ms / 2 + 1);
}

/* The link is of no more use: tell, and plan the next attempt. */
static void end_link(struct component *component, const char *text, bool is_complete) {
	if (component->left) {
		tell_left(component, is_complete);
		return;
	}
	bool was_online = component->state == ONLINE;
	bool may_have_missed = component->state == SHAKING && !is_complete;
	if (component->output.size > 0) {
		backlog_take_over(&component->backlog, &component->output);
		strbuf_recycle(&component->output);
	}
	gw_conn_close(component->conn);
	component->conn = NULL;
	xml_parser_stop(component->parser);
	enter(component, CLOSED);
	component->failures++;
	int64_t delay_ms = retry_delay(component->failures);
	/* One line for each reason, not one for each attempt: first nobody listens, then the secret is wrong. */
	bool is_news = was_online || !component->complaint || strcmp(component->complaint, text) != 0;
	gw_log(component->log, is_news ? GW_LOG_WARNING : GW_LOG_DEBUG,
			"the XMPP server %s:%u: %s; trying again in %lld s and from then on until it works", component->host,
			component->port, text, (long long)(delay_ms + 999) / 1000);
	mem_set_string(&component->complaint, text);
	component->timer = gw_timer_start(&component->scope, delay_ms, connect_now, component);
	if (was_online || may_have_missed) {
		component->events->on_offline(text, is_complete, component->data);
	}
}

static void fail(struct component *component, const char *text) {
	end_link(component, text, false);
}

static void handle_handshake_timeout(void *data) {
	struct component *component = data;
	component->timer = NULL;
	fail(component, "no answer to the handshake");
}

static void opened(struct gw_conn *conn, void *data) {
	struct component *component = data;
	xml_parser_reset(component->parser);
	enter(component, OPENING);
	component->timer = gw_timer_start(&component->scope, HANDSHAKE_TIMEOUT_MS, handle_handshake_timeout, component);
	struct strbuf header;
	strbuf_init(&header, 4096);
	strbuf_add_text(&header, "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' "
			"xmlns:stream='http://etherx.jabber.org/streams' to='");
	xml_write_escaped(&header, component->jid);
	strbuf_add_text(&header, "'>");
	gw_conn_write(conn, header.bytes, header.size);
	strbuf_finish(&header);
}

static void ended(struct gw_conn *conn, const struct gw_conn_end *end, void *data) {
	(void)conn;
	struct component *component = data;
	component->conn = NULL;
	if (end->problem == GW_CONN_CANCELLED) {
		return;
	}
	bool has_ended = end->problem == GW_CONN_ENDED;
	end_link(component, has_ended ? "the server closed the connection" : end->text, has_ended && component->state == LEAVING);
}

static void received(struct gw_conn *conn, const char *bytes, size_t size, void *data) {
	(void)conn;
	struct component *component = data;
	note_heard(component);
	const char *error = NULL;
	if (xml_parser_feed(component->parser, bytes, size, &error)) {
		return;
	}
	if (component->state != CLOSED) {
		fail(component, error ? error : "the server sent no proper XML");
	}
}

void component_feed(struct component *component, const char *bytes, size_t size) {
	received(NULL, bytes, size, component);
}

static void tell_shaking(struct component *component) {
	if (component->events->on_shaking) {
		component->events->on_shaking(component->data);
	}
}

/* The stream id and the secret, hashed (XEP-0114 section 3). */
static void handle_header(const struct xml_node *header, void *data) {
	struct component *component = data;
	if (component->sink || component->state != OPENING) {
		return;
	}
	struct arena arena = { 0 };
	const char *id = xml_get(header, "id");
	const char *key = arena_printf(&arena, "%s%s", id ? id : "", component->secret);
	const char *handshake = arena_printf(&arena, "<handshake>%s</handshake>",
			digest_sha1_hex(&arena, key, strlen(key)));
	component->state = SHAKING;
	tell_shaking(component);
	gw_conn_write(component->conn, handshake, strlen(handshake));
	arena_finish(&arena);
}

/* <stream:error>: its condition, and what the server says about it. */
static const char *describe_stream_error(struct arena *arena, const struct xml_node *error) {
	const char *condition = "unknown", *text = xml_child_text(error, "text", NS_STREAMS);
	for (const struct xml_node *child = xml_first_element(error); child; child = xml_next_element(child)) {
		if (child->ns == NS_STREAMS && strcmp(child->name, "text") != 0) {
			condition = child->name;
			break;
		}
	}
	const char *hint = "";
	if (strcmp(condition, "not-authorized") == 0) {
		hint = " (is `secret` the one in the server's configuration?)";
	} else if (strcmp(condition, "host-unknown") == 0) {
		hint = " (does the server know a component by this name?)";
	} else if (strcmp(condition, "conflict") == 0) {
		hint = " (is another gateway connected by this name?)";
	}
	return arena_printf(arena, "stream error %s%s%s%s%s", condition, hint, text ? ": “" : "", text ? text : "",
			text ? "”" : "");
}

/* Everything before the handshake was accepted, and what is not a stanza. */
static void handle_stream_element(struct component *component, struct arena *arena, struct xml_node *xml) {
	if (xml_is(xml, "error", NS_STREAM)) {
		end_link(component, describe_stream_error(arena, xml), true);
	} else if (component->state == SHAKING && xml_is(xml, "handshake", NS_COMPONENT)) {
		enter(component, ONLINE);
		gw_log_info(component->log, "connected to the XMPP server %s:%u", component->host, component->port);
		component->events->on_online(component->data);
	} else {
		gw_log_debug(component->log, "ignored <%s/> of the server", xml->name);
	}
}

static bool takes_stanzas(const struct component *component) {
	return component->state == ONLINE || component->state == LEAVING;
}

/* What cannot be taken in is answered where somebody waits for an answer, or believes that it has arrived. */
static void refuse(struct component *component, const struct xml_node *head, enum gw_condition condition,
		const char *text) {
	const char *type = xml_get(head, "type"), *from = xml_get(head, "from");
	bool is_answer = type && (strcmp(type, "error") == 0 || strcmp(type, "result") == 0);
	bool is_worth_it = strcmp(head->name, "message") == 0 || strcmp(head->name, "iq") == 0;
	if (!takes_stanzas(component) || is_answer || !is_worth_it || !from) {
		return;
	}
	struct arena arena = { 0 };
	struct xml_node *error = stanza_make(&arena, head->name, "error", xml_get(head, "to"), from, xml_get(head, "id"));
	stanza_add_error(error, condition, text);
	if (component->events->on_refused) {
		component->events->on_refused(error, component->data);
	} else {
		component_send(component, error);
	}
	arena_finish(&arena);
}

static void handle_stanza(struct arena *arena, struct xml_node *xml, void *data) {
	struct component *component = data;
	if (!takes_stanzas(component) || xml->ns == NS_STREAM) {
		handle_stream_element(component, arena, xml);
		arena_finish(arena);
		return;
	}
	const char *problem = NULL;
	struct stanza *stanza = stanza_new(arena, xml, &problem);
	if (!stanza) {
		gw_log_debug(component->log, "refused a stanza: %s", problem);
		refuse(component, xml, GW_JID_MALFORMED, NULL);
		arena_finish(arena);
		return;
	}
	component->counters.received++;
	component->events->on_stanza(stanza, component->data);
}

/* The sender of something too big hears so; the stream goes on. */
static void handle_oversized(const struct xml_node *head, const char *limit, void *data) {
	struct component *component = data;
	gw_log_warning(component->log, "refused a stanza from %s: %s", xml_get(head, "from"), limit);
	refuse(component, head, GW_POLICY_VIOLATION, "This is too big for the gateway and was not delivered.");
}

static void handle_close(void *data) {
	struct component *component = data;
	if (component->state != CLOSED) {
		end_link(component, "the server ended the stream", true);
	}
}

/*
 * A ping to ourselves by way of the server: whoever answers, the link is alive (RFC 6120 section 4.6). Only a link that has
 * lasted until here counts as a success: two gateways by one name push each other out at once, ever again.
 */
static void check_liveness(void *data) {
	struct component *component = data;
	component->failures = 0;
	mem_set_string(&component->complaint, NULL);
	if (component->has_heard || component->is_paused) {
		component->has_heard = false;
		component->is_asking = false;
		return;
	}
	if (component->is_asking) {
		fail(component, "the server does not answer any more");
		return;
	}
	component->is_asking = true;
	struct arena arena = { 0 };
	struct xml_node *ping = stanza_make(&arena, "iq", "get", component->jid, component->jid, "liveness");
	xml_add(ping, "ping", NS_PING);
	component_send(component, ping);
	arena_finish(&arena);
}

/*
 * Writes it as a whole or not at all. What is longer than servers take would cost everybody the stream: text grows when it
 * is escaped, and a child may have to declare its namespace anew.
 */
bool component_write(struct component *component, struct strbuf *out, const struct xml_node *stanza) {
	size_t max_bytes = out->max_bytes;
	bool has_room = out->size + STANZA_MAX_BYTES < max_bytes;
	if (has_room) {
		out->max_bytes = out->size + STANZA_MAX_BYTES;
	}
	bool is_written = xml_write(out, stanza, NS_COMPONENT);
	out->max_bytes = max_bytes;
	if (!is_written && has_room) {
		gw_log_warning(component->log, "did not send a stanza to %s: it is too big for the XMPP server",
				xml_get(stanza, "to"));
	}
	return is_written;
}

bool component_send(struct component *component, const struct xml_node *stanza) {
	if (!component_is_online(component)) {
		return component && backlog_wants(stanza) && component->backlog.size < BACKLOG_MAX_BYTES &&
				component_write(component, &component->backlog, stanza);
	}
	component->counters.sent++;
	return component_write(component, &component->output, stanza);
}

void component_send_written(struct component *component, const char *bytes, size_t size) {
	if (component_is_online(component)) {
		component->counters.sent++;
		strbuf_add(&component->output, bytes, size);
	}
}

size_t component_pending_bytes(const struct component *component) {
	if (!component_is_online(component)) {
		return 0;
	}
	return component->output.size + (component->conn ? gw_conn_pending_bytes(component->conn) : 0);
}

/* At the end of the turn, after the stores have committed. */
static void flush(void *data) {
	struct component *component = data;
	if (component->output.size == 0 || component->state != ONLINE ||
			(component->events->may_send && !component->events->may_send(component->data))) {
		return;
	}
	if (component->sink) {
		component->sink(component->output.bytes, component->output.size, component->data);
	} else {
		gw_conn_write(component->conn, component->output.bytes, component->output.size);
	}
	strbuf_recycle(&component->output);
}

void component_fail(struct component *component, const char *text) {
	fail(component, text);
}

void component_break(struct component *component, const char *text) {
	fail(component, text);
	gw_timer_stop(component->timer);
	component->timer = NULL;
}

void component_restore(struct component *component) {
	static const char header[] = "<stream:stream xmlns='jabber:component:accept' "
			"xmlns:stream='http://etherx.jabber.org/streams' id='test'>";
	const char *error = NULL;
	tell_shaking(component);
	enter(component, ONLINE);
	component->counters.reconnects++;
	xml_parser_reset(component->parser);
	xml_parser_feed(component->parser, header, sizeof(header) - 1, &error);
	component->events->on_online(component->data);
}
