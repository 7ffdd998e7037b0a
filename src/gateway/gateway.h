/* SPDX-License-Identifier: MPL-2.0 */
/* One component address with its module, store and users. What it does stands in the files beside this one, by noun. */
#ifndef GATEWAY_GATEWAY_H
#define GATEWAY_GATEWAY_H

#include "gateway/counters.h"
#include "gateway/session.h"
#include "net/loop.h"
#include "store/store.h"
#include "xmpp/ask.h"
#include "xmpp/component.h"

#include <gangway/module.h>

struct absence;
struct arrivals;
struct avatar;
struct commands;
struct bobs;
struct delivery;
struct deliveries;
struct client_caps;
struct grants;
struct journal;
struct login_queue;
struct message_ids;
struct prompts;
struct recovery;
struct registrations;
struct runs;
struct their_ids;
struct upload;

/* How a gateway is set up; everything is borrowed until gateway_free(). Zero and NULL take the defaults of config.c. */
struct gateway_options {
	struct component_options component; /* jid, secret, server; `log` is filled in by the gateway */
	const struct gw_module *module;
	struct store_options store;         /* path, durable; key: NULL makes a random one (with a store in memory) */
	const char *data_dir;               /* of this gateway; NULL: none */
	const char *const *user_domains;    /* who may register; ends with NULL */
	const char *const *admins;          /* bare addresses; ends with NULL */
	const char *upload_service;         /* NULL: discovered */
	const char *upload_requester;       /* NULL: the component */
	unsigned logins_at_once;            /* 0: 16 */
	bool no_roster_push;
	bool no_subscription_fallback;
	bool no_correction_empty_body_as_retraction;
	bool last_message_correction_retraction_workaround;
	bool last_seen_fallback;            /* in words, too */
	int64_t request_timeout_ms, input_timeout_ms, qr_timeout_ms, partial_registration_timeout_ms, command_timeout_ms;
	int64_t delay_threshold_ms;         /* 0: 5 minutes */
	uint64_t journal_max_bytes;         /* 0: 64 MiB */
	uint64_t journal_reserve_bytes;     /* beyond that; 0: 8 MiB */
	unsigned remembered_messages;       /* of users, so that none comes twice; 0: 65,536 (arrivals.h) */
	unsigned asked_logins;              /* that each user may ask for at once; 0: 20 (login_pace.h) */
	int64_t keep_messages_ms;           /* for a network that is away; 0: an hour */
	const char *(*module_option)(const char *name, void *data); /* as configured; NULL: not */
	void *module_option_data;
};

/* What the layers above do with what arrives: given at creation. All mandatory. */
struct gateway_hooks {
	void (*on_stanza)(struct gw_gateway *gateway, struct stanza *stanza); /* borrowed */

	/* A message of a user's is stored and may be handed to the module, whose answer ends the delivery. */
	void (*on_delivery)(struct delivery *delivery);

	/* The network turned out to have it, without an answer of the module's. */
	void (*on_confirmed)(struct delivery *delivery);

	/*
	 * State of the layers above, kept in gateway->features. NULL with a sentence in *out_error (free()) when the module asks
	 * for what cannot be.
	 */
	void *(*features_new)(struct gw_gateway *gateway, char **out_error);
	void (*features_free)(struct gw_gateway *gateway);
};

struct gateway_problem;

struct gw_gateway {
	const struct gateway_options *options;
	const struct gateway_hooks *hooks;
	const struct gw_module *module;
	void *module_data;
	void *features; /* owned by the layers above, as are these two */
	struct commands *commands;
	struct runs *runs;

	struct gw_loop *loop;
	struct gw_scope scope;
	struct gw_log log;
	struct arena arena; /* for what lives as long as the gateway */
	struct gw_jid jid;
	int64_t started_at_ms;

	struct store *store;
	struct component *component;
	struct journal *journal;
	struct deliveries *deliveries;
	struct arrivals *arrivals;
	struct recovery *recovery;
	struct absence *absence;
	struct asks *asks;
	struct grants *grants;
	struct login_queue *logins;
	struct login_paces *login_paces;
	struct prompts *prompts;
	struct registrations *registrations;
	struct upload *upload;
	struct bobs *bobs;
	struct message_ids *message_ids;
	struct their_ids *their_ids;
	struct client_caps *client_caps;
	struct avatar *avatar;

	struct gw_session *sessions;  /* hash by bare address */
	struct gw_contact *contacts;  /* hash by session and local part */
	size_t session_count;
	struct gw_form_field *preference_fields;
	const struct gw_form_field *registration_fields; /* NULL: the module's */
	enum gw_registration_type registration_type;

	/* XEP-0115 hashes of the gateway and of its contacts, filled in by the layers above. */
	const char *caps_ver, *contact_caps_ver;

	/*
	 * How the ids of messages begin that we send in users' names: the copies that the server routes back to us are known
	 * by it (algorithm AA6). The same in each run of the process, for the journal may send them again; not to be guessed.
	 */
	const char *self_prefix;
	bool is_link_ready; /* and the server's grants are known */
	bool was_online;    /* everybody has been told once that we are here */
	bool is_refusal_told; /* that the server refuses entries of contact lists, since the link came */
	bool is_state_untold; /* contacts began or stopped typing while that could not be sent */
	struct gw_session *restore_next; /* whose presences are sent next, after the link came back */
	struct gw_timer *settling;       /* until the server, and then clients, have had the time to answer: link.c */
	struct gw_timer *news_timer;     /* presences wait for the server: news.h */
	struct gw_session *news_next;    /* whose are told next */
	size_t news_count;               /* sessions that have some */
	struct gw_session *held_sessions; /* whose networks have to wait: share.h */

	struct counters counters;
	int64_t next_bounce_ms; /* as in sessions: of nobody in particular */
	size_t logging_out; /* sessions that the stop waits for */
	bool is_module_told_full; /* that it has to wait */
	bool is_started, is_stopping, is_stopped;
	struct gateway_problem *problem; /* while the module starts */
	bool is_leaving; /* the stream was closed: nothing can be answered any more */
	bool is_kept_away; /* not connected yet, because nothing can be stored */
	void (*stopped)(void *data);
	void *stopped_data;
};

/* Why a gateway could not be made. Both are the caller's to free(). */
struct gateway_problem {
	char *text;   /* a sentence */
	char *option; /* the module's option that is not as it should be; NULL: it is something else */
};

/*
 * Opens the store, checks the module and loads the users. NULL with the problem when something is not right. Nothing is
 * connected before gateway_start().
 */
struct gw_gateway *gateway_new(struct gw_loop *loop, const struct gateway_options *options,
		const struct gateway_hooks *hooks, struct gateway_problem *out_problem);

/* As long as nothing can be stored it does not connect: then the server itself tells who writes. */
void gateway_start(struct gw_gateway *gateway);

/*
 * In order: stanzas are refused, every session is logged out (at most 5 s), contacts and gateway go offline for the
 * users, the module stops, the stream ends. Then calls back, from the loop; gateway_free() afterwards.
 */
void gateway_stop(struct gw_gateway *gateway, void (*stopped)(void *data), void *data);
void gateway_free(struct gw_gateway *gateway);

/* May this bare address register (the configuration's user-jid-domains)? Is it an admin? */
bool gateway_allows_user(const struct gw_gateway *gateway, const struct gw_jid *jid);
bool gateway_is_admin(const struct gw_gateway *gateway, const struct gw_jid *jid);

/* What we sent in a user's name, as it comes back to the contact it is for. */
bool gateway_is_own_copy(const struct gw_gateway *gateway, const struct stanza *stanza);

/* Chat message from the gateway to an address, registered or not. */
void gateway_tell(struct gw_gateway *gateway, const char *to, const char *text);

/* component_name and so on, with their defaults. */
const char *gateway_name(const struct gw_gateway *gateway);
const char *gateway_roster_group(const struct gw_gateway *gateway);
const struct gw_form_field *gateway_registration_fields(const struct gw_gateway *gateway);
const char *gateway_registration_instructions(const struct gw_gateway *gateway);
const struct gw_form_field *gateway_search_fields(const struct gw_gateway *gateway);
const char *gateway_search_title(const struct gw_gateway *gateway);

/* The core's own preferences and the module's, in one table that ends with a zeroed one; lives with the gateway. */
const struct gw_form_field *gateway_preference_fields(const struct gw_gateway *gateway);

#endif
