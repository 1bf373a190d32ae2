/* SPDX-License-Identifier: ISC */
/* The time, and how much of it is left. All in milliseconds. */
#ifndef CLOCK_H
#define CLOCK_H

/* Monotonic time (clock_gettime(2)). */
long long clock_now(void);

/* How long a task may take, from its start. */
struct budget {
	long long start; /* clock_now() */
	int total;
};

/* The time (clock_now()) at which this percentage of the budget is spent. */
long long budget_deadline(const struct budget *budget, int percent);

/* The time left until then. 0 or less means that it is too late. */
long long budget_left(const struct budget *budget, int percent);

#endif
