/* SPDX-License-Identifier: ISC */
/* One sanitised line a request, for the operator. */
#ifndef AUDIT_H
#define AUDIT_H

#include "response.h"

/* Where the line goes. */
enum audit_log {
	AUDIT_STDERR,
	AUDIT_SYSLOG /* facility daemon: stderr is nobody's on some servers */
};

/* What the line will say. Strings are borrowed; NULL ones are left out. */
struct audit {
	const char *method;
	const char *id;
	const char *user;
	char url[1100];   /* VARCHAR(255) in UTF-8 fits */
	char sqlstate[6]; /* of the first database error; empty: none */
	char cause[1024]; /* what went wrong, for the operator; empty: nothing */
	char notice[256]; /* what others would have written to standard error; empty: nothing */
	long long start;  /* audit_clock() as the request began */
	enum audit_log log;
};

/* Monotonic time in milliseconds (clock_gettime(2)). */
long long audit_clock(void);

/* Adds to the cause; what does not fit is cut. */
void audit_cause(struct audit *audit, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Adds a message's first line to the notices; what does not fit is cut. */
void audit_notice(struct audit *audit, const char *message);

/*
 * Redirects standard error into memory. Pass what it returns to audit_release_stderr(), which
 * gives standard error back and adds what was written meanwhile to the notices. If the redirection
 * fails, both do nothing: a foreign line in the log is better than no answer.
 */
int audit_capture_stderr(void);
void audit_release_stderr(struct audit *audit, int copy);

/* Writes the line: to standard error with one write(2), or by syslog(3). */
void audit_write(const struct audit *audit, enum outcome outcome);

#endif
