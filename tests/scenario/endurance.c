/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Days in a moment: thousands of logins, messages and logouts, losses of the network and of the link. What the gateway has
 * allocated stays the same, and so does the number of timers and requests: nothing is left behind each time.
 */
#include "feature/router.h"
#include "gateway/contact.h"
#include "sent.h"
#include "util/log.h"
#include "util/mem.h"
#include "xml/ns.h"
#include "xml/write.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __SANITIZE_ADDRESS__
size_t __sanitizer_get_current_allocated_bytes(void); /* its header is clang's only */
#endif

enum {
	ROUNDS = 10000,
	WARM_UP = 500,
	TALK = 20000,           /* messages before that, until what is bounded by a number is full */
	GROWTH_MAX = 64 * 1024, /* less than any leak in each round, more than a small table that grows by chance */
	LINK_EVERY = 50,        /* rounds */
	LOSS_EVERY = 7,
};

struct endurance {
	struct gw_loop *loop;
	struct gw_gateway *gateway;
	struct sent sent;
	unsigned number;
};

static struct endurance all;

static void check(bool is_fine, const char *what) {
	if (!is_fine) {
		fprintf(stderr, "endurance: %s\n", what);
		exit(1);
	}
}

/* --- The network --- */

static void validate(struct gw_request *req, const struct gw_jid *jid, const struct gw_form *form) {
	(void)jid;
	(void)form;
	gw_request_ok(req);
}

static void login(struct gw_request *req, struct gw_session *session) {
	struct gw_contact *juliet = gw_session_contact(session, "juliet");
	gw_contact_set_presence(juliet, GW_SHOW_AVAILABLE, "On the balcony");
	gw_contact_add_to_roster(juliet);
	gw_request_ok_text(req, "Connected");
}

static void logout(struct gw_request *req, struct gw_session *session) {
	(void)session;
	gw_request_ok(req);
}

static void on_message(struct gw_request *req, struct gw_chat *chat, const struct gw_message *message) {
	char id[32];
	snprintf(id, sizeof(id), "network-%u", ++all.number);
	gw_request_ok_id(req, id);
	snprintf(id, sizeof(id), "answer-%u", all.number);
	gw_actor_send(gw_chat_actor(chat), &(struct gw_message){ .id = id, .text = message->text });
	gw_actor_react(gw_chat_actor(chat), id, (const char *const[]){ "💜" }, 1);
}

static const struct gw_module module = {
	.abi = GW_ABI_VERSION,
	.component_name = "Endurance",
	.validate = validate,
	.login = login,
	.logout = logout,
	.on_message = on_message,
};

/* --- The server --- */

static void note_sent(const char *bytes, size_t size, void *data) {
	(void)data;
	sent_feed(&all.sent, bytes, size);
}

static void feed(const char *stanza) {
	component_feed(all.gateway->component, stanza, strlen(stanza));
}

/* What the gateway asks itself comes back to it. */
static bool route_back(struct sent_stanza **next) {
	bool has_routed = false;
	for (struct sent_stanza *stanza = *next ? (*next)->next : all.sent.first; stanza; stanza = stanza->next) {
		*next = stanza;
		const char *to = xml_get(stanza->xml, "to");
		if (to && strcmp(to, "gw.lit") == 0) {
			struct arena arena = { 0 };
			feed(xml_to_string(&arena, stanza->xml, NS_COMPONENT));
			arena_finish(&arena);
			has_routed = true;
		}
	}
	return has_routed;
}

static void settle(void) {
	struct sent_stanza *last = NULL;
	do {
		loop_settle(all.loop);
	} while (route_back(&last));
	sent_finish(&all.sent);
	static const unsigned line;
	sent_init(&all.sent, &line);
}

/* --- The rounds --- */

static void begin(void) {
	static const char *const domains[] = { "montague.lit", NULL };
	static const struct gateway_options options = {
		.component = { .host = "localhost", .port = 5347, .jid = "gw.lit", .secret = "secret", .sink = note_sent },
		.module = &module,
		.user_domains = domains,
		.remembered_messages = 512, /* so that this is full soon, and its table small when chance makes it grow */
	};
	static const unsigned line;
	struct gateway_problem problem;
	sent_init(&all.sent, &line);
	all.loop = loop_new();
	loop_hold_clock(all.loop, 1767268800000);
	all.gateway = gateway_new(all.loop, &options, &feature_hooks, &problem);
	check(all.gateway != NULL, problem.text);
	gateway_start(all.gateway);
	settle();
	feed("<iq type='set' id='r' from='romeo@montague.lit/orchard' to='gw.lit'><query xmlns='jabber:iq:register'>"
			"<username>romeo</username><password>p</password></query></iq>");
	settle();
}

static void write_one(unsigned round) {
	char stanza[256];
	snprintf(stanza, sizeof(stanza), "<message type='chat' id='m%u' from='romeo@montague.lit/orchard' to='juliet@gw.lit'>"
			"<body>Hello</body><request xmlns='urn:xmpp:receipts'/></message>", round);
	feed(stanza);
}

static void nothing(struct gw_session *session, void *data) {
	(void)session;
	(void)data;
}

static void round_of(unsigned number) {
	struct gw_session *session = gw_gateway_find_session(all.gateway, "romeo@montague.lit");
	check(gw_session_is_logged_in(session), "a login did not work");
	feed("<presence from='romeo@montague.lit/orchard' to='gw.lit'/>");
	write_one(number);
	settle();
	if (number % LINK_EVERY == 0) {
		component_break(all.gateway->component, "every now and then");
		loop_advance(all.loop, 1000);
		component_restore(all.gateway->component);
		settle();
		loop_advance(all.loop, 40000);
		settle();
	}
	if (number % LOSS_EVERY == 0) {
		gw_session_lost(session, GW_LOSS_NETWORK, "Broken pipe.");
		write_one(number + ROUNDS * 2);
		settle();
	} else {
		session_log_out(session, nothing, NULL);
		settle();
	}
	session_log_in_again(session);
	settle();
	loop_advance(all.loop, 2000);
	settle();
}

static void talk(void) {
	for (unsigned number = 0; number < TALK; number += 100) {
		for (unsigned i = 0; i < 100; i++) {
			write_one(ROUNDS * 10 + number + i);
		}
		settle();
	}
}

static size_t allocated(void) {
	arena_release_cache();
#ifdef __SANITIZE_ADDRESS__
	return __sanitizer_get_current_allocated_bytes();
#else
	return mallinfo2().uordblks;
#endif
}

int main(void) {
	size_t peaks[2] = { 0 }, waiting = 0;
	log_set_sink(NULL, NULL);
	log_set_level(GW_LOG_ERROR);
	begin();
	talk();
	for (unsigned number = 1; number <= WARM_UP + ROUNDS; number++) {
		round_of(number);
		if (number == WARM_UP) {
			waiting = loop_count_waiting(all.loop);
		}
		if (number > WARM_UP) {
			size_t bytes = allocated(), *peak = &peaks[number > WARM_UP + ROUNDS / 2];
			*peak = bytes > *peak ? bytes : *peak;
		}
	}
	fprintf(stderr, "endurance: at most %zu bytes in the first %d rounds, %zu in as many more\n", peaks[0], ROUNDS / 2,
			peaks[1]);
	check(peaks[1] <= peaks[0] + GROWTH_MAX, "memory is left behind");
	check(loop_count_waiting(all.loop) <= waiting + 2, "timers are left behind");
	check(counters_lost(all.gateway) == 0, "a message was lost");
	gateway_free(all.gateway);
	loop_free(all.loop);
	sent_finish(&all.sent);
	arena_release_cache();
	return 0;
}
