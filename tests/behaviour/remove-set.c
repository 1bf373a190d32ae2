/* SPDX-License-Identifier: ISC */
/* remove-set ID...: removes several images as one set, and prints each one's outcome. */
#include "config.h"

#include "imagenes_answers.h"
#include "shop/removal.h"
#include "web/log.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	enum { MOST = 100 };
	struct diagnosis diagnosis = { .cause = "" };
	struct budget budget = { .start = clock_now() };
	struct settings settings;
	struct record records[MOST];
	struct image images[MOST];
	struct removal removal = { .settings = &settings,
		                   .budget = &budget,
		                   .diagnosis = &diagnosis,
		                   .records = records,
		                   .images = images };
	struct log_line line = { .program = "imagenes", .start = budget.start };
	enum outcome outcome;

	if (argc < 2 || argc - 1 > MOST || settings_load(&settings, &diagnosis) != 0)
		return EXIT_FAILURE;
	budget.total = settings.timeout;
	for (int i = 1; i < argc; i++)
		records[removal.count++] = (struct record){ .id = (int32_t)atol(argv[i]) };
	outcome = removal_look_up(&removal);
	if (outcome == OUTCOME_SUCCESS)
		outcome = removal_stage(&removal);
	if (outcome == OUTCOME_SUCCESS)
		outcome = removal_commit(&removal);
	printf("%s\n", imagenes_answer(outcome)->name);
	for (size_t i = 0; i < removal.count; i++)
		printf("%ld %s\n", (long)records[i].id, imagenes_answer(images[i].outcome)->name);
	removal_close(&removal);
	log_write(&line, &diagnosis, imagenes_answer(outcome));
	settings_release(&settings);
	return EXIT_SUCCESS;
}
