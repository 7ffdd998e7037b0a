/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A module teaches Gangway one network: it exports one constant struct gw_module. Members that are not set are
 * capabilities that the network does not have; what is not there is not advertised to clients and not accepted from them.
 *
 *	GW_MODULE(echo) = { .abi = GW_ABI_VERSION, .component_name = "Echo", ... };
 *
 * All callbacks run on the loop's thread and must not block. Pointers in a callback are borrowed for the call unless it
 * says otherwise. A callback that begins with a request owes one answer (request.h).
 */
#ifndef GANGWAY_MODULE_H
#define GANGWAY_MODULE_H

#include <gangway/actor.h>
#include <gangway/command.h>
#include <gangway/contact.h>
#include <gangway/error.h>
#include <gangway/form.h>
#include <gangway/gateway.h>
#include <gangway/jid.h>
#include <gangway/message.h>
#include <gangway/request.h>
#include <gangway/session.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Raised with every change that a compiled module could notice. Module and library must have the same one. */
#define GW_ABI_VERSION 5

/* A picture: set one of the three, or none. */
struct gw_picture {
	const char *path;  /* of a PNG or JPEG file; relative ones are looked for in the data directory */
	const void *bytes;
	size_t size;       /* of the bytes */
	const char *url;   /* fetched when the gateway starts */
};

/*
 * An option that the admin may set in the component's section of the configuration. A table ends with a zeroed one. A module
 * with an option that is called like one of Gangway's own keys (`gangway --help` lists them) is not accepted.
 */
struct gw_module_option {
	const char *name;    /* "history-size" */
	const char *value;   /* the default; NULL: none */
	const char *help;    /* one sentence */
	bool required;
};

/* What the user's clients say of the user: the one that counts (the available one with the highest priority). */
struct gw_user_presence {
	enum gw_show show;   /* offline: no client is there */
	const char *text;    /* NULL when there is none; no more of it than 1000 bytes */
	unsigned resource_count; /* clients that are there */
};

struct gw_module {
	/* Always GW_ABI_VERSION. Stays the first member for ever, so that a mismatch can be told. */
	unsigned abi;

	/* The module's own version, shown by `info`; NULL: none. */
	const char *version;

	/* --- What users see of the gateway --- */

	/* Its name in service discovery and contact lists. Mandatory. */
	const char *component_name;

	/* The `type` of its identity, from the registry at xmpp.org/registrar/disco-categories.html; NULL: "gateway". */
	const char *component_type;

	struct gw_picture component_avatar;

	/* Contacts are put into this group of the user's contact list. NULL: the component's name. */
	const char *roster_group;

	/* Sent once, after registering. NULL: a general one that names `help`; "": none. */
	const char *welcome_message;

	/* --- Registration --- */

	/* What is asked for. NULL: user name and password; an empty table: nothing, the user only confirms. */
	const struct gw_form_field *registration_fields;
	const char *registration_instructions; /* NULL: "Enter your credentials" */
	enum gw_registration_type registration_type;
	const char *two_factor_title, *two_factor_instructions; /* of the form for the code; NULL: general ones */
	const char *qr_instructions;                            /* of the form with the QR code; NULL: a general one */

	/* Extra questions that a user may answer at any time with the command `preferences`. NULL: none. */
	const struct gw_form_field *preferences;

	/*
	 * A user sent the registration form, for the first time or to change it. With a single-step form: try to log in, and
	 * refuse if it does not work. Answers: gw_request_ok() (the form is stored), gw_request_ok_form() (that is stored
	 * instead), gw_request_fail(). `form` is borrowed until the answer. Mandatory.
	 */
	void (*validate)(struct gw_request *req, const struct gw_jid *user, const struct gw_form *form);

	/*
	 * The user entered the code. `form` is what validate() left. Answers: gw_request_ok(), gw_request_ok_form() (added to
	 * what is stored), gw_request_fail(). Mandatory with two-factor codes. validate() may skip this step by
	 * gw_request_ok_without_code().
	 */
	void (*validate_two_factor_code)(struct gw_request *req, const struct gw_jid *user, const struct gw_form *form,
			const char *code);

	/*
	 * The text of the QR code that lets this user in. Answers: gw_request_ok_text(), gw_request_fail(). When the network
	 * says that it was scanned: gw_gateway_confirm_qr(). Mandatory with QR codes.
	 */
	void (*get_qr_text)(struct gw_request *req, const struct gw_jid *user, const struct gw_form *form);

	/*
	 * The user is leaving for good: forget what the module keeps of them outside the session's memory. The session has
	 * been logged out before, or was not logged in since the gateway started. When the gateway stops before the answer, it is
	 * asked again after the next start. Answer: gw_request_ok(). May be NULL.
	 */
	void (*unregister)(struct gw_request *req, struct gw_session *session);

	/* --- Life --- */

	const struct gw_module_option *options;

	/*
	 * The gateway starts, before any login. False stops it: gw_gateway_refuse_option(), or log why. `gangway check` calls it
	 * too, without users and without a connection to the XMPP server, and stop() at once. May be NULL.
	 */
	bool (*start)(struct gw_gateway *gateway);
	void (*stop)(struct gw_gateway *gateway);

	size_t gateway_size, session_size, contact_size; /* of the module's private memory */

	/* A session is about to begin, or has ended: nothing that can wait for an answer. May be NULL. */
	void (*session_opened)(struct gw_session *session);
	void (*session_closed)(struct gw_session *session);
	void (*contact_closed)(struct gw_contact *contact);

	/*
	 * Connect this user to the network. Answers: gw_request_ok() or gw_request_ok_text() (the status line), or
	 * gw_request_fail_login(). Contacts are made and filled in here or later. Mandatory.
	 */
	void (*login)(struct gw_request *req, struct gw_session *session);

	/*
	 * Disconnect: the gateway stops, the user unregisters or logs in anew. Answer: gw_request_ok(), soon; what the login
	 * started must be silent then. Also called after gw_session_lost() and after a login that failed, or was not answered in
	 * time, so that there is one place that tidies up: not at once, but right before the next login(). Mandatory.
	 */
	void (*logout)(struct gw_request *req, struct gw_session *session);

	/* --- Contacts --- */

	/*
	 * Is this text an id that a person on this network could have? Decides which addresses exist: others are answered
	 * with item-not-found. NULL: any text is.
	 */
	bool (*is_contact_id)(struct gw_session *session, const char *id);

	/*
	 * How ids become the local part of addresses and back, when XEP-0106 escaping is not enough (ids in which case matters:
	 * addresses do not keep it). Write at most `size` bytes with the NUL; false: cannot be. Both or neither.
	 */
	bool (*id_to_local)(const char *id, char *out, size_t size);
	bool (*local_to_id)(const char *local, char *out, size_t size);

	/* --- What the user does --- */

	/*
	 * The user wrote to a contact. Answers: gw_request_ok_id() or gw_request_ok() when the network has it, which gives the
	 * user a receipt unless proper_receipts is set; gw_request_fail(): the message comes back to the user with the text.
	 * NULL: nothing can be written.
	 */
	void (*on_message)(struct gw_request *req, struct gw_chat *chat, const struct gw_message *message);

	/*
	 * The user changed a message of theirs: `id` is what the network calls it, message->text what it says now (it may be
	 * blank). Answers: gw_request_ok(); gw_request_ok_id() when the edit has an id of its own on the network; a receipt goes
	 * to the user as for on_message(). gw_request_fail(): the correction comes back to the user with the text. In most clients
	 * each correction names the message as it was sent first; `id` is the edit's own only where a client names its last
	 * correction. Only messages that were given an id come here: the others are new messages to the network, with
	 * "Correction: " before the text. NULL: all are, and the user is told so.
	 */
	void (*on_correct)(struct gw_request *req, struct gw_chat *chat, const char *id, const struct gw_message *message);

	/*
	 * The user took a message of theirs back, or left nothing of its text (unless the admin says otherwise). Answers:
	 * gw_request_ok(), gw_request_fail(): the user's client hears that it was not. Only messages that were given an id come
	 * here: the others cannot be taken back. NULL: none can.
	 */
	void (*on_retract)(struct gw_request *req, struct gw_chat *chat, const char *id);

	/* The user has read up to this message of the contact's. See mark_all_messages. */
	void (*on_displayed)(struct gw_chat *chat, const char *id);

	/* The user's presence changed. Only called for users who prefer so (the preference sync_presence). */
	void (*on_presence)(struct gw_session *session, const struct gw_user_presence *presence);

	/* The user changed their preferences. */
	void (*on_preferences)(struct gw_session *session, const struct gw_form *before, const struct gw_form *now);

	/* --- Search --- */

	/* With on_search set, users can search: in their client, by the command `find`, by jabber:iq:gateway. */
	const struct gw_form_field *search_fields; /* NULL: first and last name, telephone */
	const char *search_title, *search_instructions; /* NULL: "Search for contacts"; none */

	/*
	 * Find people. Answers: gw_request_ok_table() (a column that is_jid holds addresses: gw_contact_jid()),
	 * gw_request_ok() (nobody found), gw_request_fail().
	 */
	void (*on_search)(struct gw_request *req, struct gw_session *session, const struct gw_form *form);

	/* --- Habits of the network --- */

	/* The network wants a read mark for each message: on_displayed() is called for every one that was not marked yet. */
	bool mark_all_messages;

	/*
	 * The module, or the network, recognises a message that it is given a second time. on_message() and on_correct() then
	 * get a message->id that is the same each time, and what was not answered when the process ended is handed over again, up
	 * to three times: the process might end because of it. Without this the user is told that it may have arrived.
	 */
	bool recognises_messages;

	/*
	 * How many of a user's messages the module is asked about at the same time; the others wait for their turn, in order.
	 * For networks that take only so many a minute. 0: as many as there are, up to 500.
	 */
	unsigned messages_at_once;

	/* The network tells when a message reached its device: the user gets a receipt from gw_actor_received() only. */
	bool proper_receipts;

	/*
	 * The network tells when people were last seen (gw_contact_set_last_seen()): some clients show it only of contacts who
	 * say so. With a network that does not, they would show when the last presence came.
	 */
	bool tells_last_seen;

	/* --- More --- */

	/*
	 * Too much waits for an XMPP server that is away (the admin's option journal-size), or the disk is full: nothing more
	 * is accepted but receipts and read marks, gw_actor_send() and its like return false. Connections of gw_conn_open() on
	 * scopes of this gateway are not read meanwhile; whoever has others stops reading them, so that the network keeps what
	 * it has. What was read before this call is still accepted. Called again with true when there is room. May be NULL.
	 */
	void (*on_room)(struct gw_gateway *gateway, bool has_room);

	/* Commands of the module's own; ends with a NULL. */
	const struct gw_command *const *commands;

	/*
	 * A stanza that no feature took, as XML, answers to gw_gateway_send_stanza() among them, and messages that users' servers
	 * sent back as errors, by the id of the network's message where it had one; true: dealt with. May be NULL.
	 */
	bool (*on_stanza)(struct gw_gateway *gateway, const char *xml);
};

/* Answers validate() of a module with two-factor codes: no code is needed this time. `form`: as gw_request_ok_form(). */
void gw_request_ok_without_code(struct gw_request *req, const struct gw_form *form);

/*
 * Defines the one symbol that a module exports. In C++ too: from C++20 on there are designated initialisers, which have to
 * stand in the order of the members.
 */
#ifdef __cplusplus
#define GW_MODULE(name) \
	extern "C" __attribute__((visibility("default"))) const struct gw_module gw_module; \
	const struct gw_module gw_module
#else
#define GW_MODULE(name) \
	extern __attribute__((visibility("default"))) const struct gw_module gw_module; \
	const struct gw_module gw_module
#endif

/* A program of one module: int main(int c, char **v) { return gw_main(c, v, &gw_module); } */
int gw_main(int argc, char **argv, const struct gw_module *module);

#ifdef __cplusplus
}
#endif

#endif
