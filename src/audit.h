/* SPDX-License-Identifier: ISC */
/* One sanitised line a request, for the operator. */
#ifndef AUDIT_H
#define AUDIT_H

#include "response.h"

/* What the line will say. Strings are borrowed; NULL ones are left out. */
struct audit {
	const char *method;
	const char *id;
	const char *user;
	char url[1100];   /* VARCHAR(255) in UTF-8 fits */
	char sqlstate[6]; /* of the first database error; empty: none */
	char cause[1024]; /* what went wrong, for the operator; empty: nothing */
	long long start;  /* audit_clock() as the request began */
};

/* Monotonic time in milliseconds (clock_gettime(2)). */
long long audit_clock(void);

/* Adds to the cause; what does not fit is cut. */
void audit_cause(struct audit *audit, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Writes the line to standard error with one write(2). */
void audit_write(const struct audit *audit, enum outcome outcome);

#endif
