/* SPDX-License-Identifier: MPL-2.0 */
/* The program `gangway`: the library with its modules loaded at run time. */
#include <gangway/module.h>

int main(int argc, char **argv) {
	return gw_main(argc, argv, NULL);
}
