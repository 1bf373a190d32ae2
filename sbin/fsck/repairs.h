/* SPDX-License-Identifier: ISC */
/* Repairs that fail again and again for one reason in one directory, as on a read-only disk. */
#ifndef REPAIRS_H
#define REPAIRS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/* The last failures. Others, elsewhere or for another cause, start the count anew. */
struct repairs {
	char directory[PATH_MAX];
	char cause[256];
	int failures;
};

/* Whether a repair of this path should still be tried. */
bool repairs_are_worth_it(const struct repairs *repairs, const char *path);

/* A repair has succeeded, or has failed for this cause. */
void repairs_succeeded(struct repairs *repairs);
void repairs_failed(struct repairs *repairs, const char *path, const char *cause);

#endif
