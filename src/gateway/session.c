/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A registered user and their login. Only enter() changes the state:
 *
 *	IDLE -> QUEUED -> LOGGING_IN -> LOGGED_IN -> (lost) RETRYING -> QUEUED ...
 *	                       |-> (failed) RETRYING, or IDLE when only the user can help
 *	any -> LOGGING_OUT -> IDLE -> CLOSED
 */
#include "gateway/session.h"

#include "codec/form.h"
#include "gateway/contact.h"
#include "gateway/deliveries.h"
#include "gateway/early.h"
#include "gateway/gateway.h"
#include "gateway/login_queue.h"
#include "gateway/news.h"
#include "gateway/outbox.h"
#include "gateway/recovery.h"
#include "gateway/returned.h"
#include "gateway/roster.h"
#include "gateway/share.h"
#include "util/digest.h"
#include "util/mem.h"
#include "util/text.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
	LOGOUT_TIMEOUT_MS = 5000,
	LASTING_MS = 60000, /* a login that is lost sooner was no success */
};

struct after_logout {
	struct after_logout *next;
	void (*run)(struct gw_session *session, void *data);
	void *data;
};

static void login_answered(struct request_result *result, void *data);
static void logout_answered(struct request_result *result, void *data);
static void retry(void *data);

/* --- Opening and closing --- */

/*
 * Was prepared when it was stored. "romeo@montague.lit" and, behind it, "romeo": one small allocation, for there are many
 * sessions.
 */
static void set_jid(struct gw_session *session, const char *bare) {
	const char *at = strchr(bare, '@');
	size_t size = strlen(bare) + 1, local_size = at ? (size_t)(at - bare) : 0;
	char *strings = mem_new(size + local_size + 1);
	memcpy(strings, bare, size);
	memcpy(strings + size, bare, local_size);
	session->jid_strings = strings;
	session->jid = (struct gw_jid){
		.local = at ? strings + size : NULL,
		.domain = at ? strings + local_size + 1 : strings,
		.bare = strings,
		.full = strings,
	};
}

struct gw_session *session_new(struct gw_gateway *gateway, const struct store_user *user) {
	struct gw_session *session = mem_new(sizeof(*session));
	session->gateway = gateway;
	scope_init(&session->scope, &gateway->scope);
	set_jid(session, user->jid);
	session->log = (struct gw_log){ .parent = &gateway->log, .name = session->jid.bare };
	session->id = user->id;
	session->preferences = mem_strdup(user->preferences);
	session->is_welcomed = user->is_welcomed;
	session->is_leaving = user->is_leaving;
	session->entry = (enum gateway_entry)user->entry;
	session->archive_until_ms = user->archive_until_ms;
	session->told_until_ms = user->told_until_ms;
	session->show = GW_SHOW_OFFLINE;
	session->is_behind = !gateway->is_link_ready;
	const struct gw_module *module = gateway->module;
	session->module_data = module->session_size ? mem_new(module->session_size) : NULL;
	HASH_ADD_KEYPTR(hh, gateway->sessions, session->jid.bare, strlen(session->jid.bare), session);
	gateway->session_count++;
	if (module->session_opened) {
		module->session_opened(session);
	}
	return session;
}

static void session_free(void *pointer) {
	struct gw_session *session = pointer;
	resources_finish(&session->resources);
	free(session->module_data);
	free(session->preferences);
	free(session->status);
	free(session->last_refusal);
	free(session->jid_strings);
	free(session);
}

static void run_after_logout(struct gw_session *session);

void session_close(struct gw_session *session) {
	struct gw_gateway *gateway = session->gateway;
	if (session->state == SESSION_QUEUED) {
		login_queue_remove(gateway->logins, session);
	}
	session->state = SESSION_CLOSED;
	login_queue_done(gateway->logins, session);
	if (gateway->restore_next == session) {
		gateway->restore_next = session->hh.next;
	}
	news_forget(session);
	share_close(session);
	recovery_close(session);
	HASH_DEL(gateway->sessions, session);
	gateway->session_count--;
	scope_close(&session->scope);
	deliveries_close(session);
	early_forget(session);
	returned_close(session);
	contacts_close(session);
	loop_free_later(gateway->loop, session, session_free);
	if (gateway->module->session_closed) {
		gateway->module->session_closed(session);
	}
	run_after_logout(session);
}

struct gw_session *session_find(struct gw_gateway *gateway, const char *bare_jid) {
	struct gw_session *session = NULL;
	HASH_FIND_STR(gateway->sessions, bare_jid, session);
	return session;
}

/* --- The status line --- */

void session_send_status(struct gw_session *session, const char *to) {
	if (!to) {
		session->is_status_news = news_have_to_wait(session);
		if (session->is_status_news) {
			news_add(session);
			return;
		}
	}
	outbox_presence(session->gateway, NULL, to ? to : session->jid.bare, NULL, session->show, session->status);
}

void session_send_presences(struct gw_session *session) {
	session_send_status(session, NULL);
	for (struct gw_contact *contact = session->first_contact; contact; contact = contact->next) {
		if (contact->show != GW_SHOW_OFFLINE || contact->is_shown || contact->is_news) {
			contact_send_presence(contact, NULL);
		}
	}
}

void gw_session_set_status(struct gw_session *session, enum gw_show show, const char *text) {
	const char *before = session->status ? session->status : "", *now = text ? text : "";
	if (session->show == show && strcmp(before, now) == 0) {
		return;
	}
	session->show = show;
	mem_set_string(&session->status, text);
	session_send_status(session, NULL);
}

/* --- Times between attempts --- */

/* How soon the first attempt comes after a loss, and how far apart they become. 0: none by itself. */
static const struct {
	int64_t first_ms, max_ms;
	bool may_be_sooner; /* nobody asked for patience */
} pace[] = {
	[GW_LOSS_NETWORK] = { 2000, 5 * 60000, true },
	[GW_LOSS_THROTTLED] = { 60000, 60 * 60000, false },
	[GW_LOSS_BANNED] = { 6 * 3600000, 6 * 3600000, false },
	[GW_LOSS_CREDENTIALS] = { 0, 0, false },
};

/*
 * Twice as long each time, and up to half of it sooner or later, so that not all users come back together: sooner where
 * the network broke, later where it wants to be left in peace.
 */
static int64_t next_delay(const struct gw_session *session) {
	int64_t delay_ms = pace[session->loss].first_ms;
	for (unsigned i = 1; i < session->failures && delay_ms < pace[session->loss].max_ms; i++) {
		delay_ms *= 2;
	}
	if (delay_ms > pace[session->loss].max_ms) {
		delay_ms = pace[session->loss].max_ms;
	}
	int64_t least_ms = pace[session->loss].may_be_sooner ? delay_ms / 2 : delay_ms;
	return least_ms + (int64_t)digest_random_number((uint64_t)delay_ms / 2 + 1);
}

/* --- The states --- */

static void enter(struct gw_session *session, enum session_state state) {
	assert(session->state != SESSION_CLOSED);
	gw_timer_stop(session->retry);
	session->retry = NULL;
	if (session->state == SESSION_QUEUED) {
		login_queue_remove(session->gateway->logins, session);
	}
	session->state = state;
	if (state == SESSION_QUEUED) {
		login_queue_add(session->gateway->logins, session);
	} else if (state == SESSION_RETRYING) {
		session->retry = gw_timer_start(&session->scope, next_delay(session), retry, session);
	}
}

static void retry(void *data) {
	struct gw_session *session = data;
	session->retry = NULL;
	enter(session, SESSION_QUEUED);
}

/* Nobody logs in any more who is leaving, for good or with the gateway. */
static bool may_log_in(const struct gw_session *session) {
	return !session->is_leaving && !session->gateway->is_stopping;
}

/* Just opened, or waiting for its turn or for better times: but not for years, and not for another password. */
bool session_will_come_back(const struct gw_session *session) {
	if (!may_log_in(session)) {
		return false;
	} else if (session->state == SESSION_IDLE) {
		return session->failures == 0;
	}
	return session->state != SESSION_CLOSED && !(session->state == SESSION_RETRYING && session->loss == GW_LOSS_BANNED);
}

void session_log_in(struct gw_session *session) {
	if ((session->state == SESSION_IDLE || session->state == SESSION_RETRYING) && may_log_in(session)) {
		enter(session, SESSION_QUEUED);
	}
}

static void tidied_up(struct gw_session *session, void *data);

/* It is this session's turn. What a lost login left behind is tidied up by logout() first. */
void session_begin_login(struct gw_session *session) {
	if (session->failures > 0) {
		session_log_out(session, tidied_up, NULL);
		return;
	}
	enter(session, SESSION_IDLE);
	tidied_up(session, NULL);
}

static void tidied_up(struct gw_session *session, void *data) {
	(void)data;
	struct gw_gateway *gateway = session->gateway;
	if (session->state != SESSION_IDLE || !may_log_in(session)) {
		login_queue_done(gateway->logins, session);
		return;
	}
	enter(session, SESSION_LOGGING_IN);
	if (session->failures == 0) {
		gw_session_set_status(session, GW_SHOW_DND, "Logging in…");
	}
	session->login = request_new(&session->scope, &(struct request_options){
		.name = "login",
		.answers = ANSWER_PLAIN | ANSWER_TEXT | ANSWER_LOGIN,
		.timeout_ms = gateway->options->request_timeout_ms,
		.log = &session->log,
		.gateway = session->gateway,
	}, login_answered, session);
	gateway->module->login(session->login, session);
}

/* Modules hand on phrases, such as a connection's `connection refused`, and another sentence follows. */
static bool is_phrase(const char *text) {
	size_t size = text_trimmed_size(text);
	char last = size > 0 ? text_lower(text[size - 1]) : '.';
	return (last >= 'a' && last <= 'z') || (last >= '0' && last <= '9');
}

/* Says once what happened and what comes next; repeated failures of the same kind only keep the status. */
static void handle_loss(struct gw_session *session, enum gw_loss loss, const char *text) {
	if ((size_t)loss >= ARRAY_LENGTH(pace)) {
		loss = GW_LOSS_NETWORK;
	}
	bool is_news = session->failures == 0 || session->loss != loss;
	session->loss = loss;
	session->failures = is_news ? 1 : session->failures + 1; /* each kind of loss keeps its own pace */
	bool will_retry = pace[loss].first_ms > 0;
	struct arena arena = { 0 };
	contacts_set_offline(session);
	enter(session, will_retry ? SESSION_RETRYING : SESSION_IDLE);
	const char *outlook = loss == GW_LOSS_CREDENTIALS ?
			"Change your login with the command `credentials`, or try again with `re-login`." :
			loss == GW_LOSS_BANNED ? "The gateway tries again after some hours; `re-login` tries now." :
			"The gateway keeps trying.";
	const char *line = arena_printf(&arena, "Not connected: %s%s %s", text, is_phrase(text) ? "." : "", outlook);
	gw_log(&session->log, is_news ? GW_LOG_INFO : GW_LOG_DEBUG, "not connected: %s", text);
	gw_session_set_status(session, will_retry && loss != GW_LOSS_BANNED ? GW_SHOW_AWAY : GW_SHOW_DND, line);
	if (!will_retry || loss == GW_LOSS_BANNED || session->is_user_waiting) {
		if (is_news || session->is_user_waiting) {
			gateway_tell(session->gateway, session->jid.bare, line);
		}
	}
	session->is_user_waiting = false;
	if (session_will_come_back(session)) {
		deliveries_session_went(session);
	} else {
		deliveries_session_stays_away(session, session_unavailable_text(&arena, session));
	}
	arena_finish(&arena);
}

static void login_answered(struct request_result *result, void *data) {
	struct gw_session *session = data;
	session->login = NULL;
	login_queue_done(session->gateway->logins, session);
	if (result->is_cancelled || session->state != SESSION_LOGGING_IN) {
		return;
	}
	if (result->condition != GW_OK) {
		handle_loss(session, result->condition == GW_REMOTE_SERVER_TIMEOUT ? GW_LOSS_NETWORK : result->loss,
				result->text);
		return;
	}
	gw_log_info(&session->log, "logged in");
	session->past_failures = session->failures;
	session->failures = 0;
	session->logged_in_at_ms = gw_now_ms(session->gateway->loop);
	session->is_user_waiting = false;
	enter(session, SESSION_LOGGED_IN);
	gw_session_set_status(session, GW_SHOW_CHAT, result->text ? result->text : "Connected");
	deliveries_session_came(session);
	roster_probe_user(session);
}

void gw_session_lost(struct gw_session *session, enum gw_loss loss, const char *text) {
	if (session->state != SESSION_LOGGED_IN) {
		return;
	}
	if (gw_now_ms(session->gateway->loop) - session->logged_in_at_ms < LASTING_MS) {
		session->failures = session->past_failures;
	}
	handle_loss(session, loss, text_is_blank(text) ? "The connection to the network was lost." : text);
}

/* --- Logging out --- */

/* Everyone who waited, each once; the first may have closed the session. */
static void run_after_logout(struct gw_session *session) {
	struct after_logout *waiting = session->after_logout;
	session->after_logout = NULL;
	while (waiting) {
		struct after_logout *next = waiting->next;
		waiting->run(session, waiting->data);
		free(waiting);
		waiting = next;
	}
}

void session_log_out(struct gw_session *session, void (*logged_out)(struct gw_session *session, void *data), void *data) {
	struct after_logout *waiting = mem_new(sizeof(*waiting));
	*waiting = (struct after_logout){ .run = logged_out, .data = data };
	struct after_logout **last = &session->after_logout;
	while (*last) {
		last = &(*last)->next;
	}
	*last = waiting;
	if (session->state == SESSION_LOGGING_OUT) {
		return;
	}
	bool was_begun = session->state == SESSION_LOGGING_IN || session->state == SESSION_LOGGED_IN || session->failures > 0;
	struct gw_request *login = session->login;
	enter(session, SESSION_LOGGING_OUT);
	request_cancel(login);
	if (!was_begun) {
		enter(session, SESSION_IDLE);
		run_after_logout(session);
		return;
	}
	session->logout = request_new(&session->scope, &(struct request_options){
		.name = "logout",
		.answers = ANSWER_PLAIN,
		.timeout_ms = LOGOUT_TIMEOUT_MS,
		.log = &session->log,
		.gateway = session->gateway,
	}, logout_answered, session);
	session->gateway->module->logout(session->logout, session);
}

/* Whatever the module says to it: the session counts as logged out. */
static void logout_answered(struct request_result *result, void *data) {
	(void)result;
	struct gw_session *session = data;
	session->logout = NULL;
	if (session->state == SESSION_LOGGING_OUT) {
		contacts_set_offline(session);
		enter(session, SESSION_IDLE);
		run_after_logout(session);
	}
}

static void log_in_after_logout(struct gw_session *session, void *data) {
	(void)data;
	if (session->state != SESSION_IDLE) {
		return;
	}
	session->failures = 0;
	session->is_user_waiting = true;
	session_log_in(session);
}

void session_log_in_again(struct gw_session *session) {
	session_log_out(session, log_in_after_logout, NULL);
}

/* --- What modules see, and what features ask --- */

void *gw_session_data(const struct gw_session *session) {
	return session->module_data;
}

struct gw_gateway *gw_session_gateway(const struct gw_session *session) {
	return session->gateway;
}

const struct gw_jid *gw_session_jid(const struct gw_session *session) {
	return &session->jid;
}

struct gw_scope *gw_session_scope(struct gw_session *session) {
	return &session->scope;
}

const struct gw_log *gw_session_log(const struct gw_session *session) {
	return &session->log;
}

bool gw_session_is_logged_in(const struct gw_session *session) {
	return session->state == SESSION_LOGGED_IN;
}

void gw_session_tell(struct gw_session *session, const char *text) {
	gateway_tell(session->gateway, session->jid.bare, text);
}

static void form_free_later(void *form) {
	gw_form_free(form);
}

const struct gw_form *gw_session_credentials(struct gw_session *session) {
	struct gw_form *form = store_user_credentials(session->gateway->store, session->id);
	if (!form) {
		form = gw_form_new();
	}
	loop_free_later(session->gateway->loop, form, form_free_later);
	return form;
}

void gw_session_set_credentials(struct gw_session *session, const struct gw_form *credentials) {
	store_user_set_credentials(session->gateway->store, session->id, credentials);
}

const struct gw_form *gw_session_preferences(struct gw_session *session) {
	struct gw_form *form = form_defaults(gateway_preference_fields(session->gateway));
	struct gw_form *stored = session->preferences ? form_deserialize(session->preferences) : NULL;
	if (stored) {
		form_merge(form, stored);
		gw_form_free(stored);
	}
	loop_free_later(session->gateway->loop, form, form_free_later);
	return form;
}

bool session_prefers(struct gw_session *session, const char *var) {
	return gw_form_boolean(gw_session_preferences(session), var);
}

void session_user_changed(struct gw_session *session) {
	const struct gw_module *module = session->gateway->module;
	if (module->on_presence && session->state == SESSION_LOGGED_IN && session_prefers(session, "sync_presence")) {
		struct gw_user_presence merged = resources_merge(&session->resources);
		module->on_presence(session, &merged);
	}
}

/* The status line says why when an attempt has failed; before that it is still that of the last login. */
static const char *reason_of(const struct gw_session *session) {
	if (session->is_leaving) {
		return "You are just being unregistered.";
	} else if (session->failures > 0 && session->status) {
		return session->status;
	} else if (session->state == SESSION_LOGGING_OUT) {
		return "You are just being logged in anew.";
	}
	return session->state == SESSION_IDLE ? "You are not logged in to the network." : "You are just being logged in.";
}

const char *session_unavailable_text(struct arena *arena, const struct gw_session *session) {
	return arena_printf(arena, "This cannot be done now. %s", reason_of(session));
}
