/* SPDX-License-Identifier: ISC */
/* The two-phase removal: the order in which file and record go, and how each step is undone. */
#include "config.h"

#include "shop/removal.h"

#include "base/confinement.h"
#include "shop/recovery.h"
#include "shop/url.h"

#include <stdio.h>
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
static void settle_earlier(struct removal *removal, struct record *record, struct disk_file *file)
{
	if (!record->url || url_classify(record->url) != URL_OURS || !open_recursos(removal))
		return;
	disk_locate(file, removal->recursos, record->url, record->id, removal->diagnosis);
	if (file->staged)
		settle_file(removal, record, file, RECOVERY_REFUSED);
}

enum outcome removal_look_up(struct removal *removal)
{
	enum outcome outcome;

	removal->recursos = -1;
	for (size_t i = 0; i < removal->count; i++)
		removal->images[i] = (struct image){ DISK_FILE_NONE, OUTCOME_NOT_FOUND };
	outcome = catalogue_open(&removal->catalogue, removal->settings, removal->budget,
	                         removal->diagnosis);
	if (outcome != OUTCOME_SUCCESS)
		return outcome;
	outcome = catalogue_delete(&removal->catalogue, removal->caller, removal->records,
	                           removal->count);
	if (outcome == OUTCOME_SUCCESS || outcome == OUTCOME_NOT_FOUND)
		return outcome;
	for (size_t i = 0; i < removal->count; i++)
		settle_earlier(removal, &removal->records[i], &removal->images[i].file);
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

enum outcome removal_stage(struct removal *removal)
{
	for (size_t i = 0; i < removal->count; i++) {
		struct image *image = &removal->images[i];

		if (!removal->records[i].url)
			continue;
		image->outcome = stage(removal, &removal->records[i], &image->file);
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

/* Erases the file: its record is gone for good, and no other record has the url. */
static void erase_file(struct removal *removal, struct record *record, struct image *image)
{
	switch (disk_erase(&image->file, removal->diagnosis)) {
	case DISK_ERASED:
		break;
	case DISK_RETURNED:
		settle_image(removal, record, image);
		break;
	default:
		image->outcome = OUTCOME_NOT_ERASED;
		break;
	}
}

static void conclude(struct removal *removal, struct record *record, struct image *image,
                     enum commitment commitment)
{
	if (commitment == COMMITMENT_IN_DOUBT || (image->file.staged && record->shared))
		settle_image(removal, record, image);
	else if (!image->file.staged)
		return;
	else if (commitment == COMMITMENT_BUSY || removal->settings->grace > 0)
		image->outcome = OUTCOME_NOT_ERASED;
	else
		erase_file(removal, record, image);
}

enum outcome removal_commit(struct removal *removal)
{
	enum commitment commitment = catalogue_commit(&removal->catalogue, removal->records,
	                                              removal->count, CATALOGUE_DELETION);

	for (size_t i = 0; i < removal->count; i++)
		if (removal->records[i].url)
			conclude(removal, &removal->records[i], &removal->images[i], commitment);
	return removal->images[0].outcome;
}

void removal_close(struct removal *removal)
{
	for (size_t i = 0; i < removal->count; i++)
		disk_release(&removal->images[i].file);
	if (removal->recursos >= 0)
		close(removal->recursos);
	catalogue_close(&removal->catalogue);
}
