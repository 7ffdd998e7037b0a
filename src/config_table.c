/* SPDX-License-Identifier: MPL-2.0 */
/* The table, and the texts that are made from it. */
#include "config_table.h"

#include "config.h"
#include "util/mem.h"
#include "util/strbuf.h"
#include "util/text.h"
#include "version.h"

#include <string.h>

#define COMMON(member) offsetof(struct config, member), .is_global = true
#define EACH(member) offsetof(struct config_component, member)

const struct config_key config_keys[] = {
	{ "data-dir", CONFIG_TEXT, COMMON(data_dir), .value = "/var/lib/gangway", .argument = "DIRECTORY",
		.help = "Where everything is stored that has to survive a restart" },
	{ "module-dir", CONFIG_TEXT, COMMON(module_dir), .value = GANGWAY_MODULE_DIR, .argument = "DIRECTORY",
		.help = "Where modules are looked for by name" },
	{ "log-level", CONFIG_LEVEL, COMMON(log_level), .value = "info", .argument = "LEVEL",
		.help = "error, warning, info or debug" },
	{ "module", CONFIG_TEXT, EACH(module), .argument = "NAME", .letter = 'm',
		.help = "The network's module: a name found in module-dir, or a path to a .so" },
	{ "secret", CONFIG_TEXT, EACH(secret), .argument = "SECRET", .is_secret = true,
		.help = "What the XMPP server knows as the component's secret" },
	{ "server", CONFIG_SERVER, EACH(server_host), .value = "localhost:5347", .argument = "HOST:PORT", .letter = 's',
		.help = "Where the XMPP server accepts components" },
	{ "server-tls", CONFIG_TLS, EACH(server_tls), .value = "no", .argument = "MODE",
		.help = "TLS to the XMPP server: no, yes, or unverified" },
	{ "server-ca-file", CONFIG_FILE, EACH(server_ca_file), .argument = "FILE",
		.help = "The authorities to trust for it, instead of the system's" },
	{ "user-jid-domains", CONFIG_DOMAINS, EACH(user_jid_domains), .argument = "DOMAINS",
		.help = "Whose users may register; default: the component's parent domain" },
	{ "admins", CONFIG_JIDS, EACH(admins), .argument = "JIDS",
		.help = "Who may use the admin commands, and hears of new users" },
	{ "roster-push", CONFIG_BOOLEAN, EACH(roster_push), .value = "yes",
		.help = "Put contacts into users' contact lists" },
	{ "subscription-fallback", CONFIG_BOOLEAN, EACH(subscription_fallback), .value = "yes",
		.help = "Where the server does not let us write there, ask by subscription requests" },
	{ "last-seen-fallback", CONFIG_BOOLEAN, EACH(last_seen_fallback), .value = "no",
		.help = "Say in contacts' status lines when they were last seen, for clients that do not show it" },
	{ "logins-at-once", CONFIG_NUMBER, EACH(logins_at_once), .value = "16", .argument = "NUMBER",
		.help = "How many users log in to the network at the same time" },
	{ "upload-service", CONFIG_TEXT, EACH(upload_service), .argument = "JID",
		.help = "The HTTP upload service; default: found on the user's server" },
	{ "upload-requester", CONFIG_TEXT, EACH(upload_requester), .argument = "JID",
		.help = "The address that asks it for slots; default: the component" },
	{ "delay-threshold", CONFIG_DURATION, EACH(delay_threshold_ms), .value = "5min", .argument = "TIME",
		.help = "Messages of contacts that are older than this are shown with the time when they were sent" },
	{ "journal-size", CONFIG_NUMBER, EACH(journal_mib), .value = "64", .argument = "MIB",
		.help = "How much may wait for an XMPP server that is away, in MiB on the disk, before the network has to wait" },
	{ "keep-messages", CONFIG_DURATION, EACH(keep_messages_ms), .value = "1h", .argument = "TIME",
		.help = "How long users' messages are kept for a network that cannot be reached, unless they prefer another time" },
	{ "correction-empty-body-as-retraction", CONFIG_BOOLEAN, EACH(correction_empty_body_as_retraction), .value = "yes",
		.help = "Take a message back when its user leaves nothing of its text" },
	{ "last-message-correction-retraction-workaround", CONFIG_BOOLEAN, EACH(last_message_correction_retraction_workaround),
		.value = "no", .help = "Where the network cannot change messages, take the old one back before the new text is sent" },
	{ "durable", CONFIG_BOOLEAN, EACH(durable), .value = "no",
		.help = "Let every commit survive a loss of power too, at the price of a disk sync each" },
	{ "request-timeout", CONFIG_DURATION, EACH(request_timeout_ms), .value = "60s", .argument = "TIME",
		.help = "How long the network may take to answer" },
	{ "input-timeout", CONFIG_DURATION, EACH(input_timeout_ms), .value = "5min", .argument = "TIME",
		.help = "How long the gateway waits for a user's answer in a chat" },
	{ "qr-timeout", CONFIG_DURATION, EACH(qr_timeout_ms), .value = "60s", .argument = "TIME",
		.help = "How long it waits for a QR code to be scanned" },
	{ "partial-registration-timeout", CONFIG_DURATION, EACH(partial_registration_timeout_ms), .value = "1h",
		.argument = "TIME", .help = "When a registration that was begun and not finished is forgotten" },
	{ "command-timeout", CONFIG_DURATION, EACH(command_timeout_ms), .value = "1h", .argument = "TIME",
		.help = "When a command that was begun and not finished is forgotten" },
	{ 0 },
};

const char *config_expectation(enum config_type type) {
	static const char *const texts[] = {
		[CONFIG_TEXT] = "a text",
		[CONFIG_FILE] = "a file that can be read",
		[CONFIG_DOMAINS] = "domains separated by spaces",
		[CONFIG_JIDS] = "addresses such as romeo@example.org, separated by spaces",
		[CONFIG_BOOLEAN] = "yes or no",
		[CONFIG_NUMBER] = "a number from 1 to 10000",
		[CONFIG_DURATION] = "a time such as 30s, 5min or 1h",
		[CONFIG_SERVER] = "HOST:PORT",
		[CONFIG_TLS] = "no, yes or unverified",
		[CONFIG_LEVEL] = "error, warning, info or debug",
	};
	return texts[type];
}

const struct config_key *config_key_find(const char *name) {
	for (const struct config_key *key = config_keys; key->name; key++) {
		if (strcmp(key->name, name) == 0) {
			return key;
		}
	}
	return NULL;
}

const char *config_key_nearest(const char *name) {
	const char *nearest = NULL;
	unsigned best = CONFIG_FAR;
	for (const struct config_key *key = config_keys; key->name; key++) {
		unsigned distance = text_edit_distance(key->name, name);
		if (distance < best) {
			best = distance;
			nearest = key->name;
		}
	}
	return nearest;
}

static const char synopsis[] =
		"gangway [--config FILE]              run all components of the configuration\n"
		"       gangway --jid JID --secret S --module M\n"
		"                                            run one component without a file\n"
		"       gangway check                        look at the configuration and the modules\n"
		"       gangway modules                      list what can be loaded\n"
		"       gangway [--jid COMPONENT] users list | show USER | delete USER\n"
		"                                            the registered users, while the daemon is stopped\n";

char *config_help(void) {
	struct strbuf help;
	strbuf_init(&help, STRBUF_UNLIMITED);
	strbuf_printf(&help, "Gangway %s: XMPP gateways to other chat networks.\n\nusage: %s\n", GANGWAY_VERSION, synopsis);
	strbuf_add_text(&help, "  -c, --config FILE\n        The configuration (default: /etc/gangway/gangway.conf if it "
			"exists); FILE's folder may have a conf.d/*.conf\n");
	strbuf_add_text(&help, "  -j, --jid JID\n        The component to run, or that a command is about\n");
	strbuf_add_text(&help, "  -o, --option NAME=VALUE\n        An option of the module\n");
	for (const struct config_key *key = config_keys; key->name; key++) {
		strbuf_printf(&help, "  %c%c%s--%s%s%s\n        %s%s%s%s\n", key->letter ? '-' : ' ', key->letter ? key->letter :
				' ', key->letter ? ", " : "  ", key->name, key->argument ? " " : " yes|no", key->argument ? key->argument :
				"", key->help, key->value ? " (default: " : "", key->value ? key->value : "", key->value ? ")" : "");
	}
	strbuf_add_text(&help, "  -q, --quiet, -d, --debug\n        The same as --log-level warning and debug\n");
	strbuf_add_text(&help, "  -h, --help\n  -V, --version\n\nEach key can stand in the file ([gangway] for all components, "
			"a section named by its JID for one), in\nthe environment (GANGWAY_LOG_LEVEL; GANGWAY_SECRET_FILE names a file "
			"with the secret, GANGWAY_CONFIG the configuration), and here.\n");
	return strbuf_steal(&help);
}
