/* SPDX-License-Identifier: MPL-2.0 */
/* The manual page: what does not change, and the keys between. */
#include "config_table.h"
#include "util/strbuf.h"
#include "version.h"

static const char before_keys[] =
		".SH NAME\n"
		"gangway \\- XMPP gateways to other chat networks\n"
		".SH SYNOPSIS\n"
		".B gangway\n"
		".RB [ \\-\\-config\n"
		".IR FILE ]\n"
		".RI [ OPTIONS ]\n"
		".br\n"
		".B gangway \\-\\-jid\n"
		".I JID\n"
		".B \\-\\-secret\n"
		".I SECRET\n"
		".B \\-\\-module\n"
		".I MODULE\n"
		".RI [ OPTIONS ]\n"
		".br\n"
		".B gangway check\n"
		"|\n"
		".B modules\n"
		".br\n"
		".B gangway\n"
		".RB [ \\-\\-jid\n"
		".IR JID ]\n"
		".B users list\n"
		"|\n"
		".B show\n"
		".I USER\n"
		"|\n"
		".B delete\n"
		".I USER\n"
		".SH DESCRIPTION\n"
		"Connects to an XMPP server as external component (XEP\\-0114), once for each component that is configured, and\n"
		"lets the server's users register with their accounts on other chat networks. A module knows the network.\n"
		".PP\n"
		".B check\n"
		"looks at the configuration, loads the modules and has them look at their options.\n"
		".B modules\n"
		"lists what can be loaded.\n"
		".B users\n"
		"works on the registered users while the daemon is stopped. Whoever is deleted is removed when it runs again.\n"
		".SH OPTIONS\n"
		".TP\n"
		".BI \"\\-c, \\-\\-config \" FILE\n"
		"The configuration. Files in\n"
		".I conf.d/*.conf\n"
		"beside it are read after it, in the order of their names.\n"
		".TP\n"
		".BI \"\\-j, \\-\\-jid \" JID\n"
		"The component to run, or that a command is about.\n"
		".TP\n"
		".BI \"\\-o, \\-\\-option \" NAME=VALUE\n"
		"An option of the module.\n"
		".TP\n"
		".B \"\\-q, \\-\\-quiet, \\-d, \\-\\-debug\"\n"
		"The same as\n"
		".B \\-\\-log\\-level\n"
		"warning and debug.\n"
		".TP\n"
		".B \"\\-h, \\-\\-help\"\n"
		"Lists all options.\n"
		".TP\n"
		".B \"\\-V, \\-\\-version\"\n"
		"Says which version this is.\n"
		".PP\n"
		"Each key below is an option too:\n"
		".BR \"\\-\\-log\\-level debug\" .\n"
		".SH CONFIGURATION\n"
		"Sections in brackets,\n"
		".IR \"name = value\" ,\n"
		"comments behind a semicolon. Keys under\n"
		".B [gangway]\n"
		"are for all components; a section named by the JID of a component is for that one and goes before. Names that\n"
		"are not listed here are options of the component's module. The command line goes before the environment, the\n"
		"environment before the files.\n";

static const char after_keys[] =
		".SH ENVIRONMENT\n"
		".TP\n"
		".B GANGWAY_NAME\n"
		"The key of that name:\n"
		".B GANGWAY_LOG_LEVEL\n"
		"is\n"
		".BR log\\-level .\n"
		".TP\n"
		".B GANGWAY_SECRET_FILE\n"
		"Names a file with the secret.\n"
		".TP\n"
		".B GANGWAY_CONFIG\n"
		"The configuration, when\n"
		".B \\-\\-config\n"
		"is not given.\n"
		".TP\n"
		".B CREDENTIALS_DIRECTORY\n"
		"A file\n"
		".I gangway\\-key\n"
		"in it goes before the key in the data directory.\n"
		".SH SIGNALS\n"
		"SIGTERM and SIGINT stop in order: users are logged out, everything is stored. A second one stops at once.\n"
		"SIGHUP reads log level and secrets anew.\n"
		".SH FILES\n"
		".TP\n"
		".I /etc/gangway/gangway.conf\n"
		"Read when neither\n"
		".B \\-\\-config\n"
		"nor\n"
		".B \\-\\-jid\n"
		"is given.\n"
		".TP\n"
		".I /var/lib/gangway/gangway.key\n"
		"The key that passwords are encrypted with.\n"
		".TP\n"
		".I /var/lib/gangway/JID/gangway.sqlite\n"
		"What is stored for the component of this JID.\n"
		".SH EXIT STATUS\n"
		"0: ended in order. 1: failed. 2: wrong usage or configuration.\n";

/* roff takes a line that begins with a dot or a quote for a request, and a dash for a hyphen. */
static void add_roff(struct strbuf *man, const char *text) {
	if (*text == '.' || *text == '\'') {
		strbuf_add_text(man, "\\&");
	}
	for (; *text; text++) {
		if (*text == '-' || *text == '\\') {
			strbuf_add_char(man, '\\');
		}
		strbuf_add_char(man, *text);
	}
}

static void add_key(struct strbuf *man, const struct config_key *key) {
	strbuf_add_text(man, ".TP\n.BI \"");
	add_roff(man, key->name);
	strbuf_printf(man, " = \" %s\n", key->argument ? key->argument : "yes|no");
	add_roff(man, key->help);
	if (key->value) {
		strbuf_add_text(man, "\n(default: ");
		add_roff(man, key->value);
		strbuf_add_text(man, ")");
	}
	strbuf_add_text(man, "\n");
}

char *config_man(void) {
	struct strbuf man;
	strbuf_init(&man, STRBUF_UNLIMITED);
	strbuf_printf(&man, ".TH GANGWAY 1 \"\" \"Gangway %s\"\n", GANGWAY_VERSION);
	strbuf_add_text(&man, before_keys);
	for (const struct config_key *key = config_keys; key->name; key++) {
		add_key(&man, key);
	}
	strbuf_add_text(&man, after_keys);
	return strbuf_steal(&man);
}
