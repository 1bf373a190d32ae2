/* SPDX-License-Identifier: ISC */
/* What the parts of a check share: the operator's wishes, the two stores, the report. */
#ifndef FSCK_H
#define FSCK_H

#include "findings.h"
#include "options.h"
#include "repairs.h"
#include "spellings.h"

#include "base/clock.h"
#include "base/diagnosis.h"
#include "shop/catalogue.h"
#include "shop/disk.h"
#include "base/settings.h"
#include "walk.h"

#include <stdbool.h>
#include <stdint.h>

struct fsck {
	struct options options;
	struct settings settings;
	struct budget budget;
	struct diagnosis diagnosis;
	struct catalogue live; /* what is so now, and the locks */
	int recursos;
	struct spellings spellings;
	struct repairs repairs;
	struct report report;
	bool delete_orphans; /* asked for, and not refused */
};

/* Each question, and what is done by its answer, has its own time and its own causes. */
void fsck_begin_question(struct fsck *fsck);

/* Whether a record has this url now; leaves nothing locked. -1: cannot be told, and is reported. */
int fsck_is_referenced(struct fsck *fsck, const char *url);

/* Where the file of a record, or of an orphan (id 0), is now. */
enum disk_place fsck_locate(struct fsck *fsck, const char *url, int32_t id);

/*
 * Whether an entry has gone since the walk saw it: a removal has ended in the meantime, and
 * there is nothing to find.
 */
bool fsck_has_gone(const struct walk_entry *entry);

bool fsck_is_file(const struct walk_entry *entry);

/* An entry with a stage's name, which is of this image, and ends in the name of a file. */
void stages_check(struct fsck *fsck, const struct walk_entry *entry, int32_t id,
                  const char *original);

/* A record whose url has no entry. */
void records_check(struct fsck *fsck, const struct record *record);

/* A file that no record has as its url. */
void orphans_check(struct fsck *fsck, const struct walk_entry *entry);

/*
 * Counts, without a word, how many files would be erased as orphans. Returns whether so many
 * may be; else says why not. If the records cannot be read to their end, they may not.
 */
bool orphans_may_be_erased(struct fsck *fsck);

#endif
