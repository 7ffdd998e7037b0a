/* SPDX-License-Identifier: MPL-2.0 */
/*
 * main() of a fuzz target where there is no libFuzzer: the target sees each file of the folders given, once. So what was
 * ever found stays tried, by any compiler and with the sanitizers of the build.
 */
#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* As much as script/fuzz lets libFuzzer think of. */
enum { INPUT_MAX_BYTES = 64 * 1024 };

static bool run_file(const char *path) {
	FILE *file = fopen(path, "rb");
	if (!file) {
		perror(path);
		return false;
	}
	/* As long as the input and not longer, so that a sanitizer sees a step beyond its end. */
	uint8_t *room = malloc(INPUT_MAX_BYTES);
	size_t size = room ? fread(room, 1, INPUT_MAX_BYTES, file) : 0;
	fclose(file);
	uint8_t *bytes = realloc(room, size > 0 ? size : 1);
	if (!bytes) {
		abort();
	}
	(void)LLVMFuzzerTestOneInput(bytes, size);
	free(bytes);
	return true;
}

static bool run_folder(const char *folder, unsigned *out_count) {
	DIR *dir = opendir(folder);
	if (!dir) {
		perror(folder);
		return false;
	}
	bool is_fine = true;
	for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
		char path[PATH_MAX];
		if (entry->d_name[0] == '.') {
			continue;
		}
		int length = snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		/* Told first: the last line names the input that broke it. */
		printf("%s\n", path);
		fflush(stdout);
		is_fine = length > 0 && (size_t)length < sizeof(path) && run_file(path) && is_fine;
		++*out_count;
	}
	closedir(dir);
	return is_fine;
}

int main(int argc, char **argv) {
	unsigned count = 0;
	bool is_fine = LLVMFuzzerTestOneInput((const uint8_t *)"", 0) == 0;
	for (int i = 1; i < argc; i++) {
		is_fine = run_folder(argv[i], &count) && is_fine;
	}
	printf("%u inputs\n", count);
	return is_fine && count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
