/* SPDX-License-Identifier: ISC */
/* One public root, one database. */
#include "config.h"

#include "database.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char database_file[] = ".removal-database";

enum { LONGEST = 80 };

/* Reads the file. Returns its length; 0 where there is none; -1: errno says why not. */
static ssize_t read_file(int recursos, char *text)
{
	int fd = openat(recursos, database_file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	ssize_t length = fd < 0 ? (errno == ENOENT ? 0 : -1) : read(fd, text, LONGEST - 1);

	if (fd >= 0)
		close(fd);
	text[length < 0 ? 0 : length] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return length;
}

/* Writes it, unless somebody has just done so. Where it cannot be written nothing can be erased. */
static void write_file(int recursos, const char *identity)
{
	int fd = openat(recursos, database_file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
	                S_IRUSR | S_IWUSR | S_IRGRP);

	if (fd < 0)
		return;
	dprintf(fd, "%s\n", identity);
	close(fd);
}

bool database_is_the_same(struct catalogue *catalogue, int recursos, bool claim)
{
	char identity[LONGEST], known[LONGEST];
	ssize_t length = read_file(recursos, known);

	if (length < 0) {
		audit_cause(catalogue->audit, "%s: %s", database_file, strerror(errno));
		return false;
	}
	if (length == 0 && !claim)
		return true;
	if (!catalogue_identity(catalogue, identity, sizeof identity))
		return false;
	if (length == 0)
		write_file(recursos, identity);
	if (length == 0 || strcmp(identity, known) == 0)
		return true;
	audit_cause(catalogue->audit,
	            "recursos/ belongs to another database (%s, not %s): if the shop's has moved, "
	            "remove recursos/%s",
	            known, identity, database_file);
	return false;
}
