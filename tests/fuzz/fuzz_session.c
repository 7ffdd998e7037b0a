/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Bytes as a story: they choose among what users, server, network and clock can do, and what a module does from inside its
 * callbacks. Whatever the order, nothing may break; every question is answered exactly once; and at the end nothing is left:
 * no request, no timer, no memory.
 *
 * The story is told in the language of scenarios (docs/testing.md). With GANGWAY_FUZZ_STORY set it is printed as it goes, so
 * that what broke can become a scenario.
 */
#include "gateway/contact.h"
#include "module/request.h"
#include "scripted.h"
#include "steps.h"
#include "util/log.h"
#include "util/mem.h"
#include "world.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { STEPS_MAX = 200, QUESTIONS_MAX = STEPS_MAX + 1, PRANKS_MAX = 400 };

struct story {
	const uint8_t *bytes;
	size_t left;
	struct world world;
	struct script script;
	bool is_printed, is_link_away;
	unsigned questions, pranks;
	bool is_asked[QUESTIONS_MAX];
};

static struct story *story; /* for the module's callbacks */

static unsigned take(unsigned count) {
	if (story->left == 0) {
		return 0;
	}
	story->left--;
	return *story->bytes++ % count;
}

static const char *pick(const char *const *words, size_t count) {
	return words[take((unsigned)count)];
}

/* --- What a module may do from inside a callback --- */

static struct gw_contact *some_contact(struct gw_session *session) {
	static const char *const ids[] = { "juliet", "nurse", "Tybalt Capulet" };
	return gw_session_contact(session, pick(ids, ARRAY_LENGTH(ids)));
}

static void say(struct gw_contact *contact) {
	gw_actor_send(gw_contact_actor(contact), &(struct gw_message){ .text = "Peace!", .id = "m-1" });
}

static void contact_prank(struct gw_contact *contact) {
	switch (take(7)) {
	case 0: gw_contact_add_to_roster(contact); break;
	case 1: gw_contact_remove_from_roster(contact); break;
	case 2: gw_contact_set_presence(contact, GW_SHOW_AWAY, "Gone"); break;
	case 3: gw_contact_set_name(contact, take(2) ? "Juliet" : NULL); break;
	case 4: gw_contact_set_friend(contact, take(2)); break;
	case 5: say(contact); break;
	case 6: gw_contact_set_last_seen(contact, take(2)); break;
	}
}

static void handle_answer(const struct gw_input_result *result, void *data) {
	(void)result;
	(void)data;
}

static void prank(struct gw_session *session) {
	if (story->left == 0 || story->pranks++ > PRANKS_MAX) {
		return;
	}
	struct gw_gateway *gateway = gw_session_gateway(session);
	const char *jid = gw_session_jid(session)->bare;
	switch (take(12)) {
	case 0: gw_session_lost(session, (enum gw_loss)take(4), "Broken pipe."); break;
	case 1: contact_prank(some_contact(session)); break;
	case 2: gw_session_set_status(session, GW_SHOW_AWAY, "Slow"); break;
	case 3: gw_session_tell(session, "News"); break;
	case 4: gw_session_set_credentials(session, gw_session_credentials(session)); break;
	case 5: gw_gateway_input(gateway, gw_session_scope(session), jid, "Well?", handle_answer, NULL); break;
	case 6: gw_gateway_confirm_qr(gateway, jid, take(2) ? GW_OK : GW_FORBIDDEN, NULL, NULL); break;
	default: break;
	}
}

static void login(struct gw_request *req, struct gw_session *session) {
	prank(session);
	scripted_module.login(req, session);
	prank(session);
}

static void logout(struct gw_request *req, struct gw_session *session) {
	prank(session);
	scripted_module.logout(req, session);
	prank(session);
}

static void unregister(struct gw_request *req, struct gw_session *session) {
	prank(session);
	scripted_module.unregister(req, session);
	prank(session);
}

static void on_message(struct gw_request *req, struct gw_chat *chat, const struct gw_message *message) {
	prank(gw_chat_session(chat));
	scripted_module.on_message(req, chat, message);
	prank(gw_chat_session(chat));
}

static void on_presence(struct gw_session *session, const struct gw_user_presence *presence) {
	prank(session);
	scripted_module.on_presence(session, presence);
}

static void on_displayed(struct gw_chat *chat, const char *id) {
	scripted_module.on_displayed(chat, id);
	prank(gw_chat_session(chat));
}

static void session_closed(struct gw_session *session) {
	prank(session);
	scripted_module.session_closed(session);
}

static void contact_closed(struct gw_contact *contact) {
	if (story->left > 0) {
		contact_prank(contact);
	}
	scripted_module.contact_closed(contact);
}

/* --- The story --- */

/*
 * In a step: %u an account, %f one of its clients, %c a contact, %i an id of a message, %r a request, %n a new question, %o
 * our last question's id, %s the last command's session. What is behind the bar stands below the line.
 */
static const char *const steps[] = {
	"%f sends|<iq type='set' id='%n' to='gw.lit'><query xmlns='jabber:iq:register'><username>a</username>"
			"<password>b</password></query></iq>",
	"%f sends|<iq type='set' id='%n' to='gw.lit'><query xmlns='jabber:iq:register'><remove/></query></iq>",
	"%f sends|<iq type='get' id='%n' to='gw.lit'><query xmlns='jabber:iq:register'/></iq>",
	"%f sends|<iq type='set' id='%n' to='gw.lit'><query xmlns='jabber:iq:register'><x xmlns='jabber:x:data' type='submit'>"
			"<field var='code'><value>123456</value></field></x></query></iq>",
	"%f sends|<iq type='set' id='%n' to='gw.lit'><query xmlns='jabber:iq:register'><x xmlns='jabber:x:data' type='submit'/>"
			"</query></iq>",
	"%f sends|<message type='chat' id='x' to='%c@gw.lit'><body>Hello</body><request xmlns='urn:xmpp:receipts'/></message>",
	"%f sends|<message type='chat' id='%i' to='%c@gw.lit'><body>Hello</body></message>",
	"%f sends|<message type='chat' id='%i' to='%c@gw.lit'><body>Hullo</body>"
			"<replace xmlns='urn:xmpp:message-correct:0' id='%i'/></message>",
	"%f sends|<message type='chat' id='%i' to='%c@gw.lit'><retract xmlns='urn:xmpp:message-retract:1' id='%i'/></message>",
	"%f sends|<message type='chat' to='%c@gw.lit'><displayed xmlns='urn:xmpp:chat-markers:0' id='m-1'/></message>",
	"%f sends|<message type='chat' to='gw.lit'><body>register</body></message>",
	"%f sends|<message type='chat' to='gw.lit'><body>credentials</body></message>",
	"%f sends|<message type='chat' to='gw.lit'><body>unregister</body></message>",
	"%f sends|<message type='chat' to='gw.lit'><body>re-login</body></message>",
	"%f sends|<message type='chat' to='gw.lit'><body>find juliet</body></message>",
	"%f sends|<message type='chat' to='gw.lit'><body>preferences</body></message>",
	"%f sends|<message type='chat' to='gw.lit'><body>sync-contacts</body></message>",
	"%f sends|<message type='chat' to='gw.lit'><body>delete_user</body></message>",
	"%f sends|<message type='chat' to='gw.lit'><body>contacts</body></message>",
	"%f sends|<message type='chat' to='gw.lit'><body>yes</body></message>",
	"%f sends|<message type='chat' to='gw.lit'><body>%u</body></message>",
	"%f sends|<message type='chat' to='gw.lit'><body>ok</body></message>",
	"%f sends|<message type='chat' to='gw.lit'><body>abort</body></message>",
	"%f sends|<iq type='set' id='%n' to='gw.lit'><command xmlns='http://jabber.org/protocol/commands' action='execute' "
			"node='jabber:iq:register'/></iq>",
	"%f sends|<iq type='set' id='%n' to='gw.lit'><command xmlns='http://jabber.org/protocol/commands' action='execute' "
			"node='gangway:command:unregister'/></iq>",
	"%f sends|<iq type='set' id='%n' to='gw.lit'><command xmlns='http://jabber.org/protocol/commands' action='execute' "
			"node='gangway:command:credentials'/></iq>",
	"%f sends|<iq type='set' id='%n' to='gw.lit'><command xmlns='http://jabber.org/protocol/commands' action='execute' "
			"node='gangway:command:contacts'/></iq>",
	"%f sends|<iq type='set' id='%n' to='gw.lit'>%s</iq>",
	"%f sends|<iq type='set' id='%n' to='gw.lit'>%s</iq>",
	"%f sends|<iq type='set' id='%n' to='gw.lit'><query xmlns='jabber:iq:search'><first>a</first><last>b</last></query></iq>",
	"%f sends|<iq type='get' id='%n' to='%c@gw.lit/gangway'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
	"%f sends|<iq type='get' id='%n' to='%c@gw.lit'><vCard xmlns='vcard-temp'/></iq>",
	"%f sends|<iq type='result' id='%o'/>",
	"%f sends|<iq type='error' id='%o'><error type='auth'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
			"</iq>",
	"%u sends|<iq type='result' id='%o'/>",
	"%u sends|<iq type='result' id='%o'><query xmlns='jabber:iq:roster'><item jid='%c@gw.lit' subscription='none'>"
			"<group>Network</group></item></query></iq>",
	"%u sends|<iq type='error' id='%o'><error type='auth'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
			"</iq>",
	"%f sends|<presence><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='n' ver='v'/></presence>",
	"%f sends|<presence><show>away</show></presence>",
	"%f sends|<presence type='unavailable'/>",
	"%u sends|<presence type='unavailable'/>",
	"%u sends|<presence type='subscribe' to='%c@gw.lit'/>",
	"%u sends|<presence type='subscribed' to='%c@gw.lit'/>",
	"%u sends|<presence type='unsubscribe' to='%c@gw.lit'/>",
	"%u sends|<presence type='unsubscribed' to='%c@gw.lit'/>",
	"%u sends|<presence type='probe' to='%c@gw.lit'/>",
	"%u sends|<presence type='unsubscribe' to='gw.lit'/>",
	"%u sends|<presence type='probe' to='gw.lit'/>",
	"module holds %r",
	"module holds %r",
	"module holds %r no longer",
	"module answers %r",
	"module answers %r",
	"contact %c of %u received %i",
	"module refuses %r not-authorized \"No.\"",
	"module fails login with loss network \"No route.\"",
	"module always fails login with loss throttled \"Slow down.\"",
	"module always fails login with loss credentials \"Wrong password.\"",
	"module always answers login with text \"Hello\"",
	"session of %u is lost network \"Broken pipe.\"",
	"session of %u is lost banned \"Expelled.\"",
	"session of %u shows away \"Slow\"",
	"contact %c of %u says \"Hi\" as m-1",
	"contact %c of %u says \"Hi\" as %i",
	"contact %c of %u corrects %i to \"Hello\" as %i",
	"contact %c of %u retracts %i",
	"contact %c of %u reacts to %i with 💜",
	"self towards %c says \"Hello\" as %i",
	"self towards %c retracts %i",
	"module answers on_message with id %i",
	"module answers on_correct with id %i",
	"module has not sent on_message",
	"the server is busy",
	"the server is free again",
	"wall clock jumps by 1 day",
	"wall clock jumps by -1 hours",
	"server grants roster message archive",
	"the archive of %u has|"
			"<message xmlns='jabber:client' type='chat' id='%i' from='%f' to='%c@gw.lit'><body>Hello</body></message>"
			"<message xmlns='jabber:client' type='chat' id='%i' from='%f' to='%c@gw.lit'><body>Lost</body></message>",
	"contact %c of %u joins the roster",
	"contact %c of %u leaves the roster",
	"contact %c of %u is called \"Somebody\"",
	"contact %c of %u is no friend",
	"contact %c of %u is a friend",
	"contact %c of %u is available",
	"contact %c of %u is offline",
	"contact %c of %u displayed %i",
	"gateway asks %u \"Code?\"",
	"gateway shows QR \"scan\" to %u",
	"qr of %u is confirmed",
	"qr of %u is refused forbidden \"No.\"",
	"whatever is sent is ignored\n%u is registered",
	"whatever is sent is ignored\n%u is logged in",
	"server grants roster message",
	"server grants nothing",
	"1 second passes",
	"5 seconds pass",
	"30 seconds pass",
	"5 minutes pass",
	"1 day passes",
};

static const struct sent_stanza *newest(const char *name, const char *type) {
	const struct sent_stanza *found = NULL;
	for (const struct sent_stanza *stanza = story->world.sent.first; stanza; stanza = stanza->next) {
		const char *its_type = xml_get(stanza->xml, "type");
		if (strcmp(stanza->xml->name, name) == 0 && its_type && strcmp(its_type, type) == 0 &&
				strcmp(xml_get(stanza->xml, "to"), WORLD_COMPONENT) != 0) {
			found = stanza;
		}
	}
	return found;
}

/* The last dialogue that was begun as ad-hoc command goes on in some way. */
static void add_next_step(struct strbuf *out) {
	static const char *const actions[] = { "next", "complete", "cancel", "prev", "execute" };
	static const char *const answers[] = {
		"", "<x xmlns='jabber:x:data' type='submit'><field var='confirm'><value>1</value></field></x>",
		("<x xmlns='jabber:x:data' type='submit'><field var='username'><value>a</value></field>"
				"<field var='password'><value>b</value></field><field var='code'><value>123456</value></field></x>"),
	};
	const struct sent_stanza *stanza = newest("iq", "result");
	const struct xml_node *command = stanza ? xml_first_element(stanza->xml) : NULL;
	const char *id = command ? xml_get(command, "sessionid") : NULL, *node = command ? xml_get(command, "node") : NULL;
	strbuf_printf(out, "<command xmlns='http://jabber.org/protocol/commands' action='%s' node='%s' sessionid='%s'>%s"
			"</command>", pick(actions, ARRAY_LENGTH(actions)), node ? node : "n", id ? id : "s",
			pick(answers, ARRAY_LENGTH(answers)));
}

/* It does not connect before it can store what it hears; and it is started for the first step that needs it. */
static bool is_listening(void) {
	const struct gw_gateway *gateway = story->world.gateway;
	return gateway ? component_is_online(gateway->component) : !story->world.has_started;
}

static void add_word(struct strbuf *out, char what) {
	static const char *const users[] = { "romeo@montague.lit", "juliet@capulet.lit", "nurse@montague.lit" };
	static const char *const clients[] = { "orchard", "garden" };
	static const char *const contacts[] = { "juliet", "nurse", "tybalt\\20capulet" };
	static const char *const requests[] = {
		"validate", "validate_two_factor_code", "get_qr_text", "unregister", "login", "logout", "on_message", "on_search",
		"on_correct", "on_retract",
	};
	static const char *const ids[] = { "x", "x-2", "m-1", "m-2", "m-3" };
	const struct sent_stanza *question;
	switch (what) {
	case 'f':
		strbuf_printf(out, "%s/", pick(users, ARRAY_LENGTH(users)));
		strbuf_add_text(out, pick(clients, ARRAY_LENGTH(clients)));
		break;
	case 'u':
		strbuf_add_text(out, pick(users, ARRAY_LENGTH(users)));
		break;
	case 'c':
		strbuf_add_text(out, pick(contacts, ARRAY_LENGTH(contacts)));
		break;
	case 'i':
		strbuf_add_text(out, pick(ids, ARRAY_LENGTH(ids)));
		break;
	case 'r':
		strbuf_add_text(out, pick(requests, ARRAY_LENGTH(requests)));
		break;
	case 'n':
		story->is_asked[story->questions] = is_listening();
		strbuf_printf(out, "q%u", story->questions++);
		break;
	case 'o':
		question = newest("iq", take(2) ? "set" : "get");
		strbuf_add_text(out, question ? xml_get(question->xml, "id") : "o");
		break;
	case 's':
		add_next_step(out);
		break;
	}
}

static void add_template(struct strbuf *out, const char *template) {
	for (const char *c = template; *c; c++) {
		if (*c == '%') {
			add_word(out, *++c);
		} else if (*c == '|') {
			strbuf_add_text(out, "\n  ");
		} else {
			strbuf_add_char(out, *c);
		}
	}
	strbuf_add_char(out, '\n');
}

static void give_up(const char *why) {
	fprintf(stderr, "fuzz_session: %s\n", why);
	abort();
}

/* Of the story itself, not of what it is about. */
static bool is_mistake(const char *report) {
	return strncmp(report, "nobody knows", 12) == 0 || strncmp(report, "the gateway does not start", 26) == 0;
}

/* A step that makes no sense now (an answer to nothing, somebody who is not registered) is none. */
static void run(const char *text) {
	struct world *world = &story->world;
	const char *problem = NULL;
	struct script script;
	if (story->is_printed) {
		fputs(text, stderr);
	}
	if (!script_read(&world->arena, "story", text, &script, &problem)) {
		give_up(problem);
	}
	for (const struct script_line *line = script.beginning ? script.beginning : script.cases->lines; line; line = line->next) {
		if (!steps_run(world, line) && is_mistake(world->report.bytes)) {
			give_up(world->report.bytes);
		}
		if (story->is_printed && world->report.size > 0) {
			fprintf(stderr, "# %s", world->report.bytes);
		}
		strbuf_clear(&world->report);
	}
	if (world->sent.problem) {
		give_up(world->sent.problem);
	}
}

/* Room again can be made whenever. */
static void set_disk(bool is_full) {
	struct world *world = &story->world;
	if (is_full && world->gateway && world->data_dir && !world->is_stopping) {
		run("the disk is full\n");
	} else if (!is_full) {
		world_fill_disk(world, false);
	}
}

static void tell_step(unsigned what) {
	struct strbuf text;
	strbuf_init(&text, STRBUF_UNLIMITED);
	add_template(&text, steps[what]);
	if (strcmp(steps[what], "1 day passes") == 0) {
		set_disk(false); /* 86,400 attempts to write would take too long to tell */
	}
	if (strstr(steps[what], " pass") && story->world.is_server_busy) {
		run("the server is free again\n"); /* or its link is given up in the end, and what comes by it is lost */
	}
	run(text.bytes);
	strbuf_finish(&text);
}

static void move_link(void) {
	run(story->is_link_away ? "the link is back\n" : "the link breaks\n");
	story->is_link_away = !story->is_link_away;
}

/* What a link that is away, or a full disk, still owes is lost with the process: the next one knows nothing of it. */
static void restart(void) {
	set_disk(false);
	run("the server is free again\n2 seconds pass\n");
	if (story->is_link_away) {
		move_link();
	}
	if (take(2)) {
		run("the gateway begins to stop\n");
		for (unsigned i = take(4); i > 0 && !story->world.is_stopped; i--) {
			tell_step(take(ARRAY_LENGTH(steps)));
		}
	}
	run("the gateway restarts\n");
}

static unsigned count_answers(unsigned question) {
	unsigned count = 0, number;
	int end;
	for (const struct sent_stanza *stanza = story->world.sent.first; stanza; stanza = stanza->next) {
		const char *id = xml_get(stanza->xml, "id");
		bool is_ours = id && sscanf(id, "q%u%n", &number, &end) == 1 && id[end] == '\0' && number == question;
		count += strcmp(stanza->xml->name, "iq") == 0 && is_ours;
	}
	return count;
}

/* Only what is in the store lives on; nobody answers any more what was asked. */
static void die(void) {
	if (!story->world.data_dir || story->world.is_stopping) {
		return;
	}
	run("the gateway is killed\n");
	for (unsigned i = 0; i < story->questions; i++) {
		story->is_asked[i] = story->is_asked[i] && count_answers(i) > 0;
	}
	story->is_link_away = false;
	if (take(2)) {
		set_disk(false);
	}
	run("the gateway starts\n");
}

static void tell(void) {
	enum { LINK = ARRAY_LENGTH(steps), LINK_AGAIN, RESTART, DEATH, DISK, WAYS };
	for (unsigned i = 0; i < STEPS_MAX && story->left > 0; i++) {
		unsigned what = take(WAYS);
		if (what < LINK) {
			tell_step(what);
		} else if (what == RESTART) {
			restart();
		} else if (what == DEATH) {
			die();
		} else if (what == DISK) {
			set_disk(!story->world.is_disk_full);
		} else {
			move_link();
		}
	}
}

/* --- The beginning and the end --- */

static void begin(void) {
	static const char *const types[] = { "single-step", "two-factor", "qr" };
	struct strbuf text;
	strbuf_init(&text, STRBUF_UNLIMITED);
	strbuf_printf(&text, "module registration %s\nadmin juliet@capulet.lit\noption logins-at-once %u\n",
			pick(types, ARRAY_LENGTH(types)), 1 + take(2));
	if (take(2)) {
		strbuf_add_text(&text, "server grants roster\n");
	}
	if (take(2)) {
		strbuf_add_text(&text, "module marks all messages\n");
	}
	if (take(4)) {
		strbuf_add_text(&text, "romeo@montague.lit is logged in\njuliet is a contact of romeo@montague.lit\n");
	}
	run(text.bytes);
	strbuf_finish(&text);
}

static void check_answers(void) {
	for (unsigned i = 0; i < story->questions; i++) {
		unsigned count = count_answers(i);
		if (count != (story->is_asked[i] ? 1 : 0)) {
			fprintf(stderr, "question q%u was answered %u times\n", i, count);
			abort();
		}
	}
}

/* Each message that was taken has arrived, came back, is under way, or went with its user. */
static void check_messages(void) {
	const struct gw_gateway *gateway = story->world.gateway;
	if (!gateway) {
		return;
	}
	if (gateway->counters.lost || counters_lost(gateway)) {
		give_up("a message is lost");
	}
}

static void end(void) {
	struct world *world = &story->world;
	story->left = 0;
	set_disk(false);
	run("the server is free again\n2 seconds pass\n");
	if (story->is_link_away) {
		move_link();
	}
	check_messages();
	bool is_stopped = world_stop_gateway(world);
	if (!is_stopped || !scripted_answer_abandoned(world->scripted)) {
		give_up(world->report.bytes);
	}
	world_settle(world);
	check_answers();
	if (request_count_open() != 0 || loop_count_waiting(world->loop) != 0) {
		give_up("requests, timers or connections are left behind");
	}
	world_abandon(world);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
	static struct story all;
	all = (struct story){ .bytes = bytes, .left = size, .is_printed = getenv("GANGWAY_FUZZ_STORY") != NULL };
	story = &all;
	world_init(&all.world, &all.script, NULL);
	struct gw_module *module = &all.world.module;
	module->login = login;
	module->logout = logout;
	module->unregister = unregister;
	module->on_message = on_message;
	module->on_presence = on_presence;
	module->on_displayed = on_displayed;
	module->session_closed = session_closed;
	module->contact_closed = contact_closed;
	if (size > 0 && bytes[0] & 1) {
		world_keep_store(&all.world);
	}
	begin();
	tell();
	end();
	world_finish(&all.world);
	arena_release_cache();
	return 0;
}
