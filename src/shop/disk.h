/* SPDX-License-Identifier: ISC */
/*
 * The file of a record. These functions find the directory entry of a url beneath the public root's
 * recursos/, and move the file out of its public place into its stage (url.h has the names) and
 * back. A stage exists only while a removal is under way, after one has crashed, or for as long as
 * the operator's grace lasts.
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
	DISK_FAILED   /* unknown; the diagnosis says why */
};

/* Identifies a file and its contents, as far as stat(2) can. */
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
	int stage;     /* the directory of its stage's entry; -1: there is no stage */
	bool nested;   /* the stage is a directory of its own */
	char name[NAME_MAX + 1];
	char stage_name[STAGE_NAME_SIZE]; /* of the entry in its directory */
	int32_t id;
	enum disk_place place;
	bool unreachable; /* DISK_FAILED because a directory on the way is missing */
	bool staged;      /* there is a file in the stage */
	bool returned;    /* the staged file: somebody has put it back in its public place */
	bool superseded;  /* the public place has another file; disk_put_back() erases this one */
	struct disk_version public_version, staged_version; /* as they were found */
};

/* No file. disk_release() accepts it. */
#define DISK_FILE_NONE ((struct disk_file){ .directory = -1, .stage = -1 })

/*
 * Opens recursos/ beneath the public root. Returns its descriptor, or -1 after telling the
 * diagnosis. A missing recursos/ is an error, too: a file system is not mounted, or the public root
 * is wrong. It never means that files are absent.
 */
int disk_open(const char *public_root, struct diagnosis *diagnosis);

/*
 * Locates the file of a URL_OURS url, and its stage for this image's id. It follows no symbolic
 * link. If a directory on the way is missing, it returns DISK_FAILED: the directory may not be
 * mounted. Needs disk_release(), whatever it returned.
 */
enum disk_place disk_locate(struct disk_file *file, int recursos, const char *url, int32_t id,
                            struct diagnosis *diagnosis);

/*
 * Moves a located file out of its public place by one rename(2), and makes that durable (fsync(2)
 * of the directory). Replaces an older stage of the same image and name. Returns DISK_STAGED;
 * DISK_ABSENT if there is no file; DISK_FAILED with the file back in its place.
 */
enum disk_place disk_stage(struct disk_file *file, struct diagnosis *diagnosis);

/* Which file to put into the public place. */
enum disk_which {
	DISK_THIS,
	DISK_NEWEST /* of all that removals have staged of this name; usually this one */
};

/*
 * If this file's own stage holds a file, moves a staged file into the public place. It never
 * replaces a file that has appeared there: the record now shows that one. If this file is not the
 * one that has come back, erases it, as an upload over it would. Call it only under the url's lock.
 * Returns whether this file's stage is then empty; if not, the diagnosis says why.
 */
bool disk_put_back(struct disk_file *file, enum disk_which which, struct diagnosis *diagnosis);

/*
 * Whether the public place of a located file is free, but some removal has staged a file of this
 * name.
 */
bool disk_is_staged(const struct disk_file *file);

/*
 * If the public place of a located file is free, moves the newest file there that any removal has
 * staged of this name. Call it only under the url's lock. Returns false if there is one and it
 * cannot be moved; the diagnosis says why.
 */
bool disk_bring_back(struct disk_file *file, struct diagnosis *diagnosis);

/* How an attempt to erase a file ended. */
enum disk_erasure {
	DISK_ERASED,
	DISK_CHANGING, /* left: it has changed since it was located, or is open for writing */
	DISK_RETURNED, /* somebody has put it back: it is in its public place again */
	DISK_LEFT      /* still staged; the diagnosis says why */
};

/* Whether a file that somebody has put back is still in its public place, as far as can be told. */
bool disk_is_returned(struct disk_file *file, struct diagnosis *diagnosis);

/* Erases a staged file. */
enum disk_erasure disk_erase(struct disk_file *file, struct diagnosis *diagnosis);

/* Whether neither the bytes nor the inode of a DISK_PUBLIC file have changed since this moment. */
bool disk_is_unchanged(const struct disk_file *file, time_t moment);

/* Removes a stage's own directory, if it is empty. Returns whether it is gone. */
bool disk_remove_empty_stage(int directory, const char *name);

/* Closes the descriptors. */
void disk_release(struct disk_file *file);

#endif
