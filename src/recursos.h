/* SPDX-License-Identifier: ISC */
/*
 * The file: from a record's url to a directory entry beneath the public root's
 * recursos/, and its way out of the public place and, if need be, back.
 *
 * A removal of image 42 stages DIRECTORY/NAME as DIRECTORY/.removal-42-NAME, or,
 * where that is too long for a name, as DIRECTORY/.removal-42/NAME: the same file
 * system, the image's id, the original name. The stage exists only while a removal
 * is under way or after one has crashed.
 */
#ifndef RECURSOS_H
#define RECURSOS_H

#include "audit.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* What a url can name. */
enum recursos_url {
	RECURSOS_OURS,     /* a canonical path strictly beneath /recursos/ */
	RECURSOS_EXTERNAL, /* on another host: it has an authority (RFC 3986, section 3.2) */
	RECURSOS_NOT_OURS  /* anything else: no file of ours has this url */
};

enum recursos_url recursos_classify(const char *url);

/* Where the file of a located url is. */
enum recursos_place {
	RECURSOS_PUBLIC,  /* in its public place (a regular file or a symbolic link) */
	RECURSOS_STAGED,  /* in its stage only, left there by a removal that crashed */
	RECURSOS_ABSENT,  /* nowhere */
	RECURSOS_NO_FILE, /* in the public place lies a directory, a socket, …: not a file of ours
	                   */
	RECURSOS_FAILED   /* cannot be told; the audit says why */
};

/* One located file. Holds descriptors: every recursos_locate() needs a recursos_release(). */
struct recursos_file {
	int directory; /* its directory, or -1 */
	int stage;     /* the directory it is or will be staged in, or -1 */
	bool nested;   /* the stage is a directory of its own */
	char name[NAME_MAX + 1];
	char stage_name[NAME_MAX + 24]; /* of the entry in its directory */
	int32_t id;
	enum recursos_place place;
};

/* An empty file, which recursos_release() accepts. */
#define RECURSOS_FILE_NONE ((struct recursos_file){ .directory = -1, .stage = -1 })

/*
 * Opens recursos/ beneath the public root. Returns its descriptor, or -1 after
 * telling the audit: even where it is missing, which is a file system not mounted
 * or a wrong public root, never a reason to call files absent.
 */
int recursos_open(const char *public_root, struct audit *audit);

/*
 * Walks from recursos/ to the directory of a RECURSOS_OURS url, following no
 * symbolic link, and finds out where the file is. Changes nothing. Returns
 * file->place.
 */
enum recursos_place recursos_locate(struct recursos_file *file, int recursos, const char *url,
                                    int32_t id, struct audit *audit);

/*
 * Takes a located file out of its public place, and makes that durable (fsync(2)
 * of the directory). Returns RECURSOS_STAGED; RECURSOS_ABSENT where there is
 * none; RECURSOS_FAILED with the file back in its place.
 */
enum recursos_place recursos_stage(struct recursos_file *file, struct audit *audit);

/*
 * Puts back what is staged, if anything, never over one that has appeared meanwhile: that one
 * is what the record now shows, and the staged one is erased as an overwritten
 * one would be. Returns whether nothing is left staged; else the audit says why.
 */
bool recursos_put_back(struct recursos_file *file, struct audit *audit);

/* Erases a staged file. Returns whether it is gone; else the audit says why. */
bool recursos_erase(struct recursos_file *file, struct audit *audit);

/*
 * Erases a RECURSOS_PUBLIC file in its place, if neither its bytes nor its inode
 * have changed after the moment given. Returns whether it is gone; else the audit
 * says why.
 */
bool recursos_erase_unchanged(struct recursos_file *file, time_t moment, struct audit *audit);

/*
 * Whether an entry's name is a stage's; then id is the image's, or 0 where it can be
 * none. Points original to the file's name at its end: empty for a stage's own directory.
 */
bool recursos_is_stage(const char *name, int32_t *id, const char **original);

/* Removes a stage's own directory, if it is empty. Returns whether it is gone. */
bool recursos_remove_empty_stage(int directory, const char *name);

/* Closes the descriptors. */
void recursos_release(struct recursos_file *file);

#endif
