/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The world of one case: a loop whose clock only the script moves, a gateway with a store of its own, a link to an XMPP
 * server that is the script, and a module that does what the script says. Nothing of it is left behind at its end.
 */
#ifndef RUNNER_WORLD_H
#define RUNNER_WORLD_H

#include "gateway/gateway.h"
#include "match.h"
#include "script.h"
#include "scripted_commands.h"
#include "sent.h"

/* Who and where everybody is unless the script says otherwise. */
#define WORLD_COMPONENT "gw.lit"
#define WORLD_SERVER "montague.lit"

enum {
	WORLD_MAX_NAMES = 8,           /* domains, admins, options of the module */
	WORLD_MAX_LOG_LINES = 1000,
	WORLD_STOP_MS = 10000,         /* how long a gateway may take to stop */
};

struct scripted;

struct world_archive;

struct world_answer; /* to a question that the gateway asked the user */

struct world {
	struct gateway_options options; /* the gateway points here: world_of() finds back */
	struct gw_module module;
	struct scripted_commands commands; /* of the scripted module */
	struct scripted *scripted;      /* NULL: a real module is being tested */
	const char *user_domains[WORLD_MAX_NAMES + 1], *admins[WORLD_MAX_NAMES + 1];
	const char *module_options[2 * WORLD_MAX_NAMES + 2]; /* name, value, name, value, NULL */

	struct arena arena;
	struct gw_loop *loop;
	struct gw_gateway *gateway;     /* NULL before the first step that needs it, and while it is stopped */
	bool has_started;
	bool is_stopping, is_stopped;   /* it was told to stop; it has said that it did */
	struct sent sent;
	struct sent_stanza *last_routed; /* the server has looked at all up to it; NULL: at none */
	struct captures captures;
	const char *user;               /* whose contacts the script speaks of; NULL: nobody's yet */
	struct world_answer *answers;
	const char *grants;             /* the server's advert, after each handshake; NULL: none */
	uint64_t link_number;           /* of the gateway's links: the last one that it was told on */
	struct world_archive *archives; /* of users; archives.h */
	bool is_server_busy;            /* what the gateway sends to itself does not come back */
	bool is_disk_full;
	const char *data_dir;           /* a directory of its own for a store that outlives the gateway; NULL: none */
	const char *log_lines[WORLD_MAX_LOG_LINES];
	size_t log_count;

	const struct script *script;
	const struct script_line *line; /* being run */
	unsigned line_number;
	struct strbuf report;           /* why the case failed; empty while it has not */
};

/* A NULL module is the scripted one. */
void world_init(struct world *world, const struct script *script, const struct gw_module *module);

/* Ends the gateway, if it is still there, and looks whether anything is left. False: the report says what. */
bool world_end(struct world *world);

/* The same for a case that has failed: nothing more is said. */
void world_abandon(struct world *world);
void world_finish(struct world *world);

struct world *world_of(const struct gw_gateway *gateway);

/* Adds to the report; returns false, for steps to end with. */
bool world_fail(struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Starting does nothing when it runs already; both let everything happen that follows at once. */
bool world_start_gateway(struct world *world);
bool world_stop_gateway(struct world *world);

/* Only tells it to stop: what happens until it has is the script's. */
void world_begin_to_stop(struct world *world);

/* Ends it as SIGKILL would: nothing is said or stored any more. False after a world_fail(). */
bool world_kill_gateway(struct world *world);

/* While it is stopped: the store's file is replaced by a copy, as from a backup. */
bool world_copy_store(struct world *world);

/* The server does not get to what the gateway sends to itself; then it does. What it had when the link broke is lost. */
void world_set_server_busy(struct world *world, bool is_busy);
void world_lose_held(struct world *world);

/* The store is a file from now on, so that it can be opened again. */
void world_keep_store(struct world *world);

/* Nothing can be written to files any more, or again. */
void world_fill_disk(struct world *world, bool is_full);

/* A column of the store (table.column) cannot be read any more, in a life that begins now; NULL: all can be. */
void world_break_column(const char *name);

/* Whatever is to happen without time passing, happens; or time passes. */
void world_settle(struct world *world);
void world_advance(struct world *world, int64_t by_ms);

/* What the server allows, told again as after a handshake. */
void world_tell_grants(struct world *world);

/* Bytes as the server sends them. */
void world_feed(struct world *world, const char *bytes);

/* The session of this bare address, or of the user whom the script speaks of (NULL); NULL after a world_fail(). */
struct gw_session *world_session(struct world *world, const char *jid);

#endif
