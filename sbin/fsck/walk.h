/* SPDX-License-Identifier: ISC */
/* Every entry beneath a directory, in byte order of the whole paths, in bounded memory. */
#ifndef WALK_H
#define WALK_H

#include <stdbool.h>
#include <stddef.h>

/* One entry that is not a directory, or is a directory that was not entered. */
struct walk_entry {
	const char *path;   /* from the url's first byte on: /recursos/… */
	const char *name;   /* its last segment */
	int directory;      /* where name is, open until the call returns */
	unsigned char type; /* DT_REG, DT_LNK, … (readdir(3)); never DT_UNKNOWN */
};

struct walk {
	/* Called for each directory: whether to enter it. Otherwise it is visited. */
	bool (*enter)(void *context, const struct walk_entry *entry);
	void (*visit)(void *context, const struct walk_entry *entry);
	/* Called where a directory cannot be read; errno says why. */
	void (*fail)(void *context, const char *path);
	void *context;
	size_t most; /* names of a directory held in memory at once, at least 2 */
};

/*
 * Walks from an open directory, which path names, following no symbolic link.
 * Paths compare as strcmp(3) does. A directory of more entries than walk->most is
 * read more than once rather than held in memory whole.
 */
void walk(const struct walk *walk, int directory, const char *path);

#endif
