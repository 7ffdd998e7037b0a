/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Bytes as a correspondence: they choose what a user writes, corrects and takes back, what the module answers and when, what
 * the contacts write, and what goes wrong meanwhile: the login and the link are lost, and what the server had written to it,
 * the gateway is killed or started anew, the disk is full, time passes. Every letter has a number in its text, so that it is
 * known whatever its id is, and what happens to it is judged by what users would notice:
 *
 * - it reaches the network once, and in its order; or its sender holds an error for it;
 * - one that may have arrived is not handed over again, unless the module recognises it;
 * - what corrects or takes back a letter is about that one, however often the client gives the same id;
 * - what the network plays back of it is not shown, and what contacts write is shown once, in order.
 *
 * With GANGWAY_FUZZ_STORY set it is printed as it goes.
 */
#include "archives.h"
#include "gateway/contact.h"
#include "module/request.h"
#include "scripted.h"
#include "steps.h"
#include "util/mem.h"
#include "util/text.h"
#include "world.h"
#include "xml/ns.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { STEPS_MAX = 300, LETTERS_MAX = 301, CHATS = 2, ID_MAX = 40, DEADLINE_MS = 60000, LATE_MS = 3500 * 1000 };

static const char romeo[] = "romeo@montague.lit";
static const char *const contacts[CHATS] = { "juliet", "nurse" };

enum kind { TEXT, EDIT, RETRACTION };

/* What the module was last asked, and answered. */
enum fate { NOT_ASKED, ASKED, DONE, REFUSED, NOT_SENT, UNCERTAIN };

struct letter {
	unsigned number, chat;
	enum kind kind;
	struct letter *about; /* the text that it changes or takes back in the end */
	bool is_about_known;  /* the network had confirmed it, with an id, when this was written */
	char id[ID_MAX];      /* "": none */
	bool is_id_its_own;   /* the client gives it to no other one */
	bool is_told;         /* its sender may have been told that it is uncertain */
	enum fate fate;
	struct gw_request *req;
	bool has_remote_id;
	char nonce[ID_MAX];
	int64_t asked_at_ms;
	unsigned errors;
};

struct correspondence {
	const uint8_t *bytes;
	size_t left;
	struct world world;
	struct script script;
	bool is_printed, is_link_away, is_one_at_a_time, has_archive;
	struct letter letters[LETTERS_MAX];
	unsigned count;
	unsigned written[CHATS], shown[CHATS]; /* by contacts: how many, and the last one that the user saw */
	struct sent_stanza *seen;
};

static struct correspondence *all; /* for the module's callbacks */

/* Pauses are random: they have to be the same when a story is told again. What is not a number makes ids, all different. */
static uint64_t next_number, next_byte;

ssize_t getrandom(void *out, size_t size, unsigned flags) {
	(void)flags;
	uint8_t *bytes = out;
	uint64_t number = ++next_number * 0x9e3779b97f4a7c15u;
	for (size_t i = 0; i < size; i++) {
		bytes[i] = (uint8_t)(size == sizeof(number) ? number >> 8 * i : (++next_byte * 0x9e3779b97f4a7c15u) >> 32);
	}
	return (ssize_t)size;
}

static unsigned take(unsigned count) {
	if (all->left == 0) {
		return 0;
	}
	all->left--;
	return *all->bytes++ % count;
}

static void give_up(const char *why, const struct letter *letter) {
	fprintf(stderr, "fuzz_delivery: %s", why);
	if (letter) {
		fprintf(stderr, ": letter %u to %s, id “%s”", letter->number, contacts[letter->chat], letter->id);
	}
	fputs("\n", stderr);
	abort();
}

#define TELL(...) (all->is_printed ? (void)fprintf(stderr, __VA_ARGS__) : (void)0)

static int64_t now_ms(void) {
	return gw_now_ms(all->world.loop);
}

static void run(const char *text) {
	struct world *world = &all->world;
	const char *problem = NULL;
	struct script script;
	TELL("%s", text);
	if (!script_read(&world->arena, "correspondence", text, &script, &problem)) {
		give_up(problem, NULL);
	}
	for (const struct script_line *line = script.beginning ? script.beginning : script.cases->lines; line; line = line->next) {
		if (!steps_run(world, line)) {
			give_up(world->report.bytes, NULL);
		}
	}
}

/* --- The network's side --- */

static struct letter *letter_of(const char *text) {
	unsigned number = 0;
	if (text_starts_with(text, "Correction: ")) {
		text += strlen("Correction: ");
	}
	if (sscanf(text, "L%u.", &number) != 1 || number == 0 || number > all->count) {
		give_up("the module was given something that nobody wrote", NULL);
	}
	return &all->letters[number - 1];
}

static unsigned chat_of(struct gw_chat *chat) {
	return strcmp(gw_contact_id(gw_chat_contact(chat)), contacts[0]) == 0 ? 0 : 1;
}

/* Nothing that was written later has been before it. */
static void check_order(const struct letter *letter) {
	for (const struct letter *later = letter + 1; later < all->letters + all->count; later++) {
		if (later->chat == letter->chat && later->fate != NOT_ASKED &&
				(letter->fate == NOT_ASKED || (all->is_one_at_a_time && later->fate != NOT_SENT))) {
			give_up("out of order", letter);
		}
	}
}

static void note_asked(struct gw_request *req, struct gw_chat *chat, struct letter *letter) {
	bool may_be_again = letter->fate == NOT_ASKED || letter->fate == NOT_SENT ||
			(letter->fate == UNCERTAIN && all->world.module.recognises_messages && !letter->is_told);
	TELL("# asked: %u\n", letter->number);
	if (chat_of(chat) != letter->chat) {
		give_up("handed over for another chat", letter);
	} else if (!may_be_again) {
		give_up("handed over again", letter);
	}
	check_order(letter);
	letter->fate = ASKED;
	letter->req = req;
	letter->asked_at_ms = now_ms();
}

static void note_nonce(struct letter *letter, const struct gw_message *message) {
	if (*letter->nonce && strcmp(letter->nonce, message->nonce) != 0) {
		give_up("known by another nonce", letter);
	}
	snprintf(letter->nonce, sizeof(letter->nonce), "%s", message->nonce);
}

static void remote_id(char *out, const struct letter *letter) {
	snprintf(out, ID_MAX, "n%u", letter->number);
}

static bool is_called(const struct letter *letter, const char *id) {
	char its_id[ID_MAX];
	remote_id(its_id, letter);
	return strcmp(id, its_id) == 0;
}

static void on_message(struct gw_request *req, struct gw_chat *chat, const struct gw_message *message) {
	struct letter *letter = letter_of(message->text);
	note_asked(req, chat, letter);
	note_nonce(letter, message);
	if (letter->kind == EDIT && letter->is_about_known) {
		give_up("an edit of something known is a new message", letter);
	}
}

static void on_correct(struct gw_request *req, struct gw_chat *chat, const char *id, const struct gw_message *message) {
	struct letter *letter = letter_of(message->text);
	note_asked(req, chat, letter);
	note_nonce(letter, message);
	TELL("# asked to correct %s\n", id);
	if (letter->kind != EDIT || !is_called(letter->about, id)) {
		give_up("an edit is about another message", letter);
	}
}

/* It says only which message it is about. */
static void on_retract(struct gw_request *req, struct gw_chat *chat, const char *id) {
	for (struct letter *letter = all->letters; letter < all->letters + all->count; letter++) {
		if (letter->kind == RETRACTION && letter->chat == chat_of(chat) && is_called(letter->about, id) &&
				(letter->fate == NOT_ASKED || letter->fate == NOT_SENT ||
				(letter->fate == UNCERTAIN && all->world.module.recognises_messages && !letter->is_told))) {
			note_asked(req, chat, letter);
			return;
		}
	}
	TELL("# asked to take back %s\n", id);
	give_up("a message is taken back that nobody took back", NULL);
}

static bool is_late(const struct letter *letter) {
	return now_ms() - letter->asked_at_ms >= DEADLINE_MS;
}

static void confirm(struct letter *letter) {
	char id[ID_MAX];
	struct gw_request *req = letter->req;
	bool has_id = letter->kind == TEXT && take(4);
	TELL("answered: %u%s\n", letter->number, has_id ? " with its id" : "");
	letter->req = NULL;
	letter->fate = DONE;
	letter->has_remote_id |= has_id;
	remote_id(id, letter);
	if (has_id) {
		gw_request_ok_id(req, id);
	} else {
		gw_request_ok(req);
	}
}

static void answer(struct letter *letter) {
	struct gw_request *req = letter->req;
	unsigned how = take(8);
	letter->is_told |= is_late(letter);
	if (how < 6 || letter->fate == DONE) {
		confirm(letter);
		return;
	}
	TELL("%s: %u\n", how == 6 ? "refused" : "not sent", letter->number);
	letter->req = NULL;
	if (is_late(letter)) {
		letter->fate = UNCERTAIN;
	} else {
		letter->fate = how == 6 ? REFUSED : NOT_SENT;
	}
	if (how == 6) {
		gw_request_fail(req, GW_FORBIDDEN, "No.");
	} else {
		gw_request_not_sent(req);
	}
}

static void answer_some(void) {
	unsigned skipped = take(4);
	for (struct letter *letter = all->letters; letter < all->letters + all->count; letter++) {
		if (letter->req && skipped-- == 0) {
			answer(letter);
			world_settle(&all->world);
			return;
		}
	}
}

/* What was asked in a life that is over is answered to nobody. */
static void end_of_life(void) {
	for (struct letter *letter = all->letters; letter < all->letters + all->count; letter++) {
		if (letter->req) {
			gw_request_fail(letter->req, GW_REMOTE_SERVER_TIMEOUT, NULL);
			letter->is_told |= is_late(letter);
			letter->req = NULL;
			letter->fate = letter->fate == DONE ? DONE : UNCERTAIN;
		}
	}
}

static struct gw_session *session(void) {
	return all->world.gateway ? session_find(all->world.gateway, romeo) : NULL;
}

static void contact_writes(void) {
	unsigned chat = take(CHATS);
	struct gw_session *its = session();
	if (!its) {
		return;
	}
	char text[ID_MAX], id[ID_MAX];
	snprintf(text, sizeof(text), "C%u.", all->written[chat] + 1);
	snprintf(id, sizeof(id), "c%u", all->written[chat] + 1);
	bool is_accepted = gw_actor_send(gw_contact_actor(gw_session_contact(its, contacts[chat])),
			&(struct gw_message){ .id = id, .text = text });
	TELL("%s %s: %s\n", contacts[chat], is_accepted ? "writes" : "cannot write", text);
	all->written[chat] += is_accepted;
	world_settle(&all->world);
}

/* The last ones again, as after a reconnect. */
static void contact_is_played_back(void) {
	unsigned chat = take(CHATS);
	struct gw_session *its = session();
	for (unsigned number = all->written[chat] > 3 ? all->written[chat] - 2 : 1; its && number <= all->written[chat]; number++) {
		char text[ID_MAX], id[ID_MAX];
		snprintf(text, sizeof(text), "C%u.", number);
		snprintf(id, sizeof(id), "c%u", number);
		gw_actor_send(gw_contact_actor(gw_session_contact(its, contacts[chat])),
				&(struct gw_message){ .id = id, .text = text });
	}
	TELL("%s is played back\n", contacts[chat]);
	world_settle(&all->world);
}

/* What the user wrote: it has arrived, then, and has its id. */
static void user_is_played_back(void) {
	unsigned skipped = take(4);
	struct gw_session *its = session();
	for (struct letter *letter = all->letters; its && letter < all->letters + all->count; letter++) {
		bool is_open = letter->fate == ASKED || letter->fate == UNCERTAIN;
		if (letter->kind == TEXT && is_open && now_ms() - letter->asked_at_ms < LATE_MS && skipped-- == 0) {
			char text[ID_MAX], id[ID_MAX];
			snprintf(text, sizeof(text), "L%u.", letter->number);
			remote_id(id, letter);
			if (!gw_actor_send(gw_chat_self(gw_contact_chat(gw_session_contact(its, contacts[letter->chat]))),
					&(struct gw_message){ .id = id, .text = text, .nonce = letter->nonce })) {
				return;
			}
			TELL("played back: %u\n", letter->number);
			letter->is_told = true;
			letter->has_remote_id = true;
			if (letter->req && take(2)) {
				confirm(letter);
			}
			letter->fate = DONE; /* whatever becomes of the answer */
			world_settle(&all->world);
			return;
		}
	}
}

/* --- The user's side --- */

/* By the id that the client gives: of several the last one. */
static struct letter *find_target(unsigned chat, unsigned skipped) {
	struct letter *end = all->letters + all->count, *chosen = NULL;
	for (struct letter *letter = end; letter-- > all->letters && !chosen;) {
		if (letter->chat == chat && letter->kind != RETRACTION && *letter->id && skipped-- == 0) {
			chosen = letter;
		}
	}
	for (struct letter *letter = end; chosen && letter-- > all->letters;) {
		if (letter->chat == chat && letter->kind != RETRACTION && strcmp(letter->id, chosen->id) == 0) {
			return letter;
		}
	}
	return NULL;
}

/* Which of several retractions the module is given could not be told. */
static bool is_taken_back(const struct letter *text) {
	for (const struct letter *letter = all->letters; letter < all->letters + all->count; letter++) {
		if (letter->kind == RETRACTION && letter->about == text) {
			return true;
		}
	}
	return false;
}

static void name(struct letter *letter) {
	unsigned how = letter->kind == TEXT ? take(4) : 0;
	letter->is_id_its_own = how < 2;
	if (how < 2) {
		snprintf(letter->id, sizeof(letter->id), "%s-of-the-user-%u", letter->kind == TEXT ? "letter" : "change",
				letter->number);
	} else if (how == 2) {
		snprintf(letter->id, sizeof(letter->id), "%u", take(3));
	}
}

/* Where the server has an archive it has all of them. Lost: the server wrote it to a link that breaks now. */
static void hand_in(const struct letter *letter, const char *stanza, bool is_lost) {
	struct world *world = &all->world;
	TELL("%s%u: %s\n", is_lost ? "lost: " : "", letter->number, stanza);
	if (all->has_archive) {
		struct arena arena = { 0 };
		const char *problem = NULL;
		const char *text = arena_printf(&arena, "<message xmlns='%s'%s", NS_CLIENT, stanza + strlen("<message"));
		archives_add(world, romeo, xml_parse(&arena, text, strlen(text), &problem));
		arena_finish(&arena);
	}
	if (!is_lost) {
		world_feed(world, stanza);
	}
}

static void user_writes(bool is_lost) {
	if (!component_is_online(all->world.gateway->component) || all->count == LETTERS_MAX - 1) {
		return;
	}
	unsigned chat = take(CHATS), kind = take(6);
	struct letter *letter = &all->letters[all->count], *target = kind < 4 ? NULL : find_target(chat, take(3));
	*letter = (struct letter){ .number = ++all->count, .chat = chat };
	letter->about = target && target->kind == EDIT ? target->about : target;
	letter->kind = !target ? TEXT : kind == 4 || is_taken_back(letter->about) ? EDIT : RETRACTION;
	letter->is_about_known = target && target == letter->about && target->has_remote_id && target->is_id_its_own;
	name(letter);
	struct arena arena = { 0 };
	const char *id = *letter->id ? arena_printf(&arena, " id='%s'", letter->id) : "", *content;
	if (letter->kind == RETRACTION) {
		content = arena_printf(&arena, "<retract xmlns='urn:xmpp:message-retract:1' id='%s'/>", target->id);
	} else {
		content = arena_printf(&arena, "<body>L%u.</body><request xmlns='urn:xmpp:receipts'/>%s", letter->number,
				target ? arena_printf(&arena, "<replace xmlns='urn:xmpp:message-correct:0' id='%s'/>", target->id) : "");
	}
	const char *stanza = arena_printf(&arena, "<message type='chat' from='%s/orchard' to='%s@gw.lit'%s>%s</message>", romeo,
			contacts[chat], id, content);
	hand_in(letter, stanza, is_lost);
	arena_finish(&arena);
}

static void note_error(const char *from, const char *id) {
	for (struct letter *letter = all->letters; letter < all->letters + all->count; letter++) {
		size_t length = strlen(contacts[letter->chat]);
		if (strncmp(from, contacts[letter->chat], length) == 0 && strcmp(letter->id, id ? id : "") == 0) {
			letter->errors++;
		}
	}
}

static void note_shown(const struct xml_node *message, const char *from, const char *body) {
	unsigned number;
	unsigned chat = strncmp(from, contacts[0], strlen(contacts[0])) == 0 ? 0 : 1;
	const char *id = xml_get(message, "id");
	if (sscanf(body, "C%u.", &number) != 1) {
		return;
	}
	char its_id[ID_MAX];
	snprintf(its_id, sizeof(its_id), "c%u", number);
	if (!id || strcmp(id, its_id) != 0) {
		give_up("a contact's message is shown under another id", NULL);
	} else if (number > all->shown[chat] + 1) {
		give_up("a contact's message is not shown, or out of order", NULL);
	} else if (number == all->shown[chat] + 1) {
		all->shown[chat] = number;
	}
}

/* What the user was shown since this was looked at last. */
static void look(void) {
	struct sent_stanza *stanza = all->seen ? all->seen->next : all->world.sent.first;
	for (; stanza; stanza = stanza->next) {
		all->seen = stanza;
		const struct xml_node *xml = stanza->xml;
		const char *type = xml_get(xml, "type"), *from = xml_get(xml, "from"), *body = xml_child_text(xml, "body", NULL);
		if (strcmp(xml->name, "message") != 0) {
			continue;
		} else if (xml_find(xml, "privilege", NULL)) {
			give_up("something is shown as said elsewhere", NULL);
		} else if (type && strcmp(type, "error") == 0) {
			note_error(from, xml_get(xml, "id"));
		} else if (body && from) {
			note_shown(xml, from, body);
		}
	}
}

/* --- What goes wrong --- */

static void set_disk(bool is_full) {
	if (is_full != all->world.is_disk_full) {
		run(is_full ? "the disk is full\n" : "the disk has room again\n2 seconds pass\n");
	}
}

static void set_link(bool is_away) {
	if (is_away != all->is_link_away) {
		run(is_away ? "the link breaks\n" : "the link is back\n2 seconds pass\n");
		all->is_link_away = is_away;
	}
}

/* With a full disk nothing more of it is known than what it had before. */
static void die(bool is_in_order) {
	set_disk(false);
	if (is_in_order) {
		set_link(false);
	}
	look();
	TELL(is_in_order ? "the gateway stops\n" : "the gateway is killed\n");
	if (is_in_order ? !world_stop_gateway(&all->world) : !world_kill_gateway(&all->world)) {
		give_up(all->world.report.bytes, NULL);
	}
	if (is_in_order) {
		look();
	}
	while (all->seen ? all->seen->next != NULL : all->world.sent.first != NULL) {
		all->seen = all->seen ? all->seen->next : all->world.sent.first;
	}
	end_of_life();
	all->is_link_away = false;
	run("the gateway starts\n2 seconds pass\n");
}

static void lose_letters(void) {
	unsigned count = 1 + take(3);
	if (!all->has_archive || all->world.is_disk_full || !component_is_online(all->world.gateway->component)) {
		return;
	}
	while (count-- > 0) {
		user_writes(true);
	}
	if (take(2)) {
		die(false);
	} else {
		set_link(true);
	}
}

static void pass_time(void) {
	static const char *const times[] = { "1 second passes\n", "20 seconds pass\n", "1 minute passes\n", "10 minutes pass\n" };
	run(times[take(ARRAY_LENGTH(times))]);
}

static void lose_login(void) {
	struct gw_session *its = session();
	if (its && gw_session_is_logged_in(its)) {
		TELL("the login is lost\n");
		gw_session_lost(its, GW_LOSS_NETWORK, "Broken pipe.");
		world_settle(&all->world);
	}
}

static void tell(void) {
	for (unsigned i = 0; i < STEPS_MAX && all->left > 0; i++) {
		switch (take(21)) {
		default: user_writes(false); break;
		case 5: case 6: case 7: case 8: case 9: answer_some(); break;
		case 10: case 11: contact_writes(); break;
		case 12: contact_is_played_back(); break;
		case 13: user_is_played_back(); break;
		case 14: pass_time(); break;
		case 15: lose_login(); break;
		case 16: set_link(!all->is_link_away); break;
		case 17: die(false); break;
		case 18: die(true); break;
		case 19: set_disk(!all->world.is_disk_full); break;
		case 20: lose_letters(); break;
		}
		look();
	}
}

/* --- The beginning and the end --- */

static void begin(void) {
	struct world *world = &all->world;
	world->module.on_message = on_message;
	world->module.on_correct = on_correct;
	world->module.on_retract = on_retract;
	world->module.recognises_messages = take(4) == 0;
	all->is_one_at_a_time = take(2);
	world->module.messages_at_once = all->is_one_at_a_time ? 1 : 0;
	world_keep_store(world);
	all->has_archive = take(2);
	if (all->has_archive) {
		archives_set(world, romeo, NULL);
	}
	run(all->has_archive ? "server grants roster message archive\n" : "server grants roster message\n");
	run("romeo@montague.lit is logged in\n");
}

static void check(void) {
	for (const struct letter *letter = all->letters; letter < all->letters + all->count; letter++) {
		bool has_error = letter->errors > 0;
		if (letter->fate != DONE && !has_error) {
			give_up("lost without a word", letter);
		} else if (letter->fate == DONE && has_error && letter->is_id_its_own && !letter->is_told) {
			give_up("arrived, and its sender holds an error", letter);
		}
	}
	for (unsigned chat = 0; chat < CHATS; chat++) {
		if (all->shown[chat] != all->written[chat]) {
			give_up("what a contact wrote is not shown", NULL);
		}
	}
}

static void end(void) {
	struct world *world = &all->world;
	all->left = 0;
	set_disk(false);
	set_link(false);
	for (unsigned i = 0; i < LETTERS_MAX; i++) {
		answer_some();
	}
	run("2 hours pass\n");
	for (unsigned i = 0; i < LETTERS_MAX; i++) {
		answer_some();
	}
	run("2 hours pass\n");
	look();
	check();
	if (!world_stop_gateway(world)) {
		give_up(world->report.bytes, NULL);
	}
	end_of_life();
	scripted_answer_abandoned(world->scripted);
	world_settle(world);
	world_abandon(world);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
	static struct correspondence one;
	one = (struct correspondence){ .bytes = bytes, .left = size, .is_printed = getenv("GANGWAY_FUZZ_STORY") != NULL };
	all = &one;
	next_number = 0;
	world_init(&one.world, &one.script, NULL);
	begin();
	tell();
	end();
	world_finish(&one.world);
	arena_release_cache();
	return 0;
}
