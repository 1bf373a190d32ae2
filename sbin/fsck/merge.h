/* SPDX-License-Identifier: ISC */
/* The merge: reads records and files side by side, both in byte order of the urls. */
#ifndef MERGE_H
#define MERGE_H

#include "shop/scan.h"
#include "walk.h"

#include <stdbool.h>

/* The functions that a merge calls, each between two rows of the scan. */
struct merge_listener {
	/* An entry, and whether a record has its path as url. */
	void (*entry)(void *context, const struct walk_entry *entry, bool recorded);
	/* A record whose url has no entry. */
	void (*record)(void *context, const struct record *record);
	/* A directory that cannot be read; errno says why. */
	void (*unread)(void *context, const char *path);
	void *context;
};

/* What a merge has counted. */
struct merge_count {
	long records;
	bool whole; /* the scan came to its end; if not, the catalogue's diagnosis says why */
};

/*
 * Walks from recursos/, an open directory, and reads the scan that scan_open() has begun. If the
 * scan breaks off, it reports no more entries or records: without the records nothing can be
 * judged.
 */
struct merge_count merge(const struct merge_listener *listener, struct scan *scan, int recursos);

#endif
