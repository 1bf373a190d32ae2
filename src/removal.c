/* SPDX-License-Identifier: ISC */
/* The two-phase removal: the order in which file and record go, and what undoes it. */
#include "config.h"

#include "removal.h"

#include "confinement.h"

#include <stdio.h>
#include <unistd.h>

static enum outcome refusal(enum catalogue_standing standing)
{
	switch (standing) {
	case CATALOGUE_SESSION_REVOKED:
		return OUTCOME_SESSION_REVOKED;
	case CATALOGUE_ROLE_NOT_ALLOWED:
		return OUTCOME_NOT_ALLOWED;
	default:
		return OUTCOME_DATABASE_ERROR;
	}
}

enum outcome removal_look_up(struct removal *removal)
{
	enum outcome outcome;
	int found;

	removal->recursos = -1;
	for (size_t i = 0; i < removal->count; i++)
		removal->images[i] = (struct image){ RECURSOS_FILE_NONE, OUTCOME_NOT_FOUND };
	outcome = catalogue_open(&removal->catalogue, removal->settings, removal->audit);
	if (outcome != OUTCOME_PENDING)
		return outcome;
	removal->catalogue.claims = removal->claims;
	found = catalogue_delete(&removal->catalogue, removal->records, removal->count);
	if (found < 0)
		return refusal(removal->catalogue.standing);
	if (found == 0)
		return OUTCOME_NOT_FOUND;
	if (removal->records[0].url)
		snprintf(removal->audit->url, sizeof removal->audit->url, "%s",
		         removal->records[0].url);
	return OUTCOME_PENDING;
}

/* A file that lies, or will lie once it is staged, where its record says. */
static enum outcome stage_file(struct removal *removal, const struct record *record,
                               struct recursos_file *file)
{
	if (removal->recursos < 0) {
		removal->recursos = recursos_open(removal->settings->public_root, removal->audit);
		if (removal->recursos < 0)
			return OUTCOME_DISK_ERROR;
		confinement_beneath(removal->recursos);
	}
	recursos_locate(file, removal->recursos, record->url, record->id, removal->audit);
	if (file->place == RECURSOS_FAILED)
		return OUTCOME_DISK_ERROR;
	if (file->place == RECURSOS_NO_FILE)
		return OUTCOME_REMOVED_URL_NOT_OURS;
	if (record->shared && file->place != RECURSOS_ABSENT)
		return recursos_put_back(file, removal->audit) ? OUTCOME_REMOVED_FILE_SHARED
		                                               : OUTCOME_DISK_ERROR;
	switch (recursos_stage(file, removal->audit)) {
	case RECURSOS_STAGED:
		return OUTCOME_REMOVED;
	case RECURSOS_ABSENT:
		return OUTCOME_REMOVED_FILE_ABSENT;
	default:
		return OUTCOME_DISK_ERROR;
	}
}

static enum outcome stage(struct removal *removal, const struct record *record,
                          struct recursos_file *file)
{
	switch (recursos_classify(record->url)) {
	case RECURSOS_EXTERNAL:
		return OUTCOME_REMOVED_URL_EXTERNAL;
	case RECURSOS_NOT_OURS:
		return OUTCOME_REMOVED_URL_NOT_OURS;
	default:
		return stage_file(removal, record, file);
	}
}

/* Puts every file back, then gives up the locks. */
static void undo(struct removal *removal)
{
	for (size_t i = 0; i < removal->count; i++)
		if (removal->images[i].file.place == RECURSOS_STAGED)
			recursos_put_back(&removal->images[i].file, removal->audit);
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
	return OUTCOME_PENDING;
}

/* The record is gone and nothing else has its url: so goes the file. */
static void erase(struct removal *removal, struct image *image)
{
	if (image->file.place == RECURSOS_STAGED && !recursos_erase(&image->file, removal->audit))
		image->outcome = OUTCOME_REMOVED_NOT_ERASED;
}

/* The file goes back, because a record has its url. */
static void put_back(struct removal *removal, struct image *image, enum outcome outcome)
{
	if (image->file.place == RECURSOS_STAGED)
		image->outcome = recursos_put_back(&image->file, removal->audit)
		                         ? outcome
		                         : OUTCOME_DISK_ERROR;
}

/* Acts on what the database says, under the image's locks, where the commit did not tell. */
static void settle(struct removal *removal, struct record *record, struct image *image)
{
	switch (catalogue_ask(&removal->catalogue, record, CATALOGUE_WAIT)) {
	case CATALOGUE_RECORD_EXISTS:
		put_back(removal, image, OUTCOME_DATABASE_ERROR);
		image->outcome = OUTCOME_DATABASE_ERROR;
		break;
	case CATALOGUE_RECORD_GONE:
		if (record->shared)
			put_back(removal, image, OUTCOME_REMOVED_FILE_SHARED);
		else
			erase(removal, image);
		break;
	default:
		image->outcome = OUTCOME_DATABASE_ERROR;
		break;
	}
	catalogue_rollback(&removal->catalogue);
}

enum outcome removal_commit(struct removal *removal)
{
	bool committed = catalogue_commit(&removal->catalogue, removal->records, removal->count);

	for (size_t i = 0; i < removal->count; i++) {
		struct record *record = &removal->records[i];
		struct image *image = &removal->images[i];
		bool staged = image->file.place == RECURSOS_STAGED;

		if (!record->url)
			continue;
		if (!committed || (staged && record->shared))
			settle(removal, record, image);
		else
			erase(removal, image);
	}
	return removal->images[0].outcome;
}

void removal_close(struct removal *removal)
{
	for (size_t i = 0; i < removal->count; i++)
		recursos_release(&removal->images[i].file);
	if (removal->recursos >= 0)
		close(removal->recursos);
	catalogue_close(&removal->catalogue);
}
