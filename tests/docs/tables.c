/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Prints the tables of the documentation that the program knows best: `tables xeps`, `tables keys`. tests/docs/check.py
 * compares them with what stands in docs/ and puts them there.
 */
#include "config_table.h"
#include "feature/router.h"

#include <stdio.h>
#include <string.h>

/* "0050 0004" becomes links, one for each number. */
static void print_numbers(const char *numbers) {
	const char *separator = "";
	while (*numbers) {
		int size = (int)strcspn(numbers, " ");
		printf("%s[%.*s](https://xmpp.org/extensions/xep-%.*s.html)", separator, size, numbers, size, numbers);
		separator = ", ";
		numbers += size + (numbers[size] == ' ');
	}
}

static void print_xeps(void) {
	printf("| XEP | what | note |\n|---|---|---|\n");
	for (size_t i = 0; features[i]; i++) {
		const struct feature *feature = features[i];
		if (!feature->xep) {
			continue;
		}
		printf("| ");
		print_numbers(feature->xep);
		printf(" | %s | %s%s |\n", feature->title, feature->note ? feature->note : "",
				feature->available ? feature->note ? " Where the module has it." : "Where the module has it." : "");
	}
}

/* Where modules are is decided when Gangway is built. */
static const char *default_of(const struct config_key *key) {
	return strcmp(key->name, "module-dir") == 0 ? "as it was built" : key->value ? key->value : "";
}

static void print_keys(void) {
	printf("| key | default | meaning |\n|---|---|---|\n");
	for (const struct config_key *key = config_keys; key->name; key++) {
		printf("| `%s` | %s | %s%s |\n", key->name, default_of(key), key->help,
				key->is_global ? " (only under `[gangway]`)" : "");
	}
}

int main(int argc, char **argv) {
	if (argc == 2 && strcmp(argv[1], "xeps") == 0) {
		print_xeps();
	} else if (argc == 2 && strcmp(argv[1], "keys") == 0) {
		print_keys();
	} else {
		fprintf(stderr, "usage: tables xeps|keys\n");
		return 2;
	}
	return 0;
}
