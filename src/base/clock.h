/* SPDX-License-Identifier: ISC */
/* Time: what it is, and how much of it is left. All of it in milliseconds. */
#ifndef CLOCK_H
#define CLOCK_H

/* Monotonic time (clock_gettime(2)). */
long long clock_now(void);

/* How long something may take in all, from its start on. */
struct budget {
	long long start; /* clock_now() */
	int total;
};

/* By when so many percent of the budget are spent, as clock_now() says it. */
long long budget_deadline(const struct budget *budget, int percent);

/* What is left until then; 0 or less: it is too late. */
long long budget_left(const struct budget *budget, int percent);

#endif
