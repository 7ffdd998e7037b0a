/* SPDX-License-Identifier: MPL-2.0 */
/* The registration form and the admin's options, read. */
#include "settings.h"

#include "casemap.h"
#include "line.h"
#include "memory.h"

#include <stdio.h>
#include <strings.h>
#include <unistd.h>

enum { PORT_TLS = 6697, PORT_PLAIN = 6667, NICK_MAX = 128, TEXT_MAX = 300 };

const struct gw_module_option irc_options[] = {
	{ "irc-server", NULL, "The one IRC server of this gateway; without it, users name theirs.", false },
	{ "irc-port", NULL, "The port of that server; default 6697 with TLS, else 6667.", false },
	{ "irc-tls", "yes", "Whether that server is reached by TLS.", false },
	{ "allow-private-servers", "no", "Whether users may name servers in private and loopback networks.", false },
	{ "real-name", "Gangway user", "What stands in the real name of users who give none.", false },
	{ "flood-burst", "5", "How many lines a user may send at once.", false },
	{ "flood-interval-ms", "1000", "Milliseconds between two lines after that.", false },
	{ "ca-file", NULL, "PEM file with the authorities that IRC servers' certificates are checked against.", false },
	{ 0 },
};

const struct gw_form_field irc_registration_fields[] = {
	{ .var = "server", .label = "Server", .description = "For example irc.libera.chat. Leave it empty where this gateway "
			"is for one network only.", .max_bytes = 253, .binds_secrets = true },
	{ .var = "port", .label = "Port", .description = "Empty: 6697 with TLS, 6667 without.",
			.datatype = GW_DATATYPE_INTEGER, .min = "1", .max = "65535", .binds_secrets = true },
	{ .var = "tls", .label = "Encrypt the connection (TLS)", .type = GW_FIELD_BOOLEAN, .value = "true",
			.binds_secrets = true },
	{ .var = "verify", .label = "Check the server's certificate", .type = GW_FIELD_BOOLEAN, .value = "true",
			.binds_secrets = true },
	{ .var = "nick", .label = "Nickname", .required = true, .max_bytes = NICK_MAX },
	{ .var = "account", .label = "Account", .description = "The name of your account on the network (SASL), if you have "
			"one and it is not your nickname.", .max_bytes = TEXT_MAX },
	{ .var = "password", .label = "Account password", .type = GW_FIELD_TEXT_PRIVATE, .max_bytes = TEXT_MAX },
	{ .var = "server_password", .label = "Server password", .description = "Only for servers that let nobody in without "
			"one, and for bouncers.", .type = GW_FIELD_TEXT_PRIVATE, .max_bytes = TEXT_MAX },
	{ .var = "real_name", .label = "Real name", .description = "Shown to everybody who asks.", .max_bytes = 100 },
	{ 0 },
};

static bool read_boolean(const char *text, bool *out) {
	static const char *const yes[] = { "true", "yes", "on", "1" };
	static const char *const no[] = { "false", "no", "off", "0" };
	for (size_t i = 0; i < 4; i++) {
		if (strcasecmp(text, yes[i]) == 0 || strcasecmp(text, no[i]) == 0) {
			*out = strcasecmp(text, yes[i]) == 0;
			return true;
		}
	}
	return false;
}

static bool read_option_boolean(struct gw_gateway *gateway, const char *name, bool *out) {
	const char *text = gw_gateway_option(gateway, name);
	return text == NULL || read_boolean(text, out) || gw_gateway_refuse_option(gateway, name, "yes or no");
}

static bool read_option_number(struct gw_gateway *gateway, const char *name, unsigned min, unsigned max, unsigned *out) {
	const char *text = gw_gateway_option(gateway, name);
	if (text == NULL || *text == '\0') {
		return true;
	}
	char *end;
	unsigned long number = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0' || number < min || number > max) {
		char expected[64];
		snprintf(expected, sizeof(expected), "a number from %u to %u", min, max);
		return gw_gateway_refuse_option(gateway, name, expected);
	}
	*out = (unsigned)number;
	return true;
}

/* A host as it can stand in an address and in a line: a name or an address, nothing else. */
static bool is_host(const char *text) {
	size_t size = strlen(text);
	bool is_address = strchr(text, ':') != NULL;
	const char *allowed = is_address ? "0123456789abcdefABCDEF:."
									 : "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
	return size > 0 && size <= 253 && strspn(text, allowed) == size && *text != '-' && *text != '.';
}

/* What every user would be told otherwise, each time. */
static bool check_server(struct gw_gateway *gateway, const struct irc_gateway *admin) {
	return admin->server == NULL || is_host(admin->server) || gw_gateway_refuse_option(gateway, "irc-server",
			"the name of a server, such as irc.libera.chat, whose port goes into irc-port");
}

static bool check_ca_file(struct gw_gateway *gateway, const struct irc_gateway *admin) {
	return admin->ca_file == NULL || access(admin->ca_file, R_OK) == 0 ||
			gw_gateway_refuse_option(gateway, "ca-file", "a file that can be read");
}

static const char *or_null(const char *text) {
	return text != NULL && *text != '\0' ? text : NULL;
}

bool irc_gateway_read(struct irc_gateway *out_admin, struct gw_gateway *gateway) {
	unsigned interval_ms = 1000;
	struct irc_gateway admin = {
		.server = or_null(gw_gateway_option(gateway, "irc-server")),
		.use_tls = true,
		.real_name = or_null(gw_gateway_option(gateway, "real-name")),
		.ca_file = or_null(gw_gateway_option(gateway, "ca-file")),
		.burst = 5,
	};
	bool is_read = read_option_number(gateway, "irc-port", 1, 65535, &admin.port)
			&& read_option_boolean(gateway, "irc-tls", &admin.use_tls)
			&& read_option_boolean(gateway, "allow-private-servers", &admin.allow_private_servers)
			&& read_option_number(gateway, "flood-burst", 1, 1000, &admin.burst)
			&& read_option_number(gateway, "flood-interval-ms", 1, 60000, &interval_ms)
			&& check_server(gateway, &admin) && check_ca_file(gateway, &admin);
	if (is_read) {
		admin.interval_ms = interval_ms;
		*out_admin = admin;
	}
	return is_read;
}

bool irc_is_nick(const char *text) {
	size_t size = strlen(text);
	if (size == 0 || size > NICK_MAX || strchr("#&+!:$~", *text) != NULL) {
		return false;
	}
	for (const char *c = text; *c != '\0'; c++) {
		if ((unsigned char)*c <= ' ' || *c == 0x7f || strchr("!@,*?.%", *c) != NULL) {
			return false;
		}
	}
	return true;
}

bool irc_is_contact_nick(const char *text) {
	return irc_is_nick(*text == '*' ? text + 1 : text);
}

/* Text for a line: servers would read anything after a line break as a command. */
static bool is_one_line(const char *text) {
	return text == NULL || strpbrk(text, "\r\n") == NULL;
}

char *irc_settings_host(const struct gw_form *form, const struct irc_gateway *admin) {
	const char *host = admin->server != NULL ? admin->server : or_null(gw_form_value(form, "server"));
	if (host == NULL) {
		return NULL;
	}
	char *lower = irc_new(strlen(host) + 1);
	irc_casemap_fold(IRC_CASEMAP_ASCII, host, lower, strlen(host) + 1);
	return lower;
}

static const char *find_error(const struct irc_settings *settings, const struct gw_form *form) {
	if (settings->host == NULL) {
		return "Which server? Please fill in the field “Server”, for example with irc.libera.chat.";
	}
	if (!is_host(settings->host)) {
		return "The field “Server” takes the name of a server, for example irc.libera.chat.";
	}
	if (!irc_is_nick(gw_form_text(form, "nick"))) {
		return "This nickname cannot be used on IRC: it must not be empty, contain spaces or any of ! @ , * ? . %"
			   " or begin with # & + : $ or ~.";
	}
	if (or_null(gw_form_value(form, "account")) != NULL && settings->password == NULL) {
		return "An account needs its password: please fill in “Account password”, or leave “Account” empty.";
	}
	if (!is_one_line(settings->account) || !is_one_line(settings->password) || !is_one_line(settings->server_password)
			|| !is_one_line(settings->real_name)) {
		return "Names and passwords on IRC are one line each.";
	}
	return NULL;
}

/* What stands before the '@': letters and digits of the nickname, at most ten. */
static char *make_user(const char *nick) {
	char *user = irc_new(11);
	size_t size = 0;
	for (const char *c = nick; *c != '\0' && size < 10; c++) {
		char lower = *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
		bool is_letter = lower >= 'a' && lower <= 'z';
		if (is_letter || (size > 0 && lower >= '0' && lower <= '9')) {
			user[size++] = lower;
		}
	}
	if (size == 0) {
		memcpy(user, "user", 5);
	}
	return user;
}

struct irc_settings *irc_settings_new(const struct gw_form *form, const struct irc_gateway *admin, const char **out_error) {
	struct irc_settings *settings = irc_new(sizeof(*settings));
	bool is_fixed = admin->server != NULL;
	const char *nick = gw_form_text(form, "nick");
	const char *account = or_null(gw_form_value(form, "account"));
	const char *password = or_null(gw_form_value(form, "password"));
	const char *real_name = or_null(gw_form_value(form, "real_name"));
	const char *verify = or_null(gw_form_value(form, "verify"));
	const char *tls = or_null(gw_form_value(form, "tls"));

	/* A client that shows no boxes sends none: safe is what holds then. */
	settings->use_tls = is_fixed ? admin->use_tls : tls == NULL || gw_form_boolean(form, "tls");
	settings->verify = is_fixed || verify == NULL || gw_form_boolean(form, "verify");
	int64_t port = is_fixed ? admin->port : gw_form_integer(form, "port", 0);
	settings->port = port > 0 && port <= 65535 ? (unsigned)port : settings->use_tls ? PORT_TLS : PORT_PLAIN;
	settings->public_only = !is_fixed && !admin->allow_private_servers;
	settings->host = irc_settings_host(form, admin);
	settings->nick = irc_strdup(nick);
	settings->user = make_user(nick);
	settings->password = irc_strdup(password);
	settings->account = password != NULL ? irc_strdup(account != NULL ? account : nick) : NULL;
	settings->server_password = irc_strdup(or_null(gw_form_value(form, "server_password")));
	settings->real_name = irc_strdup(real_name != NULL ? real_name : admin->real_name != NULL ? admin->real_name : nick);
	settings->ca_file = irc_strdup(admin->ca_file);
	settings->burst = admin->burst;
	settings->interval_ms = admin->interval_ms;

	const char *error = find_error(settings, form);
	if (error != NULL) {
		irc_settings_free(settings);
		*out_error = error;
		return NULL;
	}
	return settings;
}

static void free_secret(char *secret) {
	if (secret != NULL) {
		explicit_bzero(secret, strlen(secret));
		free(secret);
	}
}

void irc_settings_free(struct irc_settings *settings) {
	if (settings == NULL) {
		return;
	}
	free(settings->host);
	free(settings->nick);
	free(settings->user);
	free(settings->account);
	free_secret(settings->password);
	free_secret(settings->server_password);
	free(settings->real_name);
	free(settings->ca_file);
	free(settings);
}
