/* SPDX-License-Identifier: ISC */
/* As much of the Test Anything Protocol (testanything.org) as a table of cases needs. */
#ifndef TAP_H
#define TAP_H

#include <stdbool.h>
#include <stdio.h>

struct tap {
	int run;
	int failed;
};

static inline void tap_ok(struct tap *tap, bool passed, const char *what)
{
	tap->run++;
	tap->failed += !passed;
	printf("%sok %d - %s\n", passed ? "" : "not ", tap->run, what);
}

/* Prints the plan. Returns the exit status. */
static inline int tap_done(const struct tap *tap)
{
	printf("1..%d\n", tap->run);
	return tap->failed > 0;
}

#endif
