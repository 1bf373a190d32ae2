/* SPDX-License-Identifier: ISC */
/* remove-set ID...: removes several images as one set, and prints each one's outcome. */
#include "config.h"

#include "removal.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	enum { MOST = 100 };
	struct audit audit = { .start = audit_clock() };
	struct settings settings;
	struct record records[MOST];
	struct image images[MOST];
	struct removal removal = {
		.settings = &settings, .audit = &audit, .records = records, .images = images
	};
	enum outcome outcome;

	if (argc < 2 || argc - 1 > MOST || settings_load(&settings, &audit) != 0)
		return EXIT_FAILURE;
	for (int i = 1; i < argc; i++)
		records[removal.count++] = (struct record){ .id = (int32_t)atol(argv[i]) };
	outcome = removal_look_up(&removal);
	if (outcome == OUTCOME_PENDING)
		outcome = removal_stage(&removal);
	if (outcome == OUTCOME_PENDING)
		outcome = removal_commit(&removal);
	printf("%s\n", response_name(outcome));
	for (size_t i = 0; i < removal.count; i++)
		printf("%ld %s\n", (long)records[i].id, response_name(images[i].outcome));
	removal_close(&removal);
	audit_write(&audit, outcome);
	settings_release(&settings);
	return EXIT_SUCCESS;
}
