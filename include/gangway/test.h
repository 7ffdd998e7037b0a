/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Scenarios for a module's own tests: text files that say what a user's client sends and what has to come back, run
 * against the real gateway without a server, a network or a clock that runs by itself. docs/testing.md tells the language.
 *
 *	#include <gangway/test.h>
 *	extern const struct gw_module gw_module;
 *	int main(int argc, char **argv) { return gw_test_main(argc, argv, &gw_module); }
 *
 * Built with `pkg-config --cflags --libs gangway-test` and called with the scenario files as arguments.
 */
#ifndef GANGWAY_TEST_H
#define GANGWAY_TEST_H

#ifdef __cplusplus
extern "C" {
#endif

struct gw_module;

/*
 * Runs the scenarios of the files, prints what became of each (TAP: "ok 1 - title"), and for one that failed the line,
 * what was expected, what was sent instead, and everything sent since. Returns 0 when all went well, 1 when one failed, 2
 * when there was nothing to run. A NULL module is the scripted one, which does what the scenario says (`module holds
 * login`).
 */
int gw_test_main(int argc, char **argv, const struct gw_module *module);

#ifdef __cplusplus
}
#endif

#endif
