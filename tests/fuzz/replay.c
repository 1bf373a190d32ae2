/* SPDX-License-Identifier: ISC */
/* Runs a fuzzer's seeds, or the files named, through it: one test point each. */
#include "config.h"

#include "../lib/tap.h"
#include "fuzz.h"

#include <dirent.h>
#include <limits.h>

static void run(struct tap *tap, const char *path, const char *name)
{
	enum { LONGEST = 1 << 20 };
	FILE *file = fopen(path, "r");
	uint8_t *data = malloc(LONGEST);
	size_t size = file && data ? fread(data, 1, LONGEST, file) : 0;
	uint8_t *exact = malloc(size ? size : 1); /* a byte beyond it is a finding */

	printf("# %s\n", name); /* a crash comes after this line */
	fflush(stdout);
	must(file && data && exact);
	memcpy(exact, data, size);
	LLVMFuzzerTestOneInput(exact, size);
	tap_ok(tap, true, name);
	free(exact);
	free(data);
	fclose(file);
}

static int is_seed(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void run_corpus(struct tap *tap, const char *fuzzer)
{
	const char *top = getenv("abs_top_srcdir");
	char directory[PATH_MAX], path[2 * PATH_MAX];
	struct dirent **seeds;
	int count;

	snprintf(directory, sizeof directory, "%s/tests/fuzz/corpus/%s", top ? top : ".", fuzzer);
	count = scandir(directory, &seeds, is_seed, alphasort);
	must(count > 0);
	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof path, "%s/%s", directory, seeds[i]->d_name);
		run(tap, path, seeds[i]->d_name);
		free(seeds[i]);
	}
	free(seeds);
}

int main(int argc, char **argv)
{
	struct tap tap = { 0 };
	const char *slash = strrchr(argv[0], '/');

	for (int i = 1; i < argc; i++)
		run(&tap, argv[i], argv[i]);
	if (argc == 1)
		run_corpus(&tap, slash ? slash + 1 : argv[0]);
	return tap_done(&tap);
}
