/* SPDX-License-Identifier: ISC */
/* Every entry beneath a directory, in byte order of the whole paths, in bounded memory. */
#ifndef WALK_H
#define WALK_H

#include <stdbool.h>
#include <stddef.h>

/* One entry that is not a directory, or is a directory that was not entered. */
struct walk_entry {
	const char *path;   /* as in a url: /recursos/… */
	const char *name;   /* its last segment */
	int directory;      /* the directory that has name; open until the call returns */
	unsigned char type; /* DT_REG, DT_LNK, … (readdir(3)); never DT_UNKNOWN */
};

struct walk {
	/* Called for each directory: whether to enter it. If not, it is visited as an entry. */
	bool (*enter)(void *context, const struct walk_entry *entry);
	void (*visit)(void *context, const struct walk_entry *entry);
	/* Called if a directory cannot be read; errno says why. */
	void (*fail)(void *context, const char *path);
	void *context;
	size_t most; /* how many names of a directory to hold in memory at once, at least 2 */
};

/*
 * Walks from an open directory, which path names. Follows no symbolic link. Paths compare as
 * strcmp(3) does. If a directory has more entries than walk->most, reads it several times rather
 * than hold it all in memory.
 */
void walk(const struct walk *walk, int directory, const char *path);

#endif
