/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What one user can make the gateway keep: more of it than anybody writes into a scenario. The user asks for thousands of
 * addresses, and writes thousands of messages to a network that does not answer, whose people come and go without end.
 */
#include "gateway/contact.h"
#include "gateway/their_ids.h"
#include "gateway/deliveries.h"
#include "gateway/message_ids.h"
#include "scripted.h"
#include "util/mem.h"
#include "world.h"
#include "xml/ns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FLOOD = 20000, JOURNAL_BYTES = 1024 * 1024 };

static const char romeo[] = "romeo@montague.lit";

static void check(bool is_fine, const char *what) {
	if (!is_fine) {
		fprintf(stderr, "limits: %s\n", what);
		exit(1);
	}
}

static size_t count_sent(struct world *world, const char *condition) {
	size_t count = 0;
	for (struct sent_stanza *stanza = sent_next(&world->sent); stanza; stanza = sent_next_after(stanza)) {
		const struct xml_node *error = xml_find(stanza->xml, "error", NULL);
		count += error && xml_find(error, condition, NS_STANZAS) != NULL;
	}
	return count;
}

static void flood(struct world *world, const char *pattern) {
	for (int i = 0; i < FLOOD; i++) {
		struct arena arena = { 0 };
		char number[16];
		snprintf(number, sizeof(number), "%d", i);
		const char *star = strchr(pattern, '*');
		const char *stanza = arena_printf(&arena, "%.*s%s%s", (int)(star - pattern), pattern, number, star + 1);
		component_feed(world->gateway->component, stanza, strlen(stanza));
		arena_finish(&arena);
	}
	world_settle(world);
}

static void begin(struct world *world) {
	static const struct script nothing = { .path = "limits" };
	world_init(world, &nothing, NULL);
	world->options.journal_max_bytes = JOURNAL_BYTES;
	check(world_start_gateway(world), "the gateway does not start");
	struct store_user user = { .jid = romeo, .preferences = "" };
	user.id = store_user_add(world->gateway->store, &user, NULL);
	session_log_in(session_new(world->gateway, &user));
	world_settle(world);
	check(gw_session_is_logged_in(session_find(world->gateway, romeo)), "nobody is logged in");
	sent_ignore(&world->sent);
}

static void end(struct world *world) {
	sent_ignore(&world->sent);
	check(world_end(world), world->report.bytes);
	world_finish(world);
}

/* Contacts are made when somebody asks for an address; not without end. Those that the network tells of are no guesses. */
static void addresses(void) {
	struct world world;
	begin(&world);
	struct gw_session *session = session_find(world.gateway, romeo);
	flood(&world, "<iq type='get' id='g' from='romeo@montague.lit/orchard' to='guess-*@gw.lit'>"
			"<vCard xmlns='vcard-temp'/></iq>");
	size_t contacts = 0;
	for (const struct gw_contact *contact = contacts_first(session); contact; contact = contact->next) {
		contacts++;
	}
	check(contacts >= 1000 && contacts <= 5000, "any number of addresses can be asked for");
	check(count_sent(&world, "resource-constraint") == FLOOD - contacts, "who asks for too many is not told so");
	check(gw_session_contact(session, "somebody new") != NULL, "the network has no room for its own people");
	end(&world);
}

/* Messages that the network has not answered yet are kept to be bounced; not without end. */
static void deliveries(void) {
	struct world world;
	begin(&world);
	scripted_hold(world.scripted, "on_message", true);
	flood(&world, "<message type='chat' id='m*' from='romeo@montague.lit/orchard' to='juliet@gw.lit'>"
			"<body>O</body></message>");
	size_t refused = count_sent(&world, "resource-constraint");
	check(refused > FLOOD / 2 && refused < FLOOD - 50, "any number of messages can wait for the network");
	sent_ignore(&world.sent);
	world_advance(&world, 60000);
	check(count_sent(&world, "remote-server-timeout") == FLOOD - refused, "what waited was not refused in the end");
	sent_ignore(&world.sent);
	flood(&world, "<message type='chat' id='n*' from='romeo@montague.lit/orchard' to='juliet@gw.lit'>"
			"<body>O</body></message>");
	check(count_sent(&world, "resource-constraint") == refused, "there is no room again");
	end(&world);
}

static void feed_with(struct world *world, const char *pattern, size_t size) {
	struct arena arena = { 0 };
	char *many = arena_alloc(&arena, size + 1);
	memset(many, 'i', size);
	many[size] = '\0';
	const char *star = strchr(pattern, '*');
	const char *stanza = arena_printf(&arena, "%.*s%s%s", (int)(star - pattern), pattern, many, star + 1);
	component_feed(world->gateway->component, stanza, strlen(stanza));
	arena_finish(&arena);
	world_settle(world);
}

/* Nor without end of bytes; but one message always can. */
static void long_deliveries(void) {
	static const char chat[] = "<message type='chat' id='m' from='romeo@montague.lit/orchard' to='juliet@gw.lit'>"
			"<body>*</body></message>";
	struct world world;
	begin(&world);
	scripted_hold(world.scripted, "on_message", true);
	for (int i = 0; i < 20; i++) {
		feed_with(&world, chat, 100000 + (size_t)i);
	}
	size_t refused = count_sent(&world, "resource-constraint");
	check(refused > 8 && refused < 12, "any number of bytes can wait for the network");
	feed_with(&world, chat, 1);
	check(count_sent(&world, "resource-constraint") == refused, "there is no room for a short message");
	world_advance(&world, 60000);
	check(count_sent(&world, "remote-server-timeout") == 21 - refused, "what waited was not refused in the end");
	check(session_find(world.gateway, romeo)->uncertain_bytes <= DELIVERIES_MAX_BYTES,
			"any number of bytes is kept of what may have arrived");
	feed_with(&world, chat, 250000);
	check(count_sent(&world, "resource-constraint") == refused, "there is no room again");
	end(&world);
}

/* Ids are kept for as long as something can refer to them: whoever makes them so long is told that it was not sent. */
static void long_ids(void) {
	static const char chat[] = "<message type='chat' id='*' from='romeo@montague.lit/orchard' to='juliet@gw.lit'>"
			"<body>O</body></message>";
	static const char correction[] = "<message type='chat' id='c' from='romeo@montague.lit/orchard' to='juliet@gw.lit'>"
			"<body>O!</body><replace xmlns='urn:xmpp:message-correct:0' id='*'/></message>";
	static const char retraction[] = "<message type='chat' id='r' from='romeo@montague.lit/orchard' to='juliet@gw.lit'>"
			"<retract xmlns='urn:xmpp:message-retract:1' id='*'/></message>";
	struct world world;
	begin(&world);
	feed_with(&world, chat, MESSAGE_ID_MAX_BYTES);
	check(count_sent(&world, "policy-violation") == 0, "an id of the length that is allowed is refused");
	check(world.gateway->counters.arrived == 1, "a message with such an id does not arrive");
	feed_with(&world, chat, MESSAGE_ID_MAX_BYTES + 1);
	check(count_sent(&world, "policy-violation") == 1, "an id of any length is accepted, or refused in silence");
	feed_with(&world, correction, 100000);
	check(world.gateway->counters.arrived == 2, "what corrects a message that nobody knows does not arrive");
	feed_with(&world, retraction, 100000);
	check(count_sent(&world, "item-not-found") == 1, "who takes back a message that nobody knows is not told so");
	end(&world);
}

/* Nor are those of a network: what cannot be kept is unknown, and is not taken for something else. */
static void long_ids_of_the_network(void) {
	struct world world;
	char id[MESSAGE_ID_MAX_BYTES + 2];
	begin(&world);
	struct gw_contact *juliet = gw_session_contact(session_find(world.gateway, romeo), "juliet");
	memset(id, 'i', sizeof(id) - 1);
	id[sizeof(id) - 1] = '\0';
	message_ids_put(juliet, "x1", id + 1);
	message_ids_put(juliet, "x2", id);
	check(message_ids_is_own(juliet, id + 1), "an id of the length that is allowed is not remembered");
	check(!message_ids_was_own(juliet, id), "an id of any length is remembered");
	end(&world);
}

static size_t count_questions(struct world *world, const char *node) {
	size_t count = 0;
	for (struct sent_stanza *stanza = sent_next(&world->sent); stanza; stanza = sent_next_after(stanza)) {
		const struct xml_node *query = xml_first_element(stanza->xml);
		const char *asked = query ? xml_get(query, "node") : NULL;
		count += asked && strcmp(asked, node) == 0;
	}
	return count;
}

/* Clients of made-up kinds: those that are real get to be known all the same, and are told what they wish once. */
static void kinds_of_clients(void) {
	static const char made_up[] = "<presence to='gw.lit' from='romeo@montague.lit/a'>"
			"<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='n' ver='v*'/></presence>"
			"<presence type='unavailable' to='gw.lit' from='romeo@montague.lit/a'/>";
	static const char real[] = "<presence to='gw.lit' from='romeo@montague.lit/a'>"
			"<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='n' ver='real'/></presence>"
			"<presence type='unavailable' to='gw.lit' from='romeo@montague.lit/a' id='*'/>";
	struct world world;
	begin(&world);
	flood(&world, made_up);
	world_advance(&world, 60000);
	sent_ignore(&world.sent);
	flood(&world, real);
	check(count_questions(&world, "n#real") == 1, "a new kind of client is not asked about once");
	end(&world);
}

/* Whatever a presence says at any length is no client's. */
static void long_presences(void) {
	static const char kind[] = "<presence to='gw.lit' from='romeo@montague.lit/a'>"
			"<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='*' ver='v'/></presence>";
	static const char status[] = "<presence to='gw.lit' from='romeo@montague.lit/b'><status>*</status></presence>";
	struct world world;
	begin(&world);
	feed_with(&world, kind, 100000);
	check(sent_next(&world.sent) == NULL, "kinds of clients have names of any length");
	feed_with(&world, status, 100000);
	struct gw_session *session = session_find(world.gateway, romeo);
	check(strlen(resources_merge(&session->resources).text) == STATUS_MAX_BYTES, "status texts have any length");
	end(&world);
}

/* An edit that cannot be passed on is new when it comes again, wherever its two notes stand among many. */
static void edits(void) {
	struct world world;
	begin(&world);
	struct gw_contact *contact = gw_session_contact(session_find(world.gateway, romeo), "juliet");
	for (unsigned i = 0; i < 200; i++) {
		char id[16];
		snprintf(id, sizeof(id), "edit-%u", i);
		for (unsigned attempt = 0; attempt < 2; attempt++) {
			check(their_ids_note(contact, THEIR_MESSAGE, id), "an edit that was not passed on is known");
			check(their_ids_note_state(contact, STATE_THEIR_TEXT, "m-1", i + 1), "so is what it says");
			their_ids_forget_state(contact, STATE_THEIR_TEXT, "m-1", i + 1);
			their_ids_forget(contact, THEIR_MESSAGE, id);
		}
		their_ids_note(contact, THEIR_MESSAGE, id);
	}
	end(&world);
}

/* Of messages that the user sent from XMPP. */
static size_t mark_all(struct gw_contact *contact) {
	size_t count = 0;
	char id[32];
	do {
		snprintf(id, sizeof(id), "m-%zu", count);
		message_ids_put(contact, id, id);
	} while (gw_actor_displayed(gw_contact_actor(contact), id) && ++count < 1000000);
	return count;
}

static size_t count_displayed(struct world *world) {
	size_t count = 0;
	for (struct sent_stanza *stanza = sent_next(&world->sent); stanza; stanza = sent_next_after(stanza)) {
		count += xml_find(stanza->xml, "displayed", NS_CHAT_MARKERS) != NULL;
	}
	sent_ignore(&world->sent);
	return count;
}

static void confirm(struct world *world, const char *id) {
	scripted_answer(world->scripted, "on_message", &(struct scripted_answer){ .kind = SCRIPTED_ID, .text = id }, false);
	world_settle(world);
}

/* What the network tells about messages that it has not confirmed yet is kept: the latest, not any amount of it. */
static void early(void) {
	static const char chat[] = "<message type='chat' id='*' from='romeo@montague.lit/orchard' to='juliet@gw.lit'>"
			"<body>O</body></message>";
	struct world world;
	begin(&world);
	struct gw_actor *juliet = gw_contact_actor(gw_session_contact(session_find(world.gateway, romeo), "juliet"));
	scripted_hold(world.scripted, "on_message", true);
	feed_with(&world, chat, 1);
	feed_with(&world, chat, 2);
	for (int i = 0; i < FLOOD; i++) {
		char id[16];
		snprintf(id, sizeof(id), "%d", i);
		check(gw_actor_displayed(juliet, id), "a mark of a message that nobody knows yet is refused");
	}
	world_settle(&world);
	confirm(&world, "0");
	check(count_displayed(&world) == 0, "any number of marks waits for messages to be confirmed");
	confirm(&world, "19999");
	check(count_displayed(&world) == 1, "the latest mark does not wait for its message to be confirmed");
	end(&world);
}

/* While the server is away read marks are accepted for longer than messages; not without end, and that is told. */
static void marks(void) {
	struct world world;
	begin(&world);
	struct gw_session *session = session_find(world.gateway, romeo);
	struct gw_contact *contact = gw_session_contact(session, "juliet");
	struct gw_actor *juliet = gw_contact_actor(contact);
	struct gw_message message = { .text = "O" };
	component_break(world.gateway->component, "the test cut the link");
	size_t messages = 0;
	while (gw_actor_send(juliet, &message) && messages < 1000000) {
		messages++;
		world_settle(&world);
	}
	size_t marks = mark_all(contact);
	check(messages > 1000 && messages < JOURNAL_BYTES / 100, "any number of messages can wait for the server");
	check(marks > 10000 && marks < 100000, "any number of read marks can wait for the server");
	component_restore(world.gateway->component);
	world_advance(&world, 1000);
	message_ids_put(contact, "the last", "the last");
	check(gw_actor_send(juliet, &message) && gw_actor_displayed(juliet, "the last"), "there is no room again");
	world_settle(&world);
	end(&world);
}

/* Presences that cannot leave yet are not piled up: when they can, the latest is told, and of everybody. */
static void presences(void) {
	struct world world;
	begin(&world);
	struct gw_session *session = session_find(world.gateway, romeo);
	struct gw_contact *juliet = gw_session_contact(session, "juliet"), *nurse = gw_session_contact(session, "nurse");
	world_fill_disk(&world, true);
	for (int i = 0; i <= FLOOD; i++) {
		char text[16];
		snprintf(text, sizeof(text), "%d", i);
		gw_contact_set_presence(juliet, i % 2 ? GW_SHOW_AWAY : GW_SHOW_AVAILABLE, text);
		gw_session_set_status(session, GW_SHOW_AVAILABLE, text);
	}
	gw_contact_set_presence(nurse, GW_SHOW_DND, "Busy");
	world_settle(&world);
	check(component_pending_bytes(world.gateway->component) < 1024 * 1024, "any number of presences is kept");
	world_fill_disk(&world, false);
	world_advance(&world, 1000);
	const char *told_of_juliet = NULL, *told_of_gateway = NULL, *told_of_nurse = NULL;
	size_t count = 0;
	for (struct sent_stanza *stanza = sent_next(&world.sent); stanza; stanza = sent_next_after(stanza)) {
		const char *from = xml_get(stanza->xml, "from"), *status = xml_child_text(stanza->xml, "status", NULL);
		*(strncmp(from, "juliet", 6) == 0 ? &told_of_juliet : strncmp(from, "nurse", 5) == 0 ? &told_of_nurse :
				&told_of_gateway) = status ? status : "";
		count++;
	}
	check(count < FLOOD / 2, "each presence is told, however old");
	check(told_of_juliet && strcmp(told_of_juliet, "20000") == 0, "a contact's latest presence is not told");
	check(told_of_gateway && strcmp(told_of_gateway, "20000") == 0, "the latest status is not told");
	check(told_of_nurse && strcmp(told_of_nurse, "Busy") == 0, "a contact is kept from view by another");
	end(&world);
}

int main(void) {
	addresses();
	deliveries();
	long_deliveries();
	long_ids();
	long_ids_of_the_network();
	kinds_of_clients();
	long_presences();
	edits();
	early();
	marks();
	presences();
	arena_release_cache();
	return 0;
}
