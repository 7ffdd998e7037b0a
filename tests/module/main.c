/* SPDX-License-Identifier: MPL-2.0 */
/* The test program of a module: all of it, as docs/testing.md says. */
#include <gangway/gangway.h>
#include <gangway/test.h>

extern const struct gw_module gw_module;

int main(int argc, char **argv) {
	return gw_test_main(argc, argv, &gw_module);
}
