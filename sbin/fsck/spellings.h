/* SPDX-License-Identifier: ISC */
/*
 * Files that a record names, but not by their canonical url: they are not orphans, whatever the
 * merge says.
 */
#ifndef SPELLINGS_H
#define SPELLINGS_H

#include "base/database.h"

#include <stdbool.h>
#include <stddef.h>

/* Names of files (url_file_name()), sorted. Needs spellings_release(). */
struct spellings {
	char **names;
	size_t count;
	bool loaded;
	bool failed; /* out of memory */
};

/*
 * Asks the database, the first time. Returns whether that worked and all names fit into memory; if
 * not, the diagnosis says why.
 */
bool spellings_load(struct spellings *spellings, struct database *database);

/* Whether another spelling may stand for this canonical url. */
bool spellings_have(const struct spellings *spellings, const char *url);

void spellings_release(struct spellings *spellings);

#endif
