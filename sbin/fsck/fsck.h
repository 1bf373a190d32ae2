/* SPDX-License-Identifier: ISC */
/* What the parts of a check share: the options, the database and the disk, the report. */
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
	struct catalogue live; /* what is true now, and the locks */
	int recursos;
	struct spellings spellings;
	struct repairs repairs;
	struct report report;
	bool delete_orphans; /* requested, and not refused */
};

/* Begins a question. Each question, with the action that follows, has its own time and causes. */
void fsck_begin_question(struct fsck *fsck);

/*
 * Whether a record has this url now. Leaves nothing locked. Returns -1 after a report if that
 * cannot be found out.
 */
int fsck_is_referenced(struct fsck *fsck, const char *url);

/* Where the file of a record, or of an orphan (id 0), is now. */
enum disk_place fsck_locate(struct fsck *fsck, const char *url, int32_t id);

/*
 * Whether an entry is gone since the walk saw it: a removal has ended, and there is nothing to
 * report.
 */
bool fsck_has_gone(const struct walk_entry *entry);

bool fsck_is_file(const struct walk_entry *entry);

/*
 * Checks an entry with a stage's name: the id of its image, and the name of the file that it ends
 * in.
 */
void stages_check(struct fsck *fsck, const struct walk_entry *entry, int32_t id,
                  const char *original);

/* Checks a record whose url has no entry. */
void records_check(struct fsck *fsck, const struct record *record);

/* Checks a file that no record has as its url. */
void orphans_check(struct fsck *fsck, const struct walk_entry *entry);

/*
 * Counts, without printing, the files that would be erased as orphans. Returns whether that many
 * may be erased; if not, prints why. If the records cannot be read to their end, none may be.
 */
bool orphans_may_be_erased(struct fsck *fsck);

#endif
