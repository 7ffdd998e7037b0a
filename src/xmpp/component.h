/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Our side of the stream to the XMPP server (XEP-0114): connects, shakes hands, reads and writes stanzas, notices a dead
 * link, and comes back for ever. Stanzas sent in one turn leave in one write at its end.
 */
#ifndef XMPP_COMPONENT_H
#define XMPP_COMPONENT_H

#include "net/scope.h"
#include "util/strbuf.h"
#include "xmpp/stanza.h"

#include <gangway/conn.h>
#include <gangway/log.h>

struct component;

struct component_options {
	const char *host;
	unsigned port;
	enum gw_conn_tls tls;
	const char *ca_file;
	const char *jid;    /* our domain */
	const char *secret;
	const struct gw_log *log; /* borrowed, outlives the component */

	/*
	 * Set by tests: no connection is made; the stream counts as open at once, what would be written is handed to the sink,
	 * stanzas are fed with component_feed().
	 */
	void (*sink)(const char *bytes, size_t size, void *data);
};

struct component_events {
	/* The handshake leaves at the end of this turn: from then on the server may write to us, heard or not. May be NULL. */
	void (*on_shaking)(void *data);

	/* The handshake was accepted; again after each reconnect. */
	void (*on_online)(void *data);

	/* A stanza came in. The reference passes to the callee. */
	void (*on_stanza)(struct stanza *stanza, void *data);

	/*
	 * The link is gone; the component is connecting anew by itself. `text` is for the admin. is_complete: the server ended
	 * the stream itself, so that all it had sent has come. So it is told, too, when a link breaks before the handshake was
	 * answered: the server may have taken it, and written.
	 */
	void (*on_offline)(const char *text, bool is_complete, void *data);

	/* Something could not be taken in: this is what its sender is to be told (borrowed). NULL: it is sent. */
	void (*on_refused)(const struct xml_node *error, void *data);

	/* Is sending allowed now? False holds bytes back (the store waits for its disk). May be NULL. */
	bool (*may_send)(void *data);
};

/* Options are copied, events borrowed. Begins at component_start(). */
struct component *component_new(struct gw_scope *scope, const struct component_options *options,
		const struct component_events *events, void *data);
void component_start(struct component *component);

/*
 * Says </stream:stream> after what is pending. From then on nothing is sent; what the server had written until it knew still
 * comes, and then `left` is called: is_complete says that nothing more was to come. Without a link that is so at once.
 */
void component_leave(struct component *component, void (*left)(bool is_complete, void *data), void *data);

/* Closes the connection, and frees. NULL is fine. */
void component_close(struct component *component);

/* NULL, as after the gateway stopped, is not online and accepts nothing. */
bool component_is_online(const struct component *component);

/* A new secret takes effect with the next handshake. */
void component_set_secret(struct component *component, const char *secret);

/*
 * Sends a stanza. While the link is away answers to IQs are kept (up to 4 MiB, the newest are then refused) and sent when
 * it is back; nothing else is: messages and subscriptions are kept by gateway/journal.h, other presences and our own
 * questions are made anew, or have no asker any more. False: not accepted, as is a stanza of more than servers take (500
 * KiB).
 */
bool component_send(struct component *component, const struct xml_node *stanza);

/* The two halves of it, for whoever keeps what is sent. What was written is dropped while the link is away. */
bool component_write(struct component *component, struct strbuf *out, const struct xml_node *stanza);
void component_send_written(struct component *component, const char *bytes, size_t size);

/* Since anything came in on this link, or on the last one: what the server has written since then may not have come. */
int64_t component_silent_ms(const struct component *component);

/* What was sent and is not with the kernel yet; nothing while the link is away. */
size_t component_pending_bytes(const struct component *component);

/* The link is there but of no use: it is closed, and made anew after the usual delay. */
void component_fail(struct component *component, const char *text);

/* Stops and resumes reading from the server, on this link and those that follow. */
void component_pause(struct component *component);
void component_resume(struct component *component);

/* Bytes as if the server had sent them; for tests. */
void component_feed(struct component *component, const char *bytes, size_t size);

/* For tests: the link breaks now, and comes back with component_restore(). */
void component_break(struct component *component, const char *text);
void component_restore(struct component *component);

/* How many stanzas went in and out since the start. */
struct component_counters {
	unsigned long long received, sent, reconnects;
};
struct component_counters component_counters(const struct component *component);

#endif
