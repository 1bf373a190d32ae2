/* SPDX-License-Identifier: ISC */
/*
 * The file: from a record's url to a directory entry beneath the public root's
 * recursos/, its way out of the public place into its stage (url.h has the names)
 * and, if need be, back. The stage exists only while a removal is under way, after
 * one has crashed, or for as long as the operator's grace lasts.
 */
#ifndef DISK_H
#define DISK_H

#include "base/diagnosis.h"
#include "shop/url.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/* Where the file of a located url is. */
enum disk_place {
	DISK_PUBLIC,  /* in its public place (a regular file or a symbolic link) */
	DISK_STAGED,  /* in its stage only */
	DISK_ABSENT,  /* in neither */
	DISK_NO_FILE, /* in the public place lies a directory, a socket, …: no file of ours */
	DISK_FAILED   /* cannot be told; the diagnosis says why */
};

/* Which file an entry is, and what is in it, as far as its status tells (stat(2)). */
struct disk_version {
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec modified; /* its bytes */
	struct timespec changed;  /* its inode: a rename counts */
};

/* One located file. Holds descriptors: every disk_locate() needs a disk_release(). */
struct disk_file {
	int directory; /* its directory, or -1 */
	int stage;     /* the directory its stage's entry is in, or -1 where there is no stage */
	bool nested;   /* the stage is a directory of its own */
	char name[NAME_MAX + 1];
	char stage_name[STAGE_NAME_SIZE]; /* of the entry in its directory */
	int32_t id;
	enum disk_place place;
	bool staged;     /* there is a file in the stage */
	bool returned;   /* it was, and somebody has put it back in its public place */
	bool superseded; /* the public place has another; disk_put_back() has erased this one */
	struct disk_version public_version, staged_version; /* as they were found */
};

/* An empty file, which disk_release() accepts. */
#define DISK_FILE_NONE ((struct disk_file){ .directory = -1, .stage = -1 })

/*
 * Opens recursos/ beneath the public root. Returns its descriptor, or -1 after
 * telling the diagnosis: even where it is missing, which is a file system not mounted
 * or a wrong public root, never a reason to call files absent.
 */
int disk_open(const char *public_root, struct diagnosis *diagnosis);

/*
 * Locates the file of a URL_OURS url without following a symbolic link, and its
 * stage for this image's id. Needs disk_release(), whatever the place is. A
 * directory that is missing on the way is DISK_FAILED: it may not be mounted.
 */
enum disk_place disk_locate(struct disk_file *file, int recursos, const char *url, int32_t id,
                            struct diagnosis *diagnosis);

/*
 * Takes a located file out of its public place by one rename(2), and makes that
 * durable (fsync(2) of the directory). An older stage of the same image and name is
 * replaced. Returns DISK_STAGED; DISK_ABSENT where there is no file;
 * DISK_FAILED with the file back in its place.
 */
enum disk_place disk_stage(struct disk_file *file, struct diagnosis *diagnosis);

/* Which file the public place is to get. */
enum disk_which {
	DISK_THIS,
	DISK_NEWEST /* of all that any removal has staged of this name; as a rule this one */
};

/*
 * Gives the public place a staged file, if this file's own stage has one, but never replaces one
 * that has appeared there: that one is what the record now shows. If this file is not the one
 * that has come back, it is erased, as an overwritten one would be. Under the url's lock only.
 * Returns whether this file's stage is empty then; else the diagnosis says why not.
 */
bool disk_put_back(struct disk_file *file, enum disk_which which, struct diagnosis *diagnosis);

/* What became of a file that was to be erased. */
enum disk_erasure {
	DISK_ERASED,
	DISK_CHANGING, /* left: it has changed since it was located, or is open for writing */
	DISK_RETURNED, /* somebody has put it back: it is in its public place again */
	DISK_LEFT      /* still staged; the diagnosis says why */
};

/* Erases a staged file. */
enum disk_erasure disk_erase(struct disk_file *file, struct diagnosis *diagnosis);

/*
 * Whether neither the bytes nor the inode of a DISK_PUBLIC file have changed after the
 * moment given.
 */
bool disk_is_unchanged(const struct disk_file *file, time_t moment);

/* Removes a stage's own directory, if it is empty. Returns whether it is gone. */
bool disk_remove_empty_stage(int directory, const char *name);

/* Closes the descriptors. */
void disk_release(struct disk_file *file);

#endif
