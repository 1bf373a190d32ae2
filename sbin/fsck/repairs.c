/* SPDX-License-Identifier: ISC */
/* Repairs that fail again and again in one directory for one reason. */
#include "config.h"

#include "repairs.h"

#include <stdio.h>
#include <string.h>

enum { MOST_FAILURES = 10 };

static size_t directory_length(const char *path)
{
	return (size_t)(strrchr(path, '/') - path);
}

static bool is_in(const struct repairs *repairs, const char *path)
{
	size_t length = directory_length(path);

	return strncmp(repairs->directory, path, length) == 0 && !repairs->directory[length];
}

/* The part of a cause after the last colon. The file's name comes before it. */
static const char *reason(const char *cause)
{
	const char *last = strrchr(cause, ':');

	return last ? last : cause;
}

bool repairs_are_worth_it(const struct repairs *repairs, const char *path)
{
	return repairs->failures < MOST_FAILURES || !is_in(repairs, path);
}

void repairs_succeeded(struct repairs *repairs)
{
	repairs->failures = 0;
}

void repairs_failed(struct repairs *repairs, const char *path, const char *cause)
{
	if (!is_in(repairs, path) ||
	    strncmp(repairs->cause, reason(cause), sizeof repairs->cause - 1) != 0)
		repairs->failures = 0;
	repairs->failures++;
	snprintf(repairs->directory, sizeof repairs->directory, "%.*s", (int)directory_length(path),
	         path);
	snprintf(repairs->cause, sizeof repairs->cause, "%s", reason(cause));
}
