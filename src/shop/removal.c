/* SPDX-License-Identifier: ISC */
/* The two-phase removal: the order in which file and record go, and how each step is undone. */
#include "config.h"

#include "shop/removal.h"

#include "base/confinement.h"
#include "shop/recovery.h"
#include "shop/url.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Opens recursos/ when it is first needed. */
static bool open_recursos(struct removal *removal)
{
	if (removal->recursos >= 0)
		return true;
	removal->recursos = disk_open(removal->settings->public_root, removal->diagnosis);
	if (removal->recursos < 0)
		return false;
	confinement_beneath(removal->recursos);
	return true;
}

static enum recovery_end settle_file(struct removal *removal, struct record *record,
                                     struct disk_file *file, enum recovery_role role)
{
	return recovery_settle(&(struct recovery){ &removal->catalogue, record, file, role,
	                                           removal->settings->grace });
}

/* Puts back what an earlier removal of the image left staged, because this deletion was refused. */
static void settle_one_earlier(struct removal *removal, struct record *record,
                               struct disk_file *file)
{
	if (!record->url || url_classify(record->url) != URL_OURS || !open_recursos(removal))
		return;
	disk_locate(file, removal->recursos, record->url, record->id, removal->diagnosis);
	if (file->staged)
		settle_file(removal, record, file, RECOVERY_REFUSED);
}

void removal_settle_earlier(struct removal *removal)
{
	for (size_t i = 0; i < removal->count; i++)
		settle_one_earlier(removal, &removal->records[i], &removal->images[i].file);
}

enum outcome removal_open(struct removal *removal)
{
	removal->recursos = -1;
	return catalogue_open(&removal->catalogue, removal->settings, removal->budget,
	                      removal->diagnosis);
}

enum outcome removal_look_up(struct removal *removal)
{
	enum outcome outcome;

	for (size_t i = 0; i < removal->count; i++)
		removal->images[i] = IMAGE_NONE;
	outcome = removal_open(removal);
	if (outcome != OUTCOME_SUCCESS)
		return outcome;
	outcome = catalogue_delete(&removal->catalogue, removal->caller, removal->records,
	                           removal->count);
	if (outcome != OUTCOME_SUCCESS && outcome != OUTCOME_NOT_FOUND)
		removal_settle_earlier(removal);
	return outcome;
}

/* Stages a file of the shop's, unless another record needs it. */
static enum outcome stage_file(struct removal *removal, const struct record *record,
                               struct disk_file *file)
{
	if (!open_recursos(removal))
		return OUTCOME_DISK_ERROR;
	disk_locate(file, removal->recursos, record->url, record->id, removal->diagnosis);
	if (file->place == DISK_FAILED)
		return OUTCOME_DISK_ERROR;
	if (file->place == DISK_NO_FILE)
		return OUTCOME_URL_NOT_OURS;
	if (record->shared && file->place != DISK_ABSENT)
		return disk_put_back(file, DISK_NEWEST, removal->diagnosis) ? OUTCOME_FILE_SHARED
		                                                            : OUTCOME_DISK_ERROR;
	switch (disk_stage(file, removal->diagnosis)) {
	case DISK_STAGED:
		return OUTCOME_SUCCESS;
	case DISK_ABSENT:
		return OUTCOME_FILE_ABSENT;
	default:
		return OUTCOME_DISK_ERROR;
	}
}

static enum outcome stage(struct removal *removal, const struct record *record,
                          struct disk_file *file)
{
	switch (url_classify(record->url)) {
	case URL_EXTERNAL:
		return OUTCOME_URL_EXTERNAL;
	case URL_NOT_OURS:
		return OUTCOME_URL_NOT_OURS;
	default:
		return stage_file(removal, record, file);
	}
}

/* Puts every file back, then gives up the locks. */
static void undo(struct removal *removal)
{
	for (size_t i = 0; i < removal->count; i++)
		if (removal->images[i].file.place == DISK_STAGED)
			disk_put_back(&removal->images[i].file, DISK_NEWEST, removal->diagnosis);
	catalogue_rollback(&removal->catalogue);
}

/* Whether an earlier image of the set has the same url, and so has taken the file. */
static bool is_taken(const struct removal *removal, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (removal->records[i].url &&
		    strcmp(removal->records[i].url, removal->records[n].url) == 0)
			return true;
	return false;
}

enum outcome removal_stage(struct removal *removal)
{
	for (size_t i = 0; i < removal->count; i++) {
		struct image *image = &removal->images[i];

		if (!removal->records[i].url)
			continue;
		image->outcome = stage(removal, &removal->records[i], &image->file);
		if (image->outcome == OUTCOME_FILE_ABSENT && is_taken(removal, i))
			image->outcome = OUTCOME_SUCCESS;
		if (image->outcome == OUTCOME_DISK_ERROR) {
			undo(removal);
			return OUTCOME_DISK_ERROR;
		}
	}
	return OUTCOME_SUCCESS;
}

/* Asks the database, under the image's locks, because the commit did not tell, and acts on that. */
static void settle_image(struct removal *removal, struct record *record, struct image *image)
{
	bool staged = image->file.staged || image->file.returned;

	switch (settle_file(removal, record, &image->file, RECOVERY_OWN)) {
	case RECOVERY_GONE:
		break;
	case RECOVERY_SHARED:
		if (staged)
			image->outcome = OUTCOME_FILE_SHARED;
		break;
	case RECOVERY_STAGED:
	case RECOVERY_LEFT:
	case RECOVERY_KEPT:
		image->outcome = OUTCOME_NOT_ERASED;
		break;
	case RECOVERY_DISK:
		image->outcome = OUTCOME_DISK_ERROR;
		break;
	default:
		image->outcome = OUTCOME_DATABASE_ERROR;
		break;
	}
}

/*
 * Erases the file: its record is gone for good, and no other record has the url. Returns false if
 * somebody has put it back.
 */
static bool erase_file(struct removal *removal, struct image *image)
{
	switch (disk_erase(&image->file, removal->diagnosis)) {
	case DISK_ERASED:
		return true;
	case DISK_RETURNED:
		return false;
	default:
		image->outcome = OUTCOME_NOT_ERASED;
		return true;
	}
}

/* Returns false if the file has to be settled. */
static bool conclude(struct removal *removal, const struct record *record, struct image *image,
                     enum commitment commitment)
{
	if (commitment == COMMITMENT_IN_DOUBT)
		return false;
	if (!image->file.staged)
		return true;
	if (record->shared)
		return false;
	if (commitment == COMMITMENT_CERTAIN && removal->settings->grace == 0)
		return erase_file(removal, image);
	image->outcome = OUTCOME_NOT_ERASED;
	return true;
}

/* How much more one outcome has to say than the others. */
static int weight(enum outcome outcome)
{
	static const int weights[OUTCOMES] = {
		[OUTCOME_URL_NOT_OURS] = 1,  [OUTCOME_URL_EXTERNAL] = 1, [OUTCOME_FILE_ABSENT] = 2,
		[OUTCOME_FILE_SHARED] = 3,   [OUTCOME_NOT_ERASED] = 4,   [OUTCOME_DISK_ERROR] = 5,
		[OUTCOME_DATABASE_ERROR] = 6
	};

	return weights[outcome];
}

/*
 * Ends the transaction that holds the urls' locks, if that is not left to the end of the
 * connection: before something is settled in another transaction, and for a pooler, which would
 * throw away a connection with an open one.
 */
static void release_urls(struct removal *removal)
{
	bool settled = true;

	for (size_t i = 0; i < removal->count; i++)
		settled = settled && removal->images[i].settled;
	if (!settled || removal->catalogue.pooled)
		catalogue_rollback(&removal->catalogue);
}

static bool is_any_staged(const struct removal *removal)
{
	bool any = false;

	for (size_t i = 0; i < removal->count; i++)
		any = any || removal->images[i].file.staged;
	return any;
}

enum outcome removal_commit(struct removal *removal)
{
	enum commitment commitment =
		catalogue_commit(&removal->catalogue, removal->records,
	                         is_any_staged(removal) ? removal->count : 0, CATALOGUE_DELETION);
	enum outcome outcome = OUTCOME_SUCCESS;

	removal->in_doubt = commitment == COMMITMENT_IN_DOUBT;
	for (size_t i = 0; i < removal->count; i++)
		removal->images[i].settled =
			!removal->records[i].url ||
			conclude(removal, &removal->records[i], &removal->images[i], commitment);
	release_urls(removal);
	for (size_t i = 0; i < removal->count; i++)
		if (!removal->images[i].settled)
			settle_image(removal, &removal->records[i], &removal->images[i]);
	for (size_t i = 0; i < removal->count; i++)
		if (weight(removal->images[i].outcome) > weight(outcome))
			outcome = removal->images[i].outcome;
	return outcome;
}

/* Under the url's lock: a record has the url. */
static bool bring_back_wanted(struct removal *removal, const char *url)
{
	struct disk_file file = DISK_FILE_NONE;
	bool back;

	disk_locate(&file, removal->recursos, url, 0, removal->diagnosis);
	back = catalogue_holds_locks(&removal->catalogue) &&
	       disk_bring_back(&file, removal->diagnosis);
	disk_release(&file);
	return back;
}

/* Moves the staged file of this url back, if a record has the url. */
static bool bring_back_staged(struct removal *removal, const char *url)
{
	struct record record = { .url = url }; /* no image has the id 0 */
	bool asked, back;

	catalogue_rollback(&removal->catalogue);
	asked = catalogue_ask(&removal->catalogue, &record, CATALOGUE_WAIT) ==
	        CATALOGUE_RECORD_GONE;
	back = asked && (!record.shared || bring_back_wanted(removal, url));
	catalogue_rollback(&removal->catalogue);
	return back;
}

enum outcome removal_find_file(struct removal *removal, const char *url)
{
	struct disk_file file = DISK_FILE_NONE;
	enum outcome outcome = OUTCOME_DISK_ERROR;

	if (url_classify(url) != URL_OURS)
		return OUTCOME_SUCCESS;
	if (!open_recursos(removal))
		return OUTCOME_DISK_ERROR;
	disk_locate(&file, removal->recursos, url, 0, removal->diagnosis);
	if (file.place == DISK_PUBLIC || disk_is_staged(&file))
		outcome = OUTCOME_SUCCESS;
	else if (file.place != DISK_FAILED || file.unreachable)
		outcome = OUTCOME_IMAGE_FILE_MISSING;
	disk_release(&file);
	return outcome;
}

bool removal_bring_back(struct removal *removal, const char *url)
{
	struct disk_file file = DISK_FILE_NONE;
	bool staged;

	if (url_classify(url) != URL_OURS || !open_recursos(removal))
		return true;
	disk_locate(&file, removal->recursos, url, 0, removal->diagnosis);
	staged = disk_is_staged(&file);
	disk_release(&file);
	return !staged || bring_back_staged(removal, url);
}

void removal_close(struct removal *removal)
{
	for (size_t i = 0; i < removal->count; i++)
		disk_release(&removal->images[i].file);
	if (removal->recursos >= 0)
		close(removal->recursos);
	catalogue_close(&removal->catalogue);
}
