/* SPDX-License-Identifier: ISC */
/*
 * The two-phase removal of a set of images: the file leaves its public place while
 * the deletion of its record is still undecided, the commit decides, and only then
 * the file is erased. Every failure before the commit is undone by one rename.
 *
 * Call removal_look_up(), removal_stage() and removal_commit() in this order for
 * as long as they return OUTCOME_PENDING, and removal_close() in the end. What
 * they return instead is the answer; nothing is then left half done but what a
 * lost database leaves in doubt, which stays staged.
 */
#ifndef REMOVAL_H
#define REMOVAL_H

#include "audit.h"
#include "catalogue.h"
#include "recursos.h"
#include "settings.h"

/* One image's file, and what became of the image. */
struct image {
	struct recursos_file file;
	enum outcome outcome;
};

/*
 * The caller sets the first five members: records with their ids, and as many
 * images. Two images with one url share a file: the first takes it, the second
 * finds it absent. Claims are optional.
 */
struct removal {
	const struct settings *settings;
	struct audit *audit;
	struct record *records;
	struct image *images;
	size_t count;
	struct catalogue catalogue;
	int recursos;                      /* the directory, or -1 while nobody has needed it */
	const struct token_claims *claims; /* the caller's, to be confirmed first; or NULL */
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
