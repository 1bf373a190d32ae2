/* SPDX-License-Identifier: ISC */
/*
 * The two-phase removal of a set of images: the file leaves its public place while
 * the deletion of its record is still undecided, the commit decides, and only then
 * the file is erased. Every failure before the commit is undone by one rename.
 *
 * Call removal_look_up(), removal_stage() and removal_commit() in this order for
 * as long as they return OUTCOME_SUCCESS, and removal_close() in the end. The last
 * one called has said how it ended; nothing is then left half done but what a
 * lost database leaves in doubt, which stays staged.
 */
#ifndef REMOVAL_H
#define REMOVAL_H

#include "base/caller.h"
#include "base/clock.h"
#include "base/diagnosis.h"
#include "base/outcome.h"
#include "base/settings.h"
#include "shop/catalogue.h"
#include "shop/disk.h"

/* One image's file, and what became of the image: OUTCOME_SUCCESS, or one that says more. */
struct image {
	struct disk_file file;
	enum outcome outcome;
};

/*
 * Whoever wants a removal sets all members but the last two: records with their ids, and as
 * many images. Two images with one url share a file: the first takes it, the second finds it
 * absent.
 */
struct removal {
	const struct settings *settings;
	const struct budget *budget;
	struct diagnosis *diagnosis;
	const struct caller *caller; /* whom the database has to confirm; NULL: nobody */
	struct record *records;
	struct image *images;
	size_t count;
	struct catalogue catalogue;
	int recursos; /* the directory, or -1 while nobody has needed it */
};

/*
 * Looks up the records and deletes them in a transaction left open. OUTCOME_NOT_FOUND
 * where none exists; OUTCOME_SESSION_REVOKED; OUTCOME_NOT_ALLOWED;
 * OUTCOME_DATABASE_ERROR; OUTCOME_SETTINGS_UNUSABLE.
 */
enum outcome removal_look_up(struct removal *removal);

/* Stages the files. OUTCOME_DISK_ERROR: all are back, and so are the records. */
enum outcome removal_stage(struct removal *removal);

/* Commits, then erases the files. Every image has its outcome; returns the first one's. */
enum outcome removal_commit(struct removal *removal);

/* Releases all that the removal holds. */
void removal_close(struct removal *removal);

#endif
