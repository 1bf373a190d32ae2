/* SPDX-License-Identifier: ISC */
/*
 * The floor of any removal: the program's own transaction, over one warm connection, no file.
 *
 *     warm SECONDS FIRST COUNT
 *
 * deletes the records FIRST, FIRST+1, … and prints a line for each, as load does. The database is
 * that of libpq's environment.
 */
#include "config.h"

#include "catalogue.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static long long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000LL + time.tv_nsec / 1000;
}

/* Returns whether there was such a record and it is gone. */
static bool delete_record(struct catalogue *catalogue, long id)
{
	struct record record = { .id = (int32_t)id };
	bool deleted;

	catalogue->audit->start = audit_clock();
	deleted = catalogue_delete(catalogue, &record, 1) == 1 &&
	          catalogue_commit(catalogue, &record, 1);
	PQclear(catalogue->deleted);
	catalogue->deleted = NULL;
	return deleted;
}

int main(int argc, char **argv)
{
	const struct settings settings = { .timeout = 10000 };
	struct audit audit = { .start = audit_clock() };
	struct catalogue catalogue;
	long long start, end;
	long first, count;

	if (argc != 4)
		return EXIT_FAILURE;
	first = atol(argv[2]);
	count = atol(argv[3]);
	if (catalogue_open(&catalogue, &settings, &audit) != OUTCOME_PENDING)
		return EXIT_FAILURE;
	start = now();
	end = start + (long long)(atof(argv[1]) * 1e6);
	for (long i = 0; i < count && now() < end; i++) {
		long long begin = now();
		bool deleted = delete_record(&catalogue, first + i);

		printf("%lld %lld %d\n", begin - start, now() - begin, deleted ? 200 : 500);
	}
	catalogue_close(&catalogue);
	return EXIT_SUCCESS;
}
