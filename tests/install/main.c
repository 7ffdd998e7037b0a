/* SPDX-License-Identifier: MPL-2.0 */
/* A gateway of one module as a program of its own, and with -DTEST the program of its scenarios. */
#include <gangway/module.h>
#include <gangway/test.h>

extern const struct gw_module gw_module;

int main(int argc, char **argv) {
#ifdef TEST
	return gw_test_main(argc, argv, &gw_module);
#else
	return gw_main(argc, argv, &gw_module);
#endif
}
