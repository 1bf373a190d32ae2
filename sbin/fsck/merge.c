/* SPDX-License-Identifier: ISC */
/* The merge: reads records and files side by side, both in byte order of the urls. */
#include "config.h"

#include "merge.h"

#include "shop/url.h"

#include <string.h>

/* Some 100 bytes each. A directory of two million names is read three times. */
enum { NAMES = 1200000 };

struct sides {
	const struct merge_listener *listener;
	struct scan *scan;
	struct record record; /* the scan's next one */
	int left;             /* 1 while there is one; 0 after the last; -1: it broke off */
	bool begun;
	long records;
};

static void next_record(struct sides *sides)
{
	sides->begun = true;
	sides->left = scan_next(sides->scan, &sides->record);
	sides->records += sides->left > 0;
}

/* Reports the records before this path. Returns whether a record has the path as its url. */
static bool pass_records(struct sides *sides, const char *path)
{
	const struct merge_listener *listener = sides->listener;
	bool recorded = false;
	int order;

	while (sides->left > 0 && (order = strcmp(sides->record.url, path)) <= 0) {
		recorded = recorded || order == 0;
		if (order < 0)
			listener->record(listener->context, &sides->record);
		next_record(sides);
	}
	return recorded;
}

/* A stage's own directory is an entry. The walk does not enter it. */
static bool enter(void *context, const struct walk_entry *entry)
{
	const char *original;
	int32_t id;

	(void)context;
	return !url_is_stage(entry->name, &id, &original);
}

static void merge_entry(void *context, const struct walk_entry *entry)
{
	struct sides *sides = context;
	bool recorded;

	if (!sides->begun) /* not before: the server sorts while we read the first directory */
		next_record(sides);
	recorded = pass_records(sides, entry->path);
	if (sides->left >= 0)
		sides->listener->entry(sides->listener->context, entry, recorded);
}

static void pass_unread(void *context, const char *path)
{
	struct sides *sides = context;

	sides->listener->unread(sides->listener->context, path);
}

struct merge_count merge(const struct merge_listener *listener, struct scan *scan, int recursos)
{
	struct sides sides = { .listener = listener, .scan = scan };
	const struct walk all = { enter, merge_entry, pass_unread, &sides, NAMES };

	walk(&all, recursos, "/recursos");
	if (!sides.begun)
		next_record(&sides);
	for (; sides.left > 0; next_record(&sides))
		listener->record(listener->context, &sides.record);
	return (struct merge_count){ sides.records, sides.left == 0 };
}
