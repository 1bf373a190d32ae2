/* SPDX-License-Identifier: ISC */
/* Files that removals have left staged: reported, or settled by the rule of recovery.h. */
#include "config.h"

#include "fsck.h"

#include "shop/recovery.h"
#include "shop/url.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* What the finding says was done, or would be done, and why not. */
static const char *const done[] = { [RECOVERY_EXISTS] = "put back",
	                            [RECOVERY_SHARED] = "put back",
	                            [RECOVERY_GONE] = "erase",
	                            [RECOVERY_STAGED] = "erase",
	                            [RECOVERY_LEFT] = "erase",
	                            [RECOVERY_KEPT] = "none: kept for a time",
	                            [RECOVERY_STUCK] = "put back",
	                            [RECOVERY_DISK] = "settle",
	                            [RECOVERY_ALIVE] = "none: a removal is under way",
	                            [RECOVERY_NO_ANSWER] = "none" };

/* What would be done, as far as one question can tell. */
static enum recovery_end foresee(struct fsck *fsck, struct record *record,
                                 const struct disk_file *file)
{
	enum catalogue_answer answer = catalogue_ask(&fsck->live, record, CATALOGUE_TRY);

	catalogue_rollback(&fsck->live);
	if (answer == CATALOGUE_REMOVAL_ALIVE)
		return RECOVERY_ALIVE;
	if (answer == CATALOGUE_NO_ANSWER)
		return RECOVERY_NO_ANSWER;
	switch (recovery_foresee(file, record, answer == CATALOGUE_RECORD_EXISTS, RECOVERY_OTHERS,
	                         fsck->settings.grace)) {
	case RECOVERY_ERASE:
		return RECOVERY_GONE;
	case RECOVERY_LEAVE:
		return RECOVERY_KEPT;
	default:
		return RECOVERY_SHARED;
	}
}

/* Counts the result of a repair. */
static void count_repair(struct fsck *fsck, const char *path, enum recovery_end end)
{
	switch (end) {
	case RECOVERY_EXISTS:
	case RECOVERY_SHARED:
	case RECOVERY_GONE:
		repairs_succeeded(&fsck->repairs);
		fsck->report.status |= STATUS_CORRECTED;
		break;
	case RECOVERY_KEPT:
	case RECOVERY_ALIVE:
		break;
	case RECOVERY_NO_ANSWER:
		fsck->report.status |= STATUS_UNCHECKED;
		break;
	default:
		repairs_failed(&fsck->repairs, path, fsck->diagnosis.cause);
		fsck->report.status |= STATUS_LEFT;
		/* A file in use is for a later run, and no failure. */
		fsck->report.status |= end == RECOVERY_STAGED ? 0 : STATUS_UNCHECKED;
		break;
	}
}

static void report_stage(struct fsck *fsck, const struct record *record, const char *action)
{
	json_object *members = finding_begin(&fsck->report, record->url);

	finding_add_number(members, "id", record->id);
	finding_add_text(members, "action", action);
	if (fsck->diagnosis.cause[0])
		finding_add_text(members, "cause", fsck->diagnosis.cause);
	finding_print(&fsck->report, FINDING_STAGED, members);
}

/* What was done to the file, or would be done. */
static const char *action_of(enum recovery_end end, const struct disk_file *file)
{
	bool wanted = end == RECOVERY_EXISTS || end == RECOVERY_SHARED;

	return wanted && file->superseded ? "erase: a newer file is in its place" : done[end];
}

static void report_foreseen(struct fsck *fsck, struct record *record, const struct disk_file *file)
{
	enum recovery_end end = foresee(fsck, record, file);
	bool acts = end == RECOVERY_EXISTS || end == RECOVERY_SHARED || end == RECOVERY_GONE;
	char action[60];

	snprintf(action, sizeof action, "%s%s", acts ? "would " : "", action_of(end, file));
	fsck->report.status |= acts ? STATUS_LEFT : 0;
	fsck->report.status |= end == RECOVERY_NO_ANSWER ? STATUS_UNCHECKED : 0;
	report_stage(fsck, record, action);
}

static void settle_stage(struct fsck *fsck, const struct walk_entry *entry, struct record *record,
                         struct disk_file *file)
{
	enum recovery_end end = recovery_settle(&(struct recovery){
		&fsck->live, record, file, RECOVERY_OTHERS, fsck->settings.grace });

	/* A removal that was alive a moment ago may have settled it itself. */
	if ((end == RECOVERY_ALIVE || end == RECOVERY_STAGED || end == RECOVERY_LEFT) &&
	    fsck_has_gone(entry))
		return;
	count_repair(fsck, entry->path, end);
	report_stage(fsck, record, action_of(end, file));
}

/* Checks a file in the stage of an image. The entry is the stage. */
static void check_staged_file(struct fsck *fsck, const struct walk_entry *entry, const char *url,
                              int32_t id, const char *stage)
{
	struct record record = { .id = id, .url = url };
	struct disk_file file;
	enum disk_place place;

	fsck_begin_question(fsck);
	place = disk_locate(&file, fsck->recursos, url, id, &fsck->diagnosis);
	if (place == DISK_FAILED) {
		finding_report_unknown(&fsck->report, entry->path, fsck->diagnosis.cause);
	} else if (!file.staged || strcmp(file.stage_name, stage) != 0) {
		if (!fsck_has_gone(entry)) /* no removal stages such a file */
			finding_report(&fsck->report, FINDING_ODD_NAME, entry->path);
	} else if (fsck->options.repair && repairs_are_worth_it(&fsck->repairs, entry->path)) {
		settle_stage(fsck, entry, &record, &file);
	} else {
		report_foreseen(fsck, &record, &file);
	}
	disk_release(&file);
}

/* Removes a stage's own directory if it is empty. */
static void check_empty(struct fsck *fsck, const struct walk_entry *entry, int32_t id)
{
	struct record record = { .id = id, .url = entry->path };
	enum catalogue_answer answer;
	bool settled, removed;

	fsck_begin_question(fsck);
	answer = catalogue_ask(&fsck->live, &record, CATALOGUE_TRY);
	settled = answer == CATALOGUE_RECORD_EXISTS || answer == CATALOGUE_RECORD_GONE;
	removed = settled && fsck->options.repair && catalogue_holds_locks(&fsck->live) &&
	          disk_remove_empty_stage(entry->directory, entry->name);
	catalogue_rollback(&fsck->live);
	if (removed) {
		fsck->report.status |= STATUS_CORRECTED;
	} else if (answer != CATALOGUE_REMOVAL_ALIVE && !fsck_has_gone(entry)) {
		fsck->report.status |= fsck->options.repair ? STATUS_UNCHECKED : 0;
		finding_report(&fsck->report, FINDING_EMPTY_STAGE, entry->path);
	}
}

/* A stage's own directory. */
struct nested {
	struct fsck *fsck;
	const char *name;
	int32_t id;
	size_t length; /* of the path of the directory it lies in */
	long entries;
};

static bool enter_nothing(void *context, const struct walk_entry *entry)
{
	(void)context;
	(void)entry;
	return false;
}

static void check_nested_entry(void *context, const struct walk_entry *entry)
{
	struct nested *nested = context;
	char url[PATH_MAX];

	nested->entries++;
	snprintf(url, sizeof url, "%.*s/%s", (int)nested->length, entry->path, entry->name);
	if (fsck_is_file(entry))
		check_staged_file(nested->fsck, entry, url, nested->id, nested->name);
	else
		finding_report(&nested->fsck->report, FINDING_NOT_A_FILE, entry->path);
}

static void report_unread(void *context, const char *path)
{
	struct nested *nested = context;

	finding_report_unknown(&nested->fsck->report, path, strerror(errno));
}

static void check_nested(struct fsck *fsck, const struct walk_entry *entry, int32_t id)
{
	enum { NAMES = 1000 };
	struct nested nested = { fsck, entry->name, id, (size_t)(entry->name - 1 - entry->path),
		                 0 };
	struct walk inside = { enter_nothing, check_nested_entry, report_unread, &nested, NAMES };
	int fd = openat(entry->directory, entry->name,
	                O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0) {
		if (errno != ENOENT || !fsck_has_gone(entry))
			report_unread(&nested, entry->path);
		return;
	}
	walk(&inside, fd, entry->path);
	close(fd);
	if (nested.entries == 0)
		check_empty(fsck, entry, id);
}

void stages_check(struct fsck *fsck, const struct walk_entry *entry, int32_t id,
                  const char *original)
{
	char url[PATH_MAX];

	snprintf(url, sizeof url, "%.*s%s", (int)(entry->name - entry->path), entry->path,
	         original);
	if (id >= 0 && *original && fsck_is_file(entry) && url_classify(url) == URL_OURS)
		check_staged_file(fsck, entry, url, id, entry->name);
	else if (id >= 0 && !*original && entry->type == DT_DIR)
		check_nested(fsck, entry, id);
	else
		finding_report(&fsck->report, FINDING_NOT_A_FILE, entry->path);
}
