/* SPDX-License-Identifier: ISC */
/* The ordered walk. It reads a directory in batches: each has the next names in byte order. */
#include "config.h"

#include "walk.h"

#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * A batch takes up to `most` names, then keeps the first half in order. A name is stored after its
 * type. A directory's name ends in a slash, because that decides its place among its siblings when
 * whole paths are compared.
 */
struct name {
	uint64_t head; /* its first bytes, enough for most comparisons */
	char *stored;
};

struct batch {
	struct name *names;
	size_t count;
	size_t size;                     /* of names, as allocated */
	char last[1 + NAME_MAX + 1 + 1]; /* names up to this one have been walked */
	size_t most;
	bool more; /* names beyond the batch were dropped */
};

static uint64_t head_of(const char *text)
{
	uint64_t head = 0;

	memcpy(&head, text, strnlen(text, sizeof head));
	return be64toh(head);
}

/* Sets the heads, after the bytes that all names share: a product's photos have much in common. */
static void find_heads(struct batch *batch)
{
	const char *first = batch->names[0].stored + 1;
	size_t common = strlen(first);

	for (size_t i = 1; i < batch->count; i++)
		while (strncmp(first, batch->names[i].stored + 1, common) != 0)
			common--;
	for (size_t i = 0; i < batch->count; i++)
		batch->names[i].head = head_of(batch->names[i].stored + 1 + common);
}

static int compare_stored(const void *a, const void *b)
{
	const struct name *x = a, *y = b;

	if (x->head != y->head)
		return x->head < y->head ? -1 : 1;
	return strcmp(x->stored + 1, y->stored + 1);
}

/* Sorts the batch and drops all names but the first `keep`. */
static void sort_and_cut(struct batch *batch, size_t keep)
{
	if (batch->count > 0) {
		find_heads(batch);
		qsort(batch->names, batch->count, sizeof *batch->names, compare_stored);
	}
	for (; batch->count > keep; batch->more = true)
		free(batch->names[--batch->count].stored);
}

/* Compares a name of that type with a stored one, as compare_stored() would if it were stored. */
static int compare_name(unsigned char type, const char *name, const char *stored)
{
	size_t length = strlen(name);
	int order = strncmp(name, stored + 1, length);

	if (order != 0)
		return order;
	return (type == DT_DIR ? '/' : '\0') - (unsigned char)stored[1 + length];
}

/* Makes room for one more name. Returns -1 if out of memory. */
static int grow(struct batch *batch)
{
	size_t size = batch->size ? batch->size * 2 : 64;
	struct name *names;

	if (batch->count < batch->size)
		return 0;
	names = realloc(batch->names, size * sizeof *names);
	if (!names)
		return -1;
	batch->names = names;
	batch->size = size;
	return 0;
}

/* Adds a name, unless it has been walked or is beyond the batch. Returns -1 if out of memory. */
static int add_to_batch(struct batch *batch, unsigned char type, const char *name)
{
	size_t length = strlen(name);
	char *stored;

	if (compare_name(type, name, batch->last) <= 0)
		return 0;
	if (batch->more && compare_name(type, name, batch->names[batch->most / 2 - 1].stored) > 0)
		return 0;
	if (batch->count == batch->most)
		sort_and_cut(batch, batch->most / 2);
	stored = grow(batch) == 0 ? malloc(1 + length + sizeof "/") : NULL;
	if (!stored)
		return -1;
	stored[0] = (char)(type + 1);
	memcpy(stored + 1, name, length + 1);
	if (type == DT_DIR)
		memcpy(stored + 1 + length, "/", sizeof "/");
	batch->names[batch->count++].stored = stored;
	return 0;
}

/* The type from readdir(3) or, if a file system gives none (old XFS, some FUSE), from lstat(2). */
static unsigned char type_of(int directory, const struct dirent *entry)
{
	struct stat status;

	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type;
	if (fstatat(directory, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0)
		return DT_REG; /* it is gone, as the next look will show */
	return (unsigned char)IFTODT(status.st_mode);
}

static void clear(struct batch *batch)
{
	while (batch->count > 0)
		free(batch->names[--batch->count].stored);
	batch->more = false;
}

/* Reads the next names after batch->last. Returns -1 on an error. */
static int read_batch(struct batch *batch, DIR *stream)
{
	const struct dirent *entry;

	clear(batch);
	rewinddir(stream);
	while (errno = 0, (entry = readdir(stream)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (add_to_batch(batch, type_of(dirfd(stream), entry), entry->d_name) != 0)
			return -1;
	}
	if (errno != 0)
		return -1;
	sort_and_cut(batch, batch->more ? batch->most / 2 : batch->most);
	return 0;
}

/* No deeper than a path is long. NOLINTBEGIN(misc-no-recursion) */
static void walk_directory(const struct walk *walk, int parent, const char *name, char *path);

/* Visits one entry of a batch; path holds its directory's path, and room for more. */
static void walk_entry(const struct walk *walk, int directory, const char *stored, char *path)
{
	size_t length = strlen(path);
	const char *name = path + length + 1;
	struct walk_entry entry = { path, name, directory, (unsigned char)(stored[0] - 1) };

	if (length + 1 + strlen(stored + 1) >= PATH_MAX) {
		errno = ENAMETOOLONG;
		walk->fail(walk->context, path);
		return;
	}
	snprintf(path + length, PATH_MAX - length, "/%.*s", (int)strcspn(stored + 1, "/"),
	         stored + 1);
	if (entry.type == DT_DIR && walk->enter(walk->context, &entry))
		walk_directory(walk, directory, name, path);
	else
		walk->visit(walk->context, &entry);
	path[length] = '\0';
}

static void walk_stream(const struct walk *walk, DIR *stream, char *path)
{
	struct batch batch = { .most = walk->most };

	do {
		if (read_batch(&batch, stream) != 0) {
			walk->fail(walk->context, path);
			break;
		}
		for (size_t i = 0; i < batch.count; i++)
			walk_entry(walk, dirfd(stream), batch.names[i].stored, path);
		if (batch.count > 0)
			snprintf(batch.last, sizeof batch.last, "%s",
			         batch.names[batch.count - 1].stored);
	} while (batch.more);
	clear(&batch);
	free(batch.names);
}

static void walk_directory(const struct walk *walk, int parent, const char *name, char *path)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);

	if (stream) {
		walk_stream(walk, stream, path);
		closedir(stream);
		return;
	}
	walk->fail(walk->context, path);
	if (fd >= 0)
		close(fd);
}
/* NOLINTEND(misc-no-recursion) */

void walk(const struct walk *walk, int directory, const char *path)
{
	char buffer[PATH_MAX];

	snprintf(buffer, sizeof buffer, "%s", path);
	walk_directory(walk, directory, ".", buffer);
}
