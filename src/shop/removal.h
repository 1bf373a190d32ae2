/* SPDX-License-Identifier: ISC */
/*
 * The two-phase removal of a set of images. The file leaves its public place while the deletion of
 * its record is still undecided. The commit decides. Only then is the file erased. One rename
 * undoes every failure before the commit.
 *
 * Call removal_look_up(), removal_stage() and removal_commit() in this order for as long as they
 * return OUTCOME_SUCCESS, and removal_close() at the end. The last one called says how the removal
 * ended. Nothing is then left half done, except what a lost database leaves in doubt: that stays
 * staged.
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

#include <stdbool.h>

/* One image's file and outcome: OUTCOME_SUCCESS, or one that says more. */
struct image {
	struct disk_file file;
	enum outcome outcome;
	bool settled; /* the outcome is final */
};

/*
 * The caller sets all members but the last three: records with their ids, and as many images. If
 * two images have one url, they share a file, which the first takes.
 */
struct removal {
	const struct settings *settings;
	const struct budget *budget;
	struct diagnosis *diagnosis;
	const struct caller *caller; /* for the database to confirm; NULL: nobody */
	struct record *records;
	struct image *images;
	size_t count;
	struct catalogue catalogue;
	int recursos;  /* the directory; -1 until it is needed */
	bool in_doubt; /* the commit did not tell whether it is done */
};

/* An image of which nothing is known yet. */
#define IMAGE_NONE ((struct image){ DISK_FILE_NONE, OUTCOME_NOT_FOUND, false })

/* Connects: see catalogue_open(). removal_look_up() does this itself. */
enum outcome removal_open(struct removal *removal);

/*
 * Puts back what earlier removals of these images left staged, because this one was refused. Needs
 * IMAGE_NONE in each image.
 */
void removal_settle_earlier(struct removal *removal);

/*
 * Looks up the records and deletes them in a transaction, which stays open. Returns
 * OUTCOME_SUCCESS; OUTCOME_NOT_FOUND if none exists; OUTCOME_SESSION_REVOKED; OUTCOME_NOT_ALLOWED;
 * OUTCOME_DATABASE_ERROR; OUTCOME_SETTINGS_UNUSABLE.
 */
enum outcome removal_look_up(struct removal *removal);

/* Stages the files. After OUTCOME_DISK_ERROR, all files and records are back. */
enum outcome removal_stage(struct removal *removal);

/*
 * Commits, then erases the files. Sets the outcome of each image. Returns that of the image which
 * has most to say, or OUTCOME_SUCCESS. If the commit is in doubt, that is what became of the
 * images; whatever else the transaction has changed, the caller must ask about.
 */
enum outcome removal_commit(struct removal *removal);

/*
 * Whether the file of a new url, whose lock the transaction holds, exists, in its place or staged.
 * Returns OUTCOME_SUCCESS, also for a url that names no file of ours; OUTCOME_IMAGE_FILE_MISSING;
 * or OUTCOME_DISK_ERROR if it cannot be found out.
 */
enum outcome removal_find_file(struct removal *removal, const char *url);

/*
 * After the commit of a record with this url: if its file is not in its public place, but is staged
 * by whatever removal, takes the url's lock, and moves the file there if a record still has the
 * url. (Not before the commit: another removal must not find its file public while no record is
 * there to say why.) Returns false if it stays staged nevertheless; the diagnosis says
 * why.
 */
bool removal_bring_back(struct removal *removal, const char *url);

/* Releases everything that the removal holds. */
void removal_close(struct removal *removal);

#endif
