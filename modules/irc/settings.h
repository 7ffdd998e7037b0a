/* SPDX-License-Identifier: MPL-2.0 */
/* What is needed to connect: what the user registered with, within what the admin allows. */
#ifndef IRC_SETTINGS_H
#define IRC_SETTINGS_H

#include "kept.h"

#include <gangway/form.h>
#include <gangway/gateway.h>
#include <gangway/module.h>

/* The gateway's memory: what the admin configured, and more. Strings are borrowed from the gateway. */
struct irc_gateway {
	const char *server; /* the one server of this gateway; NULL: users name theirs */
	unsigned port;      /* of that server; 0: the usual one */
	bool use_tls;       /* for that server */
	bool allow_private_servers;
	const char *real_name;
	const char *ca_file; /* NULL: the system's authorities */
	unsigned burst;
	int64_t interval_ms;
	struct irc_kept *kept; /* for logins to come */
};

extern const struct gw_module_option irc_options[];
extern const struct gw_form_field irc_registration_fields[];

/* False, with a line in the log that names the option, when one of them makes no sense. */
bool irc_gateway_read(struct irc_gateway *out_admin, struct gw_gateway *gateway);

/* All strings are owned. A NULL string: not given. */
struct irc_settings {
	char *host;
	unsigned port;
	bool use_tls, verify, public_only;
	char *nick;
	char *user; /* the name before the '@', made of the nickname */
	char *account, *password; /* SASL; both or neither */
	char *server_password;
	char *real_name;
	char *ca_file;
	unsigned burst;
	int64_t interval_ms;
	bool may_change_nick; /* when the nickname is in use: take a similar one, rather than fail */
};

/* NULL, with a sentence for the user in *out_error (a literal), when the form cannot be connected with. */
struct irc_settings *irc_settings_new(const struct gw_form *form, const struct irc_gateway *admin, const char **out_error);
void irc_settings_free(struct irc_settings *settings);

/* The server that a form names, as it stands in addresses: lower case, or the admin's. free() it; NULL: none. */
char *irc_settings_host(const struct gw_form *form, const struct irc_gateway *admin);

/* Could somebody on IRC be called that? */
bool irc_is_nick(const char *text);

/* The same, or something in a bouncer: *status. */
bool irc_is_contact_nick(const char *text);

#endif
