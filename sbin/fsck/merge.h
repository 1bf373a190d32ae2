/* SPDX-License-Identifier: ISC */
/* The merge: records and files side by side, both in byte order of the urls. */
#ifndef MERGE_H
#define MERGE_H

#include "shop/scan.h"
#include "walk.h"

#include <stdbool.h>

/* Who is told of what. All are called between two rows of the scan. */
struct merge_listener {
	/* An entry, and whether a record has its path as url. */
	void (*entry)(void *context, const struct walk_entry *entry, bool recorded);
	/* A record to whose url there is no entry. */
	void (*record)(void *context, const struct record *record);
	/* A directory that cannot be read; errno says why. */
	void (*unread)(void *context, const char *path);
	void *context;
};

/* What a merge has counted. */
struct merge_count {
	long records;
	bool whole; /* the scan came to its end: else the diagnosis of the catalogue says why not */
};

/*
 * Walks from recursos/, an open directory, and reads the scan that scan_open() has begun.
 * Where the scan breaks off, no more entries or records are told: nothing can be judged by
 * records that cannot be read.
 */
struct merge_count merge(const struct merge_listener *listener, struct scan *scan, int recursos);

#endif
