/* SPDX-License-Identifier: ISC */
/*
 * The floor of any removal: the program's own transaction, over one warm connection, no file.
 *
 *     warm SECONDS FIRST COUNT SESION_ID
 *
 * deletes, as user 1 with this session, the records FIRST, FIRST+1, … and prints a line for each,
 * as load does. The database is that of libpq's environment.
 */
#include "config.h"

#include "shop/catalogue.h"

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
static bool delete_record(struct catalogue *catalogue, struct budget *budget,
                          const struct caller *caller, long id)
{
	struct record record = { .id = (int32_t)id };

	budget->start = clock_now();
	return catalogue_delete(catalogue, caller, &record, 1) == OUTCOME_SUCCESS &&
	       catalogue_commit(catalogue, &record, 1, CATALOGUE_DELETION) != COMMITMENT_IN_DOUBT;
}

int main(int argc, char **argv)
{
	const struct settings settings = { .admin_roles = { 1 }, .admin_role_count = 1 };
	struct caller caller = { .id = 1 };
	struct budget budget = { .start = clock_now(), .total = 10000 };
	struct diagnosis diagnosis = { .cause = "" };
	struct catalogue catalogue;
	long long start, end;
	long first, count;

	if (argc != 5)
		return EXIT_FAILURE;
	first = atol(argv[2]);
	count = atol(argv[3]);
	snprintf(caller.sesion_id, sizeof caller.sesion_id, "%s", argv[4]);
	if (catalogue_open(&catalogue, &settings, &budget, &diagnosis) != OUTCOME_SUCCESS)
		return EXIT_FAILURE;
	start = now();
	end = start + (long long)(atof(argv[1]) * 1e6);
	for (long i = 0; i < count && now() < end; i++) {
		long long begin = now();
		bool deleted = delete_record(&catalogue, &budget, &caller, first + i);

		printf("%lld %lld %d\n", begin - start, now() - begin, deleted ? 200 : 500);
	}
	catalogue_close(&catalogue);
	return EXIT_SUCCESS;
}
