/* SPDX-License-Identifier: MPL-2.0 */
/* A gateway from start to stop, and what happens when the link to the server comes and goes. */
#include "gateway/gateway.h"

#include "codec/form.h"
#include "codec/message.h"
#include "gateway/absence.h"
#include "gateway/arrivals.h"
#include "gateway/avatar.h"
#include "gateway/bob.h"
#include "gateway/client_caps.h"
#include "gateway/contact.h"
#include "gateway/deliveries.h"
#include "gateway/journal.h"
#include "gateway/link.h"
#include "gateway/login_pace.h"
#include "gateway/login_queue.h"
#include "gateway/message_ids.h"
#include "gateway/news.h"
#include "gateway/outbox.h"
#include "gateway/pressure.h"
#include "gateway/privileges.h"
#include "gateway/prompt.h"
#include "gateway/recovery.h"
#include "gateway/registration.h"
#include "gateway/roster.h"
#include "gateway/their_ids.h"
#include "gateway/upload.h"
#include "util/digest.h"
#include "util/mem.h"
#include "xml/ns.h"
#include "xmpp/jid.h"

#include <stdlib.h>
#include <string.h>

enum { STOP_TIMEOUT_MS = 6000 };

static void handle_stanza(struct stanza *stanza, void *data);
static void handle_refused(const struct xml_node *error, void *data);
static bool may_send(void *data);
static void finish_stop(void *data);
static void drained(void *data);
static void left(bool is_complete, void *data);

static const struct component_events component_events = {
	.on_shaking = link_comes,
	.on_online = link_came,
	.on_stanza = handle_stanza,
	.on_offline = link_went,
	.on_refused = handle_refused,
	.may_send = may_send,
};

/* --- Making one --- */

static const char *missing_for_type(const struct gw_module *module, enum gw_registration_type type) {
	if (type == GW_REGISTRATION_TWO_FACTOR_CODE && !module->validate_two_factor_code) {
		return "validate_two_factor_code";
	}
	return type == GW_REGISTRATION_QRCODE && !module->get_qr_text ? "get_qr_text" : NULL;
}

static const char *missing_callback(const struct gw_module *module) {
	if (!module->component_name) {
		return "component_name";
	} else if (!module->validate) {
		return "validate";
	} else if (!module->login) {
		return "login";
	} else if (!module->logout) {
		return "logout";
	} else if (missing_for_type(module, module->registration_type)) {
		return missing_for_type(module, module->registration_type);
	} else if (!module->id_to_local != !module->local_to_id) {
		return "one of id_to_local and local_to_id";
	}
	return NULL;
}

static bool check_options(struct gw_gateway *gateway, char **out_error) {
	for (const struct gw_module_option *option = gateway->module->options; option && option->name; option++) {
		if (option->required && !gw_gateway_option(gateway, option->name)) {
			*out_error = mem_printf("%s: the option “%s” is required (%s)", gateway->jid.bare, option->name,
					option->help);
			return false;
		}
	}
	return true;
}

static void handle_store_trouble(const char *text, void *data) {
	struct gw_gateway *gateway = data;
	if (!gateway->component) {
		return; /* It has stopped, and nothing is held back any more. */
	}
	if (text) {
		gw_log_error(&gateway->log, "nothing can be stored: %s. Waiting, and holding everything back", text);
		component_pause(gateway->component);
	} else {
		gw_log_info(&gateway->log, "storing works again");
		component_resume(gateway->component);
	}
	journal_store_changed(gateway->journal);
	pressure_update(gateway);
	if (!text) {
		deliveries_resume(gateway); /* behind the module's hearing that there is room: it may answer at once */
	}
	if (!text && gateway->is_kept_away && !gateway->is_stopping) {
		gateway->is_kept_away = false;
		component_start(gateway->component);
	}
}

/* From the key, which stays the same as long as the store does. */
static const char *derive_self_prefix(struct arena *arena, const uint8_t key[static DIGEST_KEY_SIZE]) {
	static const char label[] = "ids of messages in users' names";
	uint8_t seed[DIGEST_KEY_SIZE + sizeof(label)], hash[DIGEST_SHA256_SIZE];
	memcpy(seed, key, DIGEST_KEY_SIZE);
	memcpy(seed + DIGEST_KEY_SIZE, label, sizeof(label));
	digest_sha256(seed, sizeof(seed), hash);
	explicit_bzero(seed, sizeof(seed));
	return arena_printf(arena, "self-%.10s-", digest_hex(arena, hash, sizeof(hash)));
}

static bool open_store(struct gw_gateway *gateway, char **out_error) {
	struct store_options options = gateway->options->store;
	uint8_t key[DIGEST_KEY_SIZE];
	if (!options.key) {
		digest_random(key, sizeof(key));
		options.key = key;
	}
	options.log = &gateway->log;
	options.on_trouble = handle_store_trouble;
	options.data = gateway;
	gateway->self_prefix = derive_self_prefix(&gateway->arena, options.key);
	gateway->store = store_open(gateway->loop, &options, out_error);
	return gateway->store != NULL;
}

static bool load_session(const struct store_user *user, void *data) {
	session_new(data, user);
	return true;
}

/* What the core asks users itself. */
static const struct gw_form_field sync_presence = {
	.var = "sync_presence",
	.label = "Show my presence on the network",
	.type = GW_FIELD_BOOLEAN,
	.value = "true",
};

static const struct gw_form_option keeping_times[] = {
	{ "default", "As the gateway usually does" },
	{ "0", "Do not keep it: tell me at once" },
	{ "600", "10 minutes" },
	{ "3600", "An hour" },
	{ "86400", "A day" },
	{ "604800", "A week" },
	{ 0 },
};

static const struct gw_form_field keep_messages = {
	.var = "keep_messages",
	.label = "While the network cannot be reached, keep what I write for",
	.type = GW_FIELD_LIST_SINGLE,
	.value = "default",
	.options = keeping_times,
};

/* The core's own questions, then the module's. */
static void collect_preferences(struct gw_gateway *gateway) {
	const struct gw_module *module = gateway->module;
	size_t count = module->preferences ? form_field_count(module->preferences) : 0;
	struct gw_form_field *field = arena_new(&gateway->arena, (count + 3) * sizeof(*field));
	gateway->preference_fields = field;
	if (module->on_presence) {
		*field++ = sync_presence;
	}
	if (count) {
		memcpy(field, module->preferences, count * sizeof(*field));
		field += count;
	}
	if (module->on_message) {
		*field = keep_messages;
	}
}

static bool fill_in(struct gw_gateway *gateway, char **out_error) {
	const char *missing = missing_callback(gateway->module);
	if (missing) {
		*out_error = mem_printf("the module lacks %s", missing);
		return false;
	}
	if (!jid_parse(&gateway->arena, gateway->options->component.jid, &gateway->jid) || gateway->jid.local) {
		*out_error = mem_printf("“%s” cannot be the address of a component", gateway->options->component.jid);
		return false;
	}
	gateway->log.name = gateway->jid.bare;
	collect_preferences(gateway);
	return check_options(gateway, out_error) && open_store(gateway, out_error);
}

static bool start_module(struct gw_gateway *gateway, struct gateway_problem *out_problem) {
	gateway->problem = out_problem;
	gateway->is_started = !gateway->module->start || gateway->module->start(gateway);
	gateway->problem = NULL;
	if (!gateway->is_started && !out_problem->text) {
		out_problem->text = mem_printf("%s: the module could not start", gateway->jid.bare);
	}
	return !out_problem->text;
}

/* A disk that cannot be read for a moment must not look like a store in which nothing waits: the next start may be luckier. */
static bool has_read_all(struct gw_gateway *gateway, char **out_error) {
	if (!store_is_misread(gateway->store)) {
		return true;
	}
	store_give_up(gateway->store);
	*out_error = mem_printf("%s: not everything in the store could be read. It stays as it is", gateway->jid.bare);
	return false;
}

struct gw_gateway *gateway_new(struct gw_loop *loop, const struct gateway_options *options,
		const struct gateway_hooks *hooks, struct gateway_problem *out_problem) {
	struct gw_gateway *gateway = mem_new(sizeof(*gateway));
	*out_problem = (struct gateway_problem){ 0 };
	gateway->options = options;
	gateway->hooks = hooks;
	gateway->module = options->module;
	gateway->registration_type = options->module->registration_type;
	gateway->loop = loop;
	gateway->started_at_ms = gw_time_ms(loop);
	scope_init(&gateway->scope, loop_scope(loop));
	if (!fill_in(gateway, &out_problem->text)) {
		gateway_free(gateway);
		return NULL;
	}
	struct component_options component = options->component;
	component.log = &gateway->log;
	component.jid = gateway->jid.bare;
	gateway->component = component_new(loop_scope(loop), &component, &component_events, gateway);
	gateway->journal = journal_new(gateway);
	gateway->deliveries = deliveries_new(gateway);
	gateway->arrivals = arrivals_new(gateway);
	gateway->recovery = recovery_new(gateway);
	gateway->absence = absence_new(gateway);
	gateway->asks = asks_new(gateway->component);
	gateway->grants = privileges_new(gateway);
	gateway->logins = login_queue_new(gateway, options->logins_at_once);
	gateway->login_paces = login_paces_new();
	gateway->upload = upload_new(gateway);
	gateway->bobs = bobs_new(gateway);
	gateway->message_ids = message_ids_new(gateway);
	gateway->their_ids = their_ids_new(gateway);
	gateway->client_caps = client_caps_new(gateway);
	avatar_load(gateway, link_announce);
	gateway->prompts = prompts_new(gateway);
	gateway->registrations = registrations_new(gateway);
	gateway->features = hooks->features_new(gateway, &out_problem->text);
	if (!gateway->features) {
		gateway_free(gateway);
		return NULL;
	}
	gateway->module_data = gateway->module->gateway_size ? mem_new(gateway->module->gateway_size) : NULL;
	if (!start_module(gateway, out_problem)) {
		gateway_free(gateway);
		return NULL;
	}
	if (!store_users_each(gateway->store, load_session, gateway)) {
		store_give_up(gateway->store);
		out_problem->text = mem_printf("%s: the accounts cannot be read from the store: it is damaged, restore it from a "
				"backup", gateway->jid.bare);
		gateway_free(gateway);
		return NULL;
	}
	deliveries_restore(gateway);
	if (!has_read_all(gateway, &out_problem->text)) {
		gateway_free(gateway);
		return NULL;
	}
	return gateway;
}

void gateway_start(struct gw_gateway *gateway) {
	absence_try_store(gateway->absence);
	gateway->is_kept_away = !store_commit(gateway->store);
	if (!gateway->is_kept_away) {
		component_start(gateway->component);
	}
}

static void close_sessions(struct gw_gateway *gateway) {
	for (struct gw_session *session = gateway->sessions, *next; session; session = next) {
		next = session->hh.next;
		session_close(session);
	}
}

/* What keeps account of what comes in goes on doing so, but asks nothing any more. */
static void stop_watching(struct gw_gateway *gateway) {
	link_stop_settling(gateway);
	if (gateway->absence) {
		arrivals_link_went(gateway->arrivals);
		absence_link_went(gateway->absence, true);
	}
}

/*
 * What is under way ends while there is still a link to say so: requests are given up, and who asked is answered. The
 * module goes last.
 */
static void end_work(struct gw_gateway *gateway) {
	close_sessions(gateway);
	stop_watching(gateway);
	scope_close(&gateway->scope);
	if (gateway->is_started && gateway->module->stop) {
		gateway->module->stop(gateway);
	}
	size_t count = gateway->is_started ? request_count_unanswered(gateway) : 0;
	if (count > 0) {
		gw_log_warning(&gateway->log, "the module stopped and left %zu request%s without an answer", count,
				count == 1 ? "" : "s");
	}
	gateway->is_started = false;
}

void gateway_free(struct gw_gateway *gateway) {
	if (!gateway) {
		return;
	}
	gateway->is_stopped = gateway->is_stopping = true;
	end_work(gateway);
	if (gateway->features) {
		gateway->hooks->features_free(gateway);
	}
	if (gateway->asks) {
		asks_free(gateway->asks);
	}
	if (gateway->store) {
		store_commit(gateway->store);
	}
	component_close(gateway->component);
	loop_end_turn(gateway->loop);
	journal_free(gateway->journal);
	deliveries_free(gateway->deliveries);
	arrivals_free(gateway->arrivals);
	recovery_free(gateway->recovery);
	absence_free(gateway->absence);
	login_queue_free(gateway->logins);
	login_paces_free(gateway->login_paces);
	prompts_free(gateway->prompts);
	registrations_free(gateway->registrations);
	upload_free(gateway->upload);
	bobs_free(gateway->bobs);
	message_ids_free(gateway->message_ids);
	their_ids_free(gateway->their_ids);
	client_caps_free(gateway->client_caps);
	avatar_free(gateway->avatar);
	privileges_free(gateway->grants);
	store_close(gateway->store);
	arena_finish(&gateway->arena);
	free(gateway->module_data);
	free(gateway);
}

static bool may_send(void *data) {
	const struct gw_gateway *gateway = data;
	return !store_is_blocked(gateway->store);
}

/* --- Stopping --- */

static void session_logged_out(struct gw_session *session, void *data) {
	(void)session;
	struct gw_gateway *gateway = data;
	if (gateway->is_stopped || --gateway->logging_out > 0) {
		return;
	}
	gw_defer(&gateway->scope, finish_stop, gateway);
}

void gateway_stop(struct gw_gateway *gateway, void (*stopped)(void *data), void *data) {
	gateway->is_stopping = true;
	gateway->stopped = stopped;
	gateway->stopped_data = data;
	gateway->logging_out = 1;
	gw_timer_start(&gateway->scope, STOP_TIMEOUT_MS, finish_stop, gateway);
	for (struct gw_session *session = gateway->sessions, *next; session; session = next) {
		next = session->hh.next;
		gateway->logging_out++;
		session_log_out(session, session_logged_out, gateway);
	}
	session_logged_out(NULL, gateway);
}

/* Everybody sees that the gateway goes (row Q15). */
static void say_goodbye(struct gw_gateway *gateway) {
	news_tell_all(gateway);
	for (struct gw_session *session = gateway->sessions; session; session = session->hh.next) {
		contacts_set_offline(session);
		if (session->show != GW_SHOW_OFFLINE) {
			gw_session_set_status(session, GW_SHOW_OFFLINE, NULL);
		}
	}
}

/* Everybody has left; what is still to be said to users is said, and the server has to have it. */
static void finish_stop(void *data) {
	struct gw_gateway *gateway = data;
	if (gateway->is_stopped) {
		return;
	}
	gateway->is_stopped = true;
	say_goodbye(gateway);
	end_work(gateway);
	journal_drain(gateway->journal, drained, gateway);
}

static void drained(void *data) {
	struct gw_gateway *gateway = data;
	if (!store_commit(gateway->store)) {
		gw_log_error(&gateway->log, "stopping although not everything could be stored");
	}
	gateway->is_leaving = true;
	component_leave(gateway->component, left, gateway);
}

static void left(bool is_complete, void *data) {
	struct gw_gateway *gateway = data;
	if (is_complete) {
		absence_say_goodbye(gateway->absence);
	} else {
		gw_log_warning(&gateway->log, "the XMPP server did not end the stream: what it wrote last may be lost, and users will "
				"be told");
	}
	component_close(gateway->component);
	gateway->component = NULL;
	gateway->stopped(gateway->stopped_data);
}

/* --- What comes in --- */

/* Our own questions to ourselves come back by way of the server; nothing else from us is of interest (row A14). */
static void handle_own(struct gw_gateway *gateway, struct stanza *stanza) {
	if (journal_handle_own(gateway->journal, stanza)) {
		return;
	}
	if (stanza->kind == STANZA_IQ && stanza->type && strcmp(stanza->type, "get") == 0) {
		component_send(gateway->component, stanza_reply(stanza, "result"));
	}
}

bool gateway_is_own_copy(const struct gw_gateway *gateway, const struct stanza *stanza) {
	return stanza->kind == STANZA_MESSAGE && stanza->id &&
			strncmp(stanza->id, gateway->self_prefix, strlen(gateway->self_prefix)) == 0;
}

static void handle_stanza(struct stanza *stanza, void *data) {
	struct gw_gateway *gateway = data;
	if (stanza_is_answer(stanza) && asks_handle(gateway->asks, stanza)) {
		/* Whoever asked has it. */
	} else if (strcmp(stanza->from.domain, gateway->jid.domain) == 0) {
		handle_own(gateway, stanza);
	} else if (gateway_is_own_copy(gateway, stanza) || !arrivals_note(gateway->arrivals, stanza)) {
		/* It has been here. */
	} else if (gateway->is_leaving) {
		deliveries_leave_behind(gateway->deliveries, stanza);
	} else {
		absence_note_alive(gateway->absence);
		gateway->hooks->on_stanza(gateway, stanza);
	}
	stanza_unref(stanza);
}

/* Whoever wrote the message hears of it, whatever happens to the link. */
static void handle_refused(const struct xml_node *error, void *data) {
	struct gw_gateway *gateway = data;
	if (strcmp(error->name, "message") == 0) {
		outbox_send_message(gateway, error);
	} else {
		component_send(gateway->component, error);
	}
}

/* --- What everybody asks --- */

static bool is_listed(const char *const *list, const char *name) {
	for (; list && *list; list++) {
		if (strcmp(*list, name) == 0) {
			return true;
		}
	}
	return false;
}

/* Whole domains only: nothing that merely ends or begins like one of them (W-42). */
bool gateway_allows_user(const struct gw_gateway *gateway, const struct gw_jid *jid) {
	return jid->local && is_listed(gateway->options->user_domains, jid->domain);
}

bool gateway_is_admin(const struct gw_gateway *gateway, const struct gw_jid *jid) {
	return is_listed(gateway->options->admins, jid->bare);
}

void gateway_tell(struct gw_gateway *gateway, const char *to, const char *text) {
	gw_actor_send(gw_gateway_actor(gateway, to), &(struct gw_message){ .text = text });
}

const char *gateway_name(const struct gw_gateway *gateway) {
	return gateway->module->component_name;
}

const char *gateway_roster_group(const struct gw_gateway *gateway) {
	return gateway->module->roster_group ? gateway->module->roster_group : gateway->module->component_name;
}

const struct gw_form_field *gateway_registration_fields(const struct gw_gateway *gateway) {
	static const struct gw_form_field fields[] = {
		{ .var = "username", .label = "User name", .required = true },
		{ .var = "password", .label = "Password", .type = GW_FIELD_TEXT_PRIVATE, .required = true },
		{ 0 },
	};
	const struct gw_form_field *own = gateway->registration_fields ? gateway->registration_fields :
			gateway->module->registration_fields;
	return own ? own : fields;
}

const char *gateway_registration_instructions(const struct gw_gateway *gateway) {
	const char *text = gateway->module->registration_instructions;
	return text ? text : "Enter your credentials";
}

const struct gw_form_field *gateway_search_fields(const struct gw_gateway *gateway) {
	static const struct gw_form_field fields[] = {
		{ .var = "first", .label = "First name", .required = true },
		{ .var = "last", .label = "Last name", .required = true },
		{ .var = "phone", .label = "Phone number" },
		{ 0 },
	};
	return gateway->module->search_fields ? gateway->module->search_fields : fields;
}

const char *gateway_search_title(const struct gw_gateway *gateway) {
	return gateway->module->search_title ? gateway->module->search_title : "Search for contacts";
}

const struct gw_form_field *gateway_preference_fields(const struct gw_gateway *gateway) {
	return gateway->preference_fields;
}

/* --- What modules see --- */

void *gw_gateway_data(const struct gw_gateway *gateway) {
	return gateway->module_data;
}

const struct gw_jid *gw_gateway_jid(const struct gw_gateway *gateway) {
	return &gateway->jid;
}

struct gw_scope *gw_gateway_scope(struct gw_gateway *gateway) {
	return &gateway->scope;
}

const struct gw_log *gw_gateway_log(const struct gw_gateway *gateway) {
	return &gateway->log;
}

const char *gw_gateway_option(const struct gw_gateway *gateway, const char *name) {
	const struct gateway_options *options = gateway->options;
	const char *value = options->module_option ? options->module_option(name, options->module_option_data) : NULL;
	for (const struct gw_module_option *option = gateway->module->options; !value && option && option->name; option++) {
		if (strcmp(option->name, name) == 0) {
			value = option->value;
		}
	}
	return value;
}

bool gw_gateway_refuse_option(struct gw_gateway *gateway, const char *name, const char *expected) {
	struct gateway_problem *problem = gateway->problem;
	if (problem && !problem->text) {
		const char *value = gw_gateway_option(gateway, name);
		problem->option = mem_strdup(name);
		problem->text = value ? mem_printf("“%s” is “%s”: expected %s", name, value, expected) :
				mem_printf("“%s” is missing: expected %s", name, expected);
	}
	return false;
}

bool gw_gateway_set_registration_type(struct gw_gateway *gateway, enum gw_registration_type type) {
	if (missing_for_type(gateway->module, type)) {
		return false;
	}
	gateway->registration_type = type;
	return true;
}

void gw_gateway_set_registration_fields(struct gw_gateway *gateway, const struct gw_form_field *fields) {
	gateway->registration_fields = fields;
}

struct gw_session *gw_gateway_find_session(struct gw_gateway *gateway, const char *jid) {
	return session_find(gateway, jid);
}

struct gw_session *gw_gateway_next_session(struct gw_gateway *gateway, struct gw_session *previous) {
	return previous ? previous->hh.next : gateway->sessions;
}
