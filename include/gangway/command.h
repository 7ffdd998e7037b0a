/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Commands: defined once, met by the user as ad-hoc command in the client's menus (XEP-0050) and as a word typed to the
 * gateway's address.
 */
#ifndef GANGWAY_COMMAND_H
#define GANGWAY_COMMAND_H

#include <gangway/form.h>
#include <gangway/jid.h>
#include <gangway/request.h>

#ifdef __cplusplus
extern "C" {
#endif

struct gw_gateway;
struct gw_session;
struct gw_command_run;

/* Who may see and run a command. Admins are the JIDs of the configuration's `admins`. */
enum gw_access {
	GW_ACCESS_USER_LOGGED,     /* registered, and logged in to the network */
	GW_ACCESS_USER,            /* registered */
	GW_ACCESS_USER_NON_LOGGED, /* registered, not logged in */
	GW_ACCESS_NON_USER,        /* may register, has not */
	GW_ACCESS_ANY,             /* whoever may register */
	GW_ACCESS_ADMIN,
};

/* Groups commands in menus. */
struct gw_command_category {
	const char *node;  /* "contacts" */
	const char *title; /* "Contacts" */
};

struct gw_command {
	const char *keyword; /* the word to type, lower case; also the last part of the ad-hoc node */
	const char *node;    /* the ad-hoc node if it has to be a certain one; NULL: made of the keyword */
	const char *title;   /* "Find people" */
	const char *help;    /* a sentence or two for `help keyword` */
	enum gw_access access;
	const struct gw_command_category *category; /* NULL: none */

	/*
	 * The user runs the command. Answer with gw_request_ok() or _ok_text() or _ok_table(): finished; with
	 * gw_command_ask() or gw_command_confirm(): one more step; or with gw_request_fail().
	 */
	void (*run)(struct gw_request *req, struct gw_command_run *run);

	size_t data_size; /* zeroed memory that lives as long as the run: gw_command_data() */
};

/*
 * One user running one command, from the first step to the last; ends by itself when the user does not go on for an hour.
 * Valid for as long as one of its requests is open.
 */
struct gw_gateway *gw_command_gateway(const struct gw_command_run *run);
struct gw_session *gw_command_session(const struct gw_command_run *run); /* NULL when the asker is not registered */
const struct gw_jid *gw_command_asker(const struct gw_command_run *run); /* full address */
const char *gw_command_arguments(const struct gw_command_run *run); /* what was typed behind the keyword; "" if nothing */
void *gw_command_data(const struct gw_command_run *run);

/*
 * Answers the request with a form to fill in. When the user has, `submitted` is called with a new request and the checked
 * values (borrowed). `questions` and everything in it is copied.
 */
void gw_command_ask(struct gw_request *req, const struct gw_form_template *questions,
		void (*submitted)(struct gw_request *req, struct gw_command_run *run, const struct gw_form *form));

/* Answers the request with a question to say yes to. `confirmed` is called only for yes; no ends the command. */
void gw_command_confirm(struct gw_request *req, const char *prompt,
		void (*confirmed)(struct gw_request *req, struct gw_command_run *run));

#ifdef __cplusplus
}
#endif

#endif
