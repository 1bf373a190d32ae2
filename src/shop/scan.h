/* SPDX-License-Identifier: ISC */
/* All records, for a check of them all: read in order, and the identity of their database. */
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

/*
 * Connects, and asks for the records. Returns whether that worked; if not, the diagnosis says why.
 */
bool scan_open(struct scan *scan, const char *url, const struct budget *budget,
               struct diagnosis *diagnosis);

/*
 * Reads the next record. Its url is valid until the next call. Returns 1, 0 after the last record,
 * or -1 on an error. It is an error, too, if no record comes within ten times the budget.
 */
int scan_next(struct scan *scan, struct record *record);

/* Disconnects and frees everything. */
void scan_close(struct scan *scan);

/*
 * Calls tell_url for each url that may be another spelling of a file's canonical url (url.h). If it
 * returns false, the diagnosis says why.
 */
bool scan_spellings(struct database *database, void (*tell_url)(void *context, const char *url),
                    void *context);

/*
 * Writes the identity of the database: the same over every way to it, and different for every other
 * database, except a physical copy (a standby, a restored backup). If it returns false, the
 * diagnosis says why.
 */
bool scan_identity(struct database *database, char *identity, size_t size);

#endif
