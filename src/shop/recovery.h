/* SPDX-License-Identifier: ISC */
/*
 * What to do with a staged file whose removal did not end as planned. The removal itself and
 * imagenes-fsck follow this one rule.
 */
#ifndef RECOVERY_H
#define RECOVERY_H

#include "shop/catalogue.h"
#include "shop/disk.h"

#include <stdbool.h>
#include <time.h>

/* How the file was staged, and by whom. */
enum recovery_role {
	RECOVERY_OWN,     /* by this very removal, which did not end as planned */
	RECOVERY_REFUSED, /* by an earlier removal; the image may not be deleted now */
	RECOVERY_OTHERS   /* by a removal that has crashed, or by a sweep */
};

/* What is known of a staged file. */
struct recovery_facts {
	enum recovery_role role;
	bool referenced; /* a record has the image's id, or the url */
	bool swept;      /* a sweep of orphans has staged it, not a removal */
	bool certain;    /* it is durable and final that no record refers to it */
	bool in_grace;   /* the operator wants it kept for longer */
	bool young;      /* it was written just before it was staged: its record may still come */
};

enum recovery_action {
	RECOVERY_PUT_BACK_NEWEST, /* of this name; an older one is erased */
	RECOVERY_PUT_BACK_THIS,
	RECOVERY_LEAVE,
	RECOVERY_MAKE_CERTAIN,
	RECOVERY_ERASE
};

/* The rule. */
enum recovery_action recovery_decide(const struct recovery_facts *facts);

/* The rule for this file and its record, as if everything were certain. */
enum recovery_action recovery_foresee(const struct disk_file *file, const struct record *record,
                                      bool exists, enum recovery_role role, time_t grace);

/* How it ended. */
enum recovery_end {
	/* The record exists, and its file, if there is one, is in its place. */
	RECOVERY_EXISTS,
	/*
	 * The record is gone. Another record has the url, or a sweep was undone. The file is in its
	 * place.
	 */
	RECOVERY_SHARED,
	/* Record and file are gone. */
	RECOVERY_GONE,
	/*
	 * The record is gone. The file stays staged, because it may still be in use. The diagnosis
	 * says how.
	 */
	RECOVERY_STAGED,
	/* The record is gone. The file stays staged, because it cannot be erased. Likewise. */
	RECOVERY_LEFT,
	/* The record is gone. The rule keeps the file for some time. */
	RECOVERY_KEPT,
	/* The record exists, and its file cannot go back. The diagnosis says why. */
	RECOVERY_STUCK,
	/* The record is gone, but the disk refuses to follow. The diagnosis says why. */
	RECOVERY_DISK,
	/* The removal is under way; nothing was done. */
	RECOVERY_ALIVE,
	/* The database did not answer. Nothing was erased. The diagnosis says why. */
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
 * Asks about the record under its locks, and follows the rule. With RECOVERY_OTHERS it only tries
 * the locks, so that it never waits for a removal. Leaves no transaction open.
 */
enum recovery_end recovery_settle(const struct recovery *recovery);

#endif
