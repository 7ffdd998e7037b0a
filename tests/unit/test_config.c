/* SPDX-License-Identifier: MPL-2.0 */
/* config: what is said where counts as it should, and each mistake is named with its place and what was expected. */
#include "config.h"
#include "config_table.h"
#include "util/arena.h"
#include "util/mem.h"

#include <gangway/module.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct arena arena;
static char directory[64], file[96];
static struct config *config;
static char *text;

static void write_to(const char *name, const char *content) {
	FILE *out = fopen(arena_printf(&arena, "%s/%s", directory, name), "we");
	assert_non_null(out);
	fputs(content, out);
	fclose(out);
}

static int set_up(void **state) {
	(void)state;
	strcpy(directory, "/tmp/gangway-config-XXXXXX");
	assert_non_null(mkdtemp(directory));
	snprintf(file, sizeof(file), "%s/g.conf", directory);
	return 0;
}

static int tear_down(void **state) {
	(void)state;
	config_free(config);
	config = NULL;
	free(text);
	text = NULL;
	for (const struct config_key *key = config_keys; key->name; key++) {
		char *name = arena_printf(&arena, "GANGWAY_%s", key->name);
		for (char *c = name; *c; c++) {
			*c = *c == '-' ? '_' : *c >= 'a' && *c <= 'z' ? (char)(*c - 32) : *c;
		}
		unsetenv(name);
	}
	unsetenv("GANGWAY_SECRET_FILE");
	unsetenv("GANGWAY_CONFIG");
	int failed = system(arena_printf(&arena, "rm -r %s", directory));
	arena_finish(&arena);
	arena_release_cache();
	return failed;
}

/* Loads with these arguments, which end with NULL. */
static enum config_outcome load(const char *first, ...) {
	char *argv[32] = { "gangway" };
	int argc = 1;
	va_list args;
	va_start(args, first);
	for (const char *one = first; one != NULL; one = va_arg(args, const char *)) {
		argv[argc++] = arena_strdup(&arena, one);
	}
	va_end(args);
	config_free(config);
	config = NULL;
	free(text);
	return config_load(argc, argv, &config, &text);
}

static const struct config_component *loaded(const char *content) {
	write_to("g.conf", content);
	if (load("-c", file, NULL) != CONFIG_LOADED) {
		print_error("%s\n", text);
		fail();
	}
	return config->components;
}

/* The sentence about a wrong file; %s stands for its name. */
static void assert_wrong(const char *content, const char *expected) {
	write_to("g.conf", content);
	assert_int_equal(load("-c", file, NULL), CONFIG_WRONG);
	assert_string_equal(text, arena_printf(&arena, expected, file));
	assert_null(config);
}

#define COMPLETE "[irc.example.org]\nmodule = irc\nsecret = s\n"

/* --- What counts --- */

/* rows: P1 P2 P3 P4 P5 P6 P9 P13 P14 P22 P23 P24 P25 P26 P27 */
static void test_defaults(void **state) {
	(void)state;
	const struct config_component *irc = loaded(COMPLETE);
	assert_int_equal(config->component_count, 1);
	assert_string_equal(config->data_dir, "/var/lib/gangway");
	assert_int_equal(config->log_level, GW_LOG_INFO);
	assert_string_equal(irc->jid, "irc.example.org");
	assert_string_equal(irc->module, "irc");
	assert_string_equal(irc->secret, "s");
	assert_string_equal(irc->server_host, "localhost");
	assert_int_equal(irc->server_port, 5347);
	assert_int_equal(irc->server_tls, GW_CONN_PLAIN);
	assert_string_equal(irc->user_jid_domains[0], "example.org");
	assert_null(irc->user_jid_domains[1]);
	assert_null(irc->admins[0]);
	assert_true(irc->roster_push && irc->subscription_fallback);
	assert_false(irc->durable || irc->last_seen_fallback);
	assert_true(irc->correction_empty_body_as_retraction);
	assert_false(irc->last_message_correction_retraction_workaround);
	assert_int_equal(irc->logins_at_once, 16);
	assert_int_equal(irc->request_timeout_ms, 60000);
	assert_int_equal(irc->input_timeout_ms, 300000);
	assert_int_equal(irc->qr_timeout_ms, 60000);
	assert_int_equal(irc->partial_registration_timeout_ms, 3600000);
	assert_int_equal(irc->command_timeout_ms, 3600000);
	assert_int_equal(irc->delay_threshold_ms, 300000);
	assert_null(irc->upload_service);
	assert_null(config->command);
}

/* rows: P8 P9 P10 P11 */
static void test_everything_said(void **state) {
	(void)state;
	const struct config_component *irc = loaded("[gangway]\ndata-dir = /d\nmodule-dir = /m\nlog-level = debug ; a comment\n"
			"server = xmpp.example.org:5348\n\n"
			"# a comment\n  [irc.example.org]\n\tmodule = ./libirc.so\n  secret = s=1; 2\nserver-tls = yes\n"
			"server-ca-file = /dev/null\nuser-jid-domains = a.org, b.org\nadmins = x@a.org y@b.org\n"
			"upload-service = upload.a.org\nupload-requester = me@irc.example.org\nlogins-at-once = 3\ndurable = on\n");
	assert_string_equal(config->data_dir, "/d");
	assert_string_equal(config->module_dir, "/m");
	assert_int_equal(config->log_level, GW_LOG_DEBUG);
	assert_string_equal(irc->module, "./libirc.so");
	assert_string_equal(irc->secret, "s=1; 2");
	assert_string_equal(irc->server_host, "xmpp.example.org");
	assert_int_equal(irc->server_port, 5348);
	assert_int_equal(irc->server_tls, GW_CONN_TLS);
	assert_string_equal(irc->server_ca_file, "/dev/null");
	assert_string_equal(irc->user_jid_domains[1], "b.org");
	assert_null(irc->user_jid_domains[2]);
	assert_string_equal(irc->admins[0], "x@a.org");
	assert_string_equal(irc->admins[1], "y@b.org");
	assert_string_equal(irc->upload_service, "upload.a.org");
	assert_string_equal(irc->upload_requester, "me@irc.example.org");
	assert_int_equal(irc->logins_at_once, 3);
	assert_true(irc->durable);
}

/* [gangway] speaks for all components, a section for its own, and may be empty. */
static void test_sections(void **state) {
	(void)state;
	const struct config_component *all = loaded("[gangway]\nmodule = demo\nsecret = common\nadmins = a@b.org\n"
			"[demo.b.org]\n[irc.b.org]\nmodule = irc\nsecret = own\n[demo.b.org]\nqr-timeout = 5\n");
	assert_int_equal(config->component_count, 2);
	assert_string_equal(all[0].jid, "demo.b.org");
	assert_string_equal(all[0].module, "demo");
	assert_string_equal(all[0].secret, "common");
	assert_int_equal(all[0].qr_timeout_ms, 5000);
	assert_string_equal(all[1].module, "irc");
	assert_string_equal(all[1].secret, "own");
	assert_string_equal(all[1].admins[0], "a@b.org");
	assert_int_equal(all[1].qr_timeout_ms, 60000);
}

/* rows: P36 Y4 */
static void test_later_sources_win(void **state) {
	(void)state;
	loaded(COMPLETE "logins-at-once = 1\n");
	mkdir(arena_printf(&arena, "%s/conf.d", directory), 0700);
	write_to("conf.d/20.conf", "[irc.example.org]\nlogins-at-once = 4\n");
	write_to("conf.d/10.conf", "[irc.example.org]\nlogins-at-once = 3\nsecret = from conf.d\n");
	write_to("conf.d/30.txt", "[irc.example.org]\nlogins-at-once = 5\n");
	load("-c", file, NULL);
	assert_int_equal(config->components[0].logins_at_once, 4);
	assert_string_equal(config->components[0].secret, "from conf.d");

	setenv("GANGWAY_LOGINS_AT_ONCE", "6", 1);
	setenv("GANGWAY_CONFIG", file, 1);
	assert_int_equal(load(NULL), CONFIG_LOADED);
	assert_int_equal(config->components[0].logins_at_once, 6);
	load("--logins-at-once", "7", "--logins-at-once=8", NULL);
	assert_int_equal(config->components[0].logins_at_once, 8);

	load("--quiet", NULL);
	assert_int_equal(config->log_level, GW_LOG_WARNING);
	load("-d", NULL);
	assert_int_equal(config->log_level, GW_LOG_DEBUG);
	load("-d", "--log-level", "error", NULL);
	assert_int_equal(config->log_level, GW_LOG_ERROR);
}

static void test_secrets_in_files(void **state) {
	(void)state;
	loaded(COMPLETE);
	write_to("secret", "from a file\n");
	const char *path = arena_printf(&arena, "%s/secret", directory);
	setenv("GANGWAY_SECRET_FILE", path, 1);
	load("-c", file, NULL);
	assert_string_equal(config->components[0].secret, "from a file");
	setenv("GANGWAY_SECRET", "directly", 1);
	load("-c", file, NULL);
	assert_string_equal(config->components[0].secret, "directly");
	unsetenv("GANGWAY_SECRET");
	write_to("secret", "");
	assert_int_equal(load("-c", file, NULL), CONFIG_WRONG);
	assert_string_equal(text, arena_printf(&arena, "GANGWAY_SECRET_FILE: %s cannot be read: it is empty", path));
	unlink(path);
	assert_int_equal(load("-c", file, NULL), CONFIG_WRONG);
	assert_string_equal(text, arena_printf(&arena, "GANGWAY_SECRET_FILE: %s cannot be read: No such file or directory",
			path));
}

static void test_without_a_file(void **state) {
	(void)state;
	assert_int_equal(load("--jid", "demo.localhost", "--secret", "s", "-m", "demo", "-s", "[::1]:5000", NULL),
			CONFIG_LOADED);
	assert_int_equal(config->component_count, 1);
	assert_string_equal(config->components[0].jid, "demo.localhost");
	assert_string_equal(config->components[0].user_jid_domains[0], "localhost");
	assert_string_equal(config->components[0].server_host, "::1");
	assert_int_equal(config->components[0].server_port, 5000);
	assert_int_equal(load("-j", "gateway", "--secret", "s", "-m", "demo", NULL), CONFIG_LOADED);
	assert_string_equal(config->components[0].user_jid_domains[0], "gateway");
}

static void test_commands(void **state) {
	(void)state;
	write_to("g.conf", "[a.org]\nmodule = x\nsecret = s\n[b.org]\n");
	assert_int_equal(load("-c", file, "users", "show", "romeo@montague.lit", NULL), CONFIG_LOADED);
	assert_string_equal(config->command, "users");
	assert_string_equal(config->arguments[0], "show");
	assert_string_equal(config->arguments[1], "romeo@montague.lit");
	assert_null(config->arguments[2]);
	assert_int_equal(load("-c", file, "--jid", "b.org", "users", NULL), CONFIG_LOADED);
	assert_string_equal(config->only_jid, "b.org");
	assert_int_equal(load("modules", NULL), CONFIG_LOADED);
	assert_int_equal(load("-c", file, "check", NULL), CONFIG_WRONG);
	assert_string_equal(text, "[b.org] has no secret");
}

/* One of several is run by its name. */
static void test_one_of_several(void **state) {
	(void)state;
	loaded("[gangway]\nmodule = x\nsecret = s\n[a.org]\n[b.org]\n");
	assert_int_equal(load("-c", file, "--jid", "b.org", NULL), CONFIG_LOADED);
	assert_int_equal(config->component_count, 1);
	assert_string_equal(config->components[0].jid, "b.org");
	assert_int_equal(load("-c", file, "--jid", "c.org", NULL), CONFIG_WRONG);
	assert_string_equal(text, "--jid: the configuration has no section [c.org]");
	assert_int_equal(load("-c", file, "--jid", "c.org", "check", NULL), CONFIG_WRONG);
	assert_int_equal(load("-c", file, "--jid", "b.org", "check", NULL), CONFIG_LOADED);
	assert_int_equal(config->component_count, 1);
}

/* As editors on Windows write it. */
static void test_byte_order_mark(void **state) {
	(void)state;
	assert_string_equal(loaded("\xef\xbb\xbf[irc.example.org]\r\nmodule = irc\r\nsecret = s\r\n")->secret, "s");
	loaded("\xef\xbb\xbf; Ours.\n" COMPLETE);
}

/* --- Values --- */

static void test_durations(void **state) {
	(void)state;
	static const struct {
		const char *value;
		int64_t ms;
	} rows[] = {
		{ "90", 90000 }, { "90s", 90000 }, { "90 s", 90000 }, { "1min", 60000 }, { "5 min", 300000 }, { "2m", 120000 },
		{ "1h", 3600000 }, { "2 hours", 7200000 }, { "1d", 86400000 }, { "250ms", 250 },
	};
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		assert_int_equal(loaded(arena_printf(&arena, COMPLETE "qr-timeout = %s\n", rows[i].value))->qr_timeout_ms,
				rows[i].ms);
	}
	static const char *const wrong[] = { "", "0", "-5", "s", "5 parsecs", "1.5h", "1h30", "9999999999999" };
	for (size_t i = 0; i < ARRAY_LENGTH(wrong); i++) {
		assert_wrong(arena_printf(&arena, COMPLETE "qr-timeout = %s\n", wrong[i]), arena_printf(&arena,
				"%%s:4: “qr-timeout” is “%s”: expected a time such as 30s, 5min or 1h", wrong[i]));
	}
}

/* W-30: also what is on by default is switched off, wherever that is said. */
static void test_booleans(void **state) {
	(void)state;
	static const char *const off[] = { "no", "false", "off", "0", "No", "FALSE" }, *const on[] = { "yes", "true", "on", "1" };
	for (size_t i = 0; i < ARRAY_LENGTH(off); i++) {
		assert_false(loaded(arena_printf(&arena, COMPLETE "roster-push = %s\n", off[i]))->roster_push);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(on); i++) {
		assert_true(loaded(arena_printf(&arena, COMPLETE "durable = %s\n", on[i]))->durable);
	}
	assert_false(loaded("[gangway]\nsubscription-fallback = no\n" COMPLETE)->subscription_fallback);
	loaded(COMPLETE);
	load("-c", file, "--roster-push=no", NULL);
	assert_false(config->components[0].roster_push);
	setenv("GANGWAY_SUBSCRIPTION_FALLBACK", "false", 1);
	load("-c", file, NULL);
	assert_false(config->components[0].subscription_fallback);
	assert_wrong(COMPLETE "durable = maybe\n", "%s:4: “durable” is “maybe”: expected yes or no");
	assert_wrong(COMPLETE "durable =\n", "%s:4: “durable” is “”: expected yes or no");
}

static void test_lists(void **state) {
	(void)state;
	struct config_component irc = *loaded(COMPLETE "admins = ,a@b.org ,, c@d.org,\n");
	assert_string_equal(irc.admins[0], "a@b.org");
	assert_string_equal(irc.admins[1], "c@d.org");
	assert_null(irc.admins[2]);
	assert_string_equal(loaded(COMPLETE "user-jid-domains =\n")->user_jid_domains[0], "example.org");
}

/* As addresses are compared. */
static void test_addresses(void **state) {
	(void)state;
	struct config_component irc = *loaded(COMPLETE "admins = Romeo@Montague.LIT\n"
			"user-jid-domains = Montague.LIT capulet.lit\n");
	assert_string_equal(irc.admins[0], "romeo@montague.lit");
	assert_string_equal(irc.user_jid_domains[0], "montague.lit");
	assert_string_equal(irc.user_jid_domains[1], "capulet.lit");
	assert_string_equal(loaded("[IRC.Example.ORG]\nmodule = irc\nsecret = s\n")->user_jid_domains[0], "example.org");
	assert_wrong(COMPLETE "admins = romeo\n",
			"%s:4: “admins” is “romeo”: expected addresses such as romeo@example.org, separated by spaces");
	assert_wrong(COMPLETE "admins = a@b.org c@d.org/orchard\n", "%s:4: “admins” is “a@b.org c@d.org/orchard”: expected "
			"addresses such as romeo@example.org, separated by spaces");
	assert_wrong(COMPLETE "user-jid-domains = @montague.lit\n",
			"%s:4: “user-jid-domains” is “@montague.lit”: expected domains separated by spaces");
}

static void test_wrong_values(void **state) {
	(void)state;
	assert_wrong(COMPLETE "server = localhost\n", "%s:4: “server” is “localhost”: expected HOST:PORT");
	assert_wrong(COMPLETE "server = :5347\n", "%s:4: “server” is “:5347”: expected HOST:PORT");
	assert_wrong(COMPLETE "server = a.org:99999\n", "%s:4: “server” is “a.org:99999”: expected HOST:PORT");
	assert_wrong(COMPLETE "server-tls = perhaps\n", "%s:4: “server-tls” is “perhaps”: expected no, yes or unverified");
	assert_wrong(COMPLETE "server-ca-file = /no/such/file.pem\n",
			"%s:4: “server-ca-file” is “/no/such/file.pem”: expected a file that can be read");
	assert_wrong(COMPLETE "logins-at-once = 0\n", "%s:4: “logins-at-once” is “0”: expected a number from 1 to 10000");
	assert_wrong("[gangway]\nlog-level = loud\n" COMPLETE,
			"%s:2: “log-level” is “loud”: expected error, warning, info or debug");
	loaded(COMPLETE);
	assert_int_equal(load("-c", file, "--qr-timeout", "soon", NULL), CONFIG_WRONG);
	assert_string_equal(text, "--qr-timeout: “qr-timeout” is “soon”: expected a time such as 30s, 5min or 1h");
	setenv("GANGWAY_DURABLE", "perhaps", 1);
	assert_int_equal(load("-c", file, NULL), CONFIG_WRONG);
	assert_string_equal(text, "GANGWAY_DURABLE: “durable” is “perhaps”: expected yes or no");
}

/* --- Mistakes --- */

static void test_wrong_keys(void **state) {
	(void)state;
	assert_wrong("[gangway]\n\nlog-levle = info\n" COMPLETE,
			"%s:3: there is no key “log-levle” in [gangway]; did you mean “log-level”?");
	assert_wrong("[gangway]\ncolour = red\n" COMPLETE, "%s:2: there is no key “colour” in [gangway]");
	assert_wrong(COMPLETE "data-dir = /d\n",
			"%s:4: “data-dir” goes into the section [gangway], it is for all components");
	assert_wrong("secret = s\n" COMPLETE, "%s:1: “secret” stands before the first [section]");
	assert_wrong(COMPLETE "what is this\n", "%s:4: expected “[section]” or “name = value”");
	assert_wrong(COMPLETE "admins = a@b.org\n  c@d.org\n", "%s:5: expected “[section]” or “name = value”");
	assert_wrong(COMPLETE "secret = t\n", "%s:4: “secret” stands in line 3 already");
	assert_wrong("[gangway]\ndurable = no\n" COMPLETE "[gangway]\ndurable = no\n",
			"%s:7: “durable” stands in line 2 already");
	loaded("[gangway]\ndurable = no\n" COMPLETE "durable = yes\n");
	assert_wrong("[irc.example.org\nmodule = irc\n", "%s:1: expected “[section]” or “name = value”");
	assert_wrong(arena_printf(&arena, "[%050d.org]\n", 1), "%s:1: the name of the section is longer than 49 bytes");
	assert_wrong(arena_printf(&arena, COMPLETE "admins = %0200d\n", 1), "%s:4: the line is longer than 197 bytes");
}

static void test_too_many_components(void **state) {
	(void)state;
	char *many = arena_strdup(&arena, "[gangway]\nmodule = m\nsecret = s\n");
	for (int i = 0; i < 257; i++) {
		many = arena_printf(&arena, "%s[c%d.org]\n", many, i);
	}
	assert_wrong(many, "%s:260: there are more than 256 components");
}

/* The longest lines and names that there can be are taken whole. */
static void test_long_lines(void **state) {
	(void)state;
	const char *jid = arena_printf(&arena, "%045d.org", 1), *secret = arena_printf(&arena, "%0180d", 1);
	const struct config_component *one = loaded(arena_printf(&arena, "[%s]\nmodule = m\nsecret = %s\n", jid, secret));
	assert_string_equal(one->jid, jid);
	assert_string_equal(one->secret, secret);
}

static void test_one_address_written_in_two_ways(void **state) {
	(void)state;
	assert_wrong("[gangway]\nsecret = s\n[irc.example.org]\nmodule = irc\n[Irc.Example.org]\nmodule = demo\n",
			"[Irc.Example.org] is the same address as [irc.example.org]");
}

static void test_incomplete(void **state) {
	(void)state;
	assert_null(loaded("[irc.example.org]\nsecret = s\n")->module); /* it may be linked in */
	assert_wrong("[irc.example.org]\nmodule = irc\n", "[irc.example.org] has no secret");
	assert_wrong("[irc.example.org]\nmodule = irc\nsecret =\n", "[irc.example.org] has no secret");
	assert_wrong("[gangway]\nlog-level = info\n", "no component is configured: add a section [JID] to the configuration, or "
			"use --jid, --secret and --module");
	assert_int_equal(load("-c", "/nowhere/g.conf", NULL), CONFIG_WRONG);
	assert_string_equal(text, "/nowhere/g.conf cannot be read: No such file or directory");
	assert_int_equal(load("-c", directory, NULL), CONFIG_WRONG);
	assert_string_equal(text, arena_printf(&arena, "%s cannot be read: Is a directory", directory));
}

static void test_wrong_options(void **state) {
	(void)state;
	assert_int_equal(load("--sever", "x", NULL), CONFIG_WRONG);
	assert_string_equal(text, "there is no option “--sever”; did you mean “server”?; `gangway --help` lists them all");
	assert_int_equal(load("--log-leve1=info", NULL), CONFIG_WRONG);
	assert_string_equal(text,
			"there is no option “--log-leve1=info”; did you mean “log-level”?; `gangway --help` lists them all");
	assert_int_equal(load("--server", NULL), CONFIG_WRONG);
	assert_string_equal(text, "the option “--server” needs a value");
	assert_int_equal(load("--option", "x", NULL), CONFIG_WRONG);
	assert_string_equal(text, "--option “x”: expected NAME=VALUE");
}

/* rows: P37 */
static void test_options_of_modules(void **state) {
	(void)state;
	static const struct gw_module_option known[] = { { .name = "history-size" }, { .name = "greeting" }, { 0 } };
	char *error = NULL;
	const struct config_component *irc = loaded(COMPLETE "history-size = 5\n");
	assert_true(config_check_options(irc, known, &error));
	assert_string_equal(config_option(irc, "history-size"), "5");
	assert_null(config_option(irc, "greeting"));
	load("-c", file, "--option", "history-size=6", "-o", "greeting=Hi = you", NULL);
	assert_string_equal(config_option(config->components, "history-size"), "6");
	assert_string_equal(config_option(config->components, "greeting"), "Hi = you");

	irc = loaded(COMPLETE "admin = a@b.org\n");
	assert_false(config_check_options(irc, known, &error));
	assert_string_equal(error, arena_printf(&arena,
			"%s:4: neither Gangway nor the module irc knows the key “admin”; did you mean “admins”?", file));
	free(error);
	irc = loaded(COMPLETE "history-sise = 5\n");
	assert_false(config_check_options(irc, known, &error));
	assert_string_equal(error, arena_printf(&arena,
			"%s:4: neither Gangway nor the module irc knows the key “history-sise”; did you mean “history-size”?",
			file));
	free(error);
	assert_false(config_check_options(irc, NULL, &error));
	free(error);

	static const struct gw_module_option needed[] = { { .name = "token", .required = true, .help = "From the network" },
		{ .name = "region", .required = true, .value = "eu" }, { 0 } };
	irc = loaded(COMPLETE);
	assert_false(config_check_options(irc, needed, &error));
	assert_string_equal(error,
			"[irc.example.org] lacks the key “token”, which the module irc needs: From the network");
	free(error);
	assert_true(config_check_options(loaded(COMPLETE "token = t\n"), needed, &error));

	static const struct gw_module_option taken[] = { { .name = "token" }, { .name = "durable" }, { 0 } };
	assert_false(config_check_options(loaded(COMPLETE), taken, &error));
	assert_string_equal(error, "the module irc has an option “durable”, which would never be heard: “durable” is a key of "
			"Gangway's own (Let every commit survive a loss of power too, at the price of a disk sync each)");
	free(error);
}

/* --- Texts --- */

static void test_printed(void **state) {
	(void)state;
	assert_int_equal(load("--version", NULL), CONFIG_PRINTED);
	assert_memory_equal(text, "gangway ", 8);
	assert_int_equal(load("--help", NULL), CONFIG_PRINTED);
	for (const struct config_key *key = config_keys; key->name; key++) {
		assert_non_null(strstr(text, arena_printf(&arena, "--%s", key->name)));
		assert_non_null(strstr(text, key->help));
	}
	assert_int_equal(load("--man", NULL), CONFIG_PRINTED);
	assert_memory_equal(text, ".TH GANGWAY 1", 13);
	assert_non_null(strstr(text, ".BI \"log\\-level = \""));
}

#define CONFIG_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
	const struct CMUnitTest tests[] = {
		CONFIG_TEST(test_defaults),
		CONFIG_TEST(test_everything_said),
		CONFIG_TEST(test_sections),
		CONFIG_TEST(test_later_sources_win),
		CONFIG_TEST(test_secrets_in_files),
		CONFIG_TEST(test_without_a_file),
		CONFIG_TEST(test_commands),
		CONFIG_TEST(test_one_of_several),
		CONFIG_TEST(test_byte_order_mark),
		CONFIG_TEST(test_durations),
		CONFIG_TEST(test_booleans),
		CONFIG_TEST(test_lists),
		CONFIG_TEST(test_addresses),
		CONFIG_TEST(test_wrong_values),
		CONFIG_TEST(test_wrong_keys),
		CONFIG_TEST(test_too_many_components),
		CONFIG_TEST(test_long_lines),
		CONFIG_TEST(test_incomplete),
		CONFIG_TEST(test_one_address_written_in_two_ways),
		CONFIG_TEST(test_wrong_options),
		CONFIG_TEST(test_options_of_modules),
		CONFIG_TEST(test_printed),
	};
	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
