/* SPDX-License-Identifier: ISC */
/* The time, and how much of it is left. */
#include "config.h"

#include "base/clock.h"

#include <time.h>

long long clock_now(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

long long budget_deadline(const struct budget *budget, int percent)
{
	return budget->start + (long long)budget->total * percent / 100;
}

long long budget_left(const struct budget *budget, int percent)
{
	return budget_deadline(budget, percent) - clock_now();
}
