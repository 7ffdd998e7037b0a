/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the admin wants: from the file, conf.d beside it, the environment and the command line, later ones first. One
 * constant table (config_table.c) holds every key with its type, default and help; --help and the man page come of it.
 */
#ifndef CONFIG_H
#define CONFIG_H

#include <gangway/conn.h>
#include <gangway/log.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A key of a component's section that is none of ours: an option of its module. */
struct config_option {
	struct config_option *next;
	char *name, *value;
	char *origin; /* "/etc/gangway/gangway.conf:12", "GANGWAY_NAME", "--name" */
};

/* One gateway. Strings are owned by the config; lists end with NULL. */
struct config_component {
	char *jid;
	char *module; /* NULL: not said, which is fine for a program with a module linked in */
	char *secret;
	char *server_host;
	unsigned server_port;
	enum gw_conn_tls server_tls;
	char *server_ca_file;
	char **user_jid_domains; /* never empty: the component's parent domain when not configured */
	char **admins;
	char *upload_service, *upload_requester;
	unsigned logins_at_once, journal_mib;
	bool roster_push, subscription_fallback, last_seen_fallback, durable;
	bool correction_empty_body_as_retraction, last_message_correction_retraction_workaround;
	int64_t request_timeout_ms, input_timeout_ms, qr_timeout_ms, partial_registration_timeout_ms, command_timeout_ms;
	int64_t delay_threshold_ms, keep_messages_ms;
	struct config_option *options; /* of the module */
};

struct config {
	char *data_dir, *module_dir;
	enum gw_log_level log_level;
	struct config_component *components;
	size_t component_count;

	/* The command, when there is one: "check", "modules", "users"; and what stands behind it, ends with NULL. */
	char *command;
	char **arguments;
	char *only_jid; /* --jid with a command: the component it is about */
};

enum config_outcome {
	CONFIG_LOADED,
	CONFIG_PRINTED, /* --help, --version, --man: the text is in *out_text; exit code 0 */
	CONFIG_WRONG,   /* *out_text says what, where and what was expected; exit code 2 */
};

/* *out_config is for config_free(), *out_text for free(). */
enum config_outcome config_load(int argc, char **argv, struct config **out_config, char **out_text);
void config_free(struct config *config);

/*
 * No option of a module may have the name of a key of ours: what the admin says under it would be taken for that. False
 * with a sentence that names the module, too.
 */
struct gw_module_option;
bool config_check_option_names(const char *module, const struct gw_module_option *known, char **out_error);

/*
 * The same for the module of a component. And are its options that are configured known to it, and all there that it
 * needs?
 */
bool config_check_options(const struct config_component *component, const struct gw_module_option *known,
		char **out_error);

/* The value of a module option, or NULL; and where it stands: "/etc/gangway/gangway.conf:12". */
const char *config_option(const struct config_component *component, const char *name);
const char *config_option_origin(const struct config_component *component, const char *name);

#endif
