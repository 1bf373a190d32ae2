/* SPDX-License-Identifier: ISC */
/* Files without a record: reported, or erased by a sweep. */
#include "config.h"

#include "fsck.h"

#include "merge.h"
#include "shop/url.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* A file that may be an orphan, as the walk found it. */
struct candidate {
	const char *url;
	off_t size;
	time_t age; /* seconds since its last change */
};

/* Whether an orphan may be there. */
static bool is_orphanage(const struct fsck *fsck, const struct walk_entry *entry)
{
	const char *directory = fsck->options.directory;

	/*
	 * .htaccess and the like are not images. The database cannot be asked about what is not
	 * UTF-8.
	 */
	return entry->name[0] != '.' && strncmp(entry->path, directory, strlen(directory)) == 0 &&
	       mbstowcs(NULL, entry->path, 0) != (size_t)-1;
}

/* Looks at an entry. Returns whether it is a file that may be an orphan. */
static bool look_at_candidate(const struct walk_entry *entry, struct candidate *candidate)
{
	struct stat status;

	if (fstatat(entry->directory, entry->name, &status, AT_SYMLINK_NOFOLLOW) != 0 ||
	    !S_ISREG(status.st_mode))
		return false;
	/* A copy may keep its original's mtime; its ctime is its own. */
	*candidate = (struct candidate){ .url = entry->path,
		                         .size = status.st_size,
		                         .age = time(NULL) - (status.st_mtime > status.st_ctime
		                                                      ? status.st_mtime
		                                                      : status.st_ctime) };
	return true;
}

/* --- the share of files that would be erased --- */

struct tally {
	struct fsck *fsck;
	long files;    /* in the directory of orphans */
	long recorded; /* of these, those that a record names */
	long orphans;  /* of these, those that would be erased */
};

static void count_entry(void *context, const struct walk_entry *entry, bool recorded)
{
	struct tally *tally = context;
	struct candidate candidate;

	if (!is_orphanage(tally->fsck, entry) || !look_at_candidate(entry, &candidate))
		return;
	tally->files++;
	if (recorded || spellings_have(&tally->fsck->spellings, entry->path))
		tally->recorded++;
	else if (candidate.age > tally->fsck->options.older_than)
		tally->orphans++;
}

static void ignore_record(void *context, const struct record *record)
{
	(void)context;
	(void)record;
}

/* The check itself reports what cannot be read. */
static void ignore_unread(void *context, const char *path)
{
	(void)context;
	(void)path;
}

static bool is_too_much(const struct fsck *fsck, const struct tally *tally)
{
	if (tally->orphans == 0 || fsck->options.force)
		return false;
	return tally->recorded == 0 ||
	       tally->orphans * 100 > tally->files * fsck->options.max_share;
}

static bool count_all(struct fsck *fsck, struct tally *tally)
{
	const struct merge_listener listener = { count_entry, ignore_record, ignore_unread, tally };
	struct scan scan;
	bool whole;

	fsck_begin_question(fsck);
	whole = scan_open(&scan, fsck->settings.database, &fsck->budget, &fsck->diagnosis) &&
	        merge(&listener, &scan, fsck->recursos).whole;
	scan_close(&scan);
	return whole;
}

bool orphans_may_be_erased(struct fsck *fsck)
{
	struct tally tally = { .fsck = fsck };
	char why[200];

	fsck_begin_question(fsck);
	if (!spellings_load(&fsck->spellings, &fsck->live.database) || !count_all(fsck, &tally)) {
		report_failure(&fsck->report, fsck->diagnosis.cause);
		return false;
	}
	if (!is_too_much(fsck, &tally))
		return true;
	if (tally.recorded == 0)
		snprintf(why, sizeof why,
		         "no orphan is erased: no record names any of the %ld files; is this the "
		         "shop's database? (--force)",
		         tally.files);
	else
		snprintf(why, sizeof why,
		         "no orphan is erased: %ld of %ld files would be erased, more than %d %% "
		         "(--max-share, --force)",
		         tally.orphans, tally.files, fsck->options.max_share);
	report_failure(&fsck->report, why);
	return false;
}

/* --- one orphan --- */

/* Makes durable that no record names it, and waits for transactions that may have inserted one. */
static bool is_certain(struct fsck *fsck, struct record *anyone)
{
	bool certain;

	fsck_begin_question(fsck);
	certain = catalogue_ask(&fsck->live, anyone, CATALOGUE_WAIT) == CATALOGUE_RECORD_GONE &&
	          !anyone->shared &&
	          catalogue_commit(&fsck->live, anyone, 1, CATALOGUE_READING) == COMMITMENT_CERTAIN;
	catalogue_rollback(&fsck->live);
	return certain && !anyone->shared;
}

/* What became of an orphan. If it is left, or that failed, the diagnosis says why. */
enum fate { SWEPT, VANISHED, LEFT, FAILED };

/*
 * Moves the file out of its public place, so that no upload can be erased in its stead. Then looks
 * once more.
 */
static enum fate erase_aside(struct fsck *fsck, struct record *anyone, struct disk_file *file)
{
	enum disk_erasure erasure = DISK_CHANGING;
	enum disk_place place;

	if (!catalogue_holds_locks(&fsck->live))
		return LEFT;
	place = disk_stage(file, &fsck->diagnosis);
	if (place != DISK_STAGED)
		return place == DISK_ABSENT ? VANISHED : FAILED;
	if (catalogue_look_again(&fsck->live, anyone) == COMMITMENT_CERTAIN && !anyone->shared &&
	    catalogue_holds_locks(&fsck->live))
		erasure = disk_erase(file, &fsck->diagnosis);
	if (erasure == DISK_ERASED)
		return SWEPT;
	if (!disk_put_back(file, DISK_THIS, &fsck->diagnosis) || erasure == DISK_LEFT)
		return FAILED;
	return LEFT;
}

/* Sweeps a file. The caller holds the url's lock, and has found no record of the url. */
static enum fate sweep_file(struct fsck *fsck, struct record *anyone, struct disk_file *file)
{
	disk_locate(file, fsck->recursos, anyone->url, 0, &fsck->diagnosis);
	if (file->place == DISK_ABSENT)
		return VANISHED;
	if (file->place != DISK_PUBLIC)
		return file->place == DISK_FAILED ? FAILED : LEFT;
	if (disk_is_unchanged(file, time(NULL) - fsck->options.older_than))
		return erase_aside(fsck, anyone, file);
	diagnosis_cause(&fsck->diagnosis, "%s has changed meanwhile", anyone->url);
	return LEFT;
}

static enum fate sweep(struct fsck *fsck, const char *url)
{
	struct record anyone = { .id = 0, .url = url };
	struct disk_file file = DISK_FILE_NONE;
	enum fate fate = LEFT;

	if (!is_certain(fsck, &anyone))
		return LEFT;
	fsck_begin_question(fsck);
	if (catalogue_ask(&fsck->live, &anyone, CATALOGUE_WAIT) == CATALOGUE_RECORD_GONE &&
	    !anyone.shared)
		fate = sweep_file(fsck, &anyone, &file);
	disk_release(&file);
	catalogue_rollback(&fsck->live);
	return fate;
}

static void report_orphan(struct fsck *fsck, const struct candidate *candidate, const char *action)
{
	json_object *members = finding_begin(&fsck->report, candidate->url);

	finding_add_number(members, "size", candidate->size);
	finding_add_number(members, "age", candidate->age);
	if (action)
		finding_add_text(members, "action", action);
	if (action && fsck->diagnosis.cause[0])
		finding_add_text(members, "cause", fsck->diagnosis.cause);
	finding_print(&fsck->report, FINDING_ORPHAN_FILE, members);
}

static void sweep_and_report(struct fsck *fsck, const struct candidate *candidate)
{
	enum fate fate = sweep(fsck, candidate->url);

	switch (fate) {
	case VANISHED:
		return;
	case SWEPT:
		repairs_succeeded(&fsck->repairs);
		fsck->report.status |= STATUS_CORRECTED;
		break;
	default:
		repairs_failed(&fsck->repairs, candidate->url, fsck->diagnosis.cause);
		fsck->report.status |= STATUS_LEFT | (fate == FAILED ? STATUS_UNCHECKED : 0);
		break;
	}
	report_orphan(fsck, candidate, "erase");
}

/*
 * Whether no record names the file, in any spelling. If a record does, or that cannot be found out,
 * reports it.
 */
static bool is_orphan(struct fsck *fsck, const struct walk_entry *entry)
{
	fsck_begin_question(fsck);
	if (!spellings_load(&fsck->spellings, &fsck->live.database)) {
		finding_report_unknown(&fsck->report, entry->path, fsck->diagnosis.cause);
		return false;
	}
	if (spellings_have(&fsck->spellings, entry->path)) {
		finding_report(&fsck->report, FINDING_OTHER_SPELLING, entry->path);
		return false;
	}
	return fsck_is_referenced(fsck, entry->path) == 0;
}

void orphans_check(struct fsck *fsck, const struct walk_entry *entry)
{
	struct candidate candidate;

	if (!is_orphanage(fsck, entry) || !look_at_candidate(entry, &candidate) ||
	    !is_orphan(fsck, entry))
		return;
	if (fsck->delete_orphans && candidate.age > fsck->options.older_than &&
	    repairs_are_worth_it(&fsck->repairs, entry->path)) {
		sweep_and_report(fsck, &candidate);
	} else {
		fsck->report.status |= STATUS_LEFT;
		report_orphan(fsck, &candidate, NULL);
	}
}
