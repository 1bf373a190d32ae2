/* SPDX-License-Identifier: ISC */
/* The records as a whole, for whoever checks them all: read in order, and which database has them.
 */
#ifndef SCAN_H
#define SCAN_H

#include "base/database.h"
#include "shop/record.h"

#include <stdbool.h>
#include <stddef.h>

/* All records, in byte order of their urls. Needs scan_close(), whatever scan_open() returned. */
struct scan {
	struct database database;
	char *row; /* the last one */
	bool begun;
};

/* Connects, and asks for them. Returns whether it could; the diagnosis says why not. */
bool scan_open(struct scan *scan, const char *url, const struct budget *budget,
               struct diagnosis *diagnosis);

/*
 * Reads the next record; its url is the scan's until the next call. Returns 1, 0 after the last
 * record, or -1 on an error, such as to wait in vain for ten times the budget.
 */
int scan_next(struct scan *scan, struct record *record);

/* Disconnects and frees all. */
void scan_close(struct scan *scan);

/*
 * Tells each url that may spell a file's in another way than its canonical one (url.h). On false
 * the diagnosis says why not.
 */
bool scan_spellings(struct database *database, void (*tell_url)(void *context, const char *url),
                    void *context);

/*
 * Says which database this is: the same over every way to it, and another for every other but a
 * physical copy (a standby, a restored backup). On false the diagnosis says why not.
 */
bool scan_identity(struct database *database, char *identity, size_t size);

#endif
