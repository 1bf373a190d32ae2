/* SPDX-License-Identifier: ISC */
/* Repairs that fail again and again in one directory for one reason, such as a read-only disk. */
#ifndef REPAIRS_H
#define REPAIRS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/* The last failures. A failure in another directory, or for another cause, restarts the count. */
struct repairs {
	char directory[PATH_MAX];
	char cause[256];
	int failures;
};

/* Whether a repair of this path should still be tried. */
bool repairs_are_worth_it(const struct repairs *repairs, const char *path);

/* Notes that a repair has succeeded, or has failed for this cause. */
void repairs_succeeded(struct repairs *repairs);
void repairs_failed(struct repairs *repairs, const char *path, const char *cause);

#endif
