/* SPDX-License-Identifier: ISC */
/* One sanitised line for each request, for the operator. */
#ifndef LOG_H
#define LOG_H

#include "base/diagnosis.h"
#include "base/settings.h"
#include "web/response.h"

#include <stddef.h>

/* What the line says of a request. Strings are borrowed; NULL and empty ones are left out. */
struct log_line {
	const char *program; /* its name, which begins the line */
	const char *method;
	const char *id;
	const char *user;
	char urls[1200]; /* what log_add_url() has added */
	size_t urls_length, url_count;
	long long start;      /* clock_now() as the request began */
	enum settings_log to; /* where it goes */
};

/*
 * Adds the url of an image. The line says how many there are, if not one, and has as many of their
 * urls as there is room for, of the first at least the beginning.
 */
void log_add_url(struct log_line *line, const char *url);

/* Writes the line: to standard error with one write(2), or by syslog(3). */
void log_write(const struct log_line *line, const struct diagnosis *diagnosis,
               const struct answer *answer);

#endif
