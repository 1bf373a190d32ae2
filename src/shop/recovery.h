/* SPDX-License-Identifier: ISC */
/*
 * What becomes of a staged file whose removal did not end as planned: the one rule, for the
 * removal itself and for imagenes-fsck.
 */
#ifndef RECOVERY_H
#define RECOVERY_H

#include "shop/catalogue.h"
#include "shop/disk.h"

#include <stdbool.h>
#include <time.h>

/* Whose file it is, to whoever settles it. */
enum recovery_role {
	RECOVERY_OWN,     /* it was staged by this very removal, which did not end as planned */
	RECOVERY_REFUSED, /* by an earlier removal of an image that may not be deleted now */
	RECOVERY_OTHERS   /* by a removal that has crashed; or it was put aside by a sweep */
};

/* What is known of a staged file. */
struct recovery_facts {
	enum recovery_role role;
	bool referenced; /* a record has the image's id, or the url */
	bool swept;      /* no removal has staged it, but a sweep of orphans */
	bool certain;  /* that no record refers to it is durable, and nobody can still change it */
	bool in_grace; /* the operator wants it kept for longer */
	bool young;    /* it was written just before it was staged: its record may be to come */
};

enum recovery_action {
	RECOVERY_PUT_BACK_NEWEST, /* of all that are staged of this name; this one, if older, goes
	                           */
	RECOVERY_PUT_BACK_THIS,
	RECOVERY_LEAVE,
	RECOVERY_MAKE_CERTAIN,
	RECOVERY_ERASE
};

/* The rule. */
enum recovery_action recovery_decide(const struct recovery_facts *facts);

/* Likewise, with what is known of the file and its record: all but whether that is certain. */
enum recovery_action recovery_foresee(const struct disk_file *file, const struct record *record,
                                      bool exists, enum recovery_role role, time_t grace);

/* How it ended. */
enum recovery_end {
	/* The record exists, and its file, if there is one, is in its place. */
	RECOVERY_EXISTS,
	/* The record is gone; another has the url, or a sweep was undone: likewise. */
	RECOVERY_SHARED,
	/* Record and file are gone. */
	RECOVERY_GONE,
	/* The record is gone; the file is left, because it is still in use. The diagnosis says how.
	 */
	RECOVERY_STAGED,
	/* The record is gone; the file is kept for a time, by the rule. */
	RECOVERY_KEPT,
	/* The record exists, and its file cannot go back. The diagnosis says why. */
	RECOVERY_STUCK,
	/* The record is gone, and the disk refuses to go along. The diagnosis says why. */
	RECOVERY_DISK,
	/* The removal is under way; nothing was done. */
	RECOVERY_ALIVE,
	/* The database cannot be asked; nothing was erased. The diagnosis says why. */
	RECOVERY_NO_ANSWER
};

/* A file to settle. */
struct recovery {
	struct catalogue *catalogue;
	struct record *record;
	struct disk_file *file; /* located */
	enum recovery_role role;
	time_t grace; /* for how many seconds a removed file stays staged */
};

/*
 * Asks after the record, under its locks, and acts by the rule. RECOVERY_OTHERS only tries the
 * locks, and so never waits for a removal. Leaves no transaction open.
 */
enum recovery_end recovery_settle(const struct recovery *recovery);

#endif
