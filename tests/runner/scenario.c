/* SPDX-License-Identifier: MPL-2.0 */
/* Runs scenarios with the scripted module. */
#include <gangway/test.h>
#include <stddef.h>

int main(int argc, char **argv) {
	return gw_test_main(argc, argv, NULL);
}
