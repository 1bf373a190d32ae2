/* SPDX-License-Identifier: ISC */
/* One public root has one database. */
#include "config.h"

#include "database.h"

#include "shop/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char database_file[] = ".removal-database";

enum { LONGEST = 80 };

/* Reads the file. Returns its length, 0 if there is none, or -1 with errno. */
static ssize_t read_identity(int recursos, char *text)
{
	int fd = openat(recursos, database_file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	ssize_t length = fd < 0 ? (errno == ENOENT ? 0 : -1) : read(fd, text, LONGEST - 1);

	if (fd >= 0)
		close(fd);
	if (fd >= 0 && length == 0) {
		errno = ENODATA; /* somebody failed to write it */
		length = -1;
	}
	text[length < 0 ? 0 : length] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return length;
}

/* Writes the whole file or nothing, unless somebody has just written it. It holds no secret. */
static bool write_file(int recursos, const char *identity)
{
	char name[64];
	bool written;
	int fd;

	snprintf(name, sizeof name, "%s.%d", database_file, (int)getpid());
	fd = openat(recursos, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
	            S_IRUSR | S_IWUSR);
	written = fd >= 0 && fchmod(fd, S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH) == 0 &&
	          dprintf(fd, "%s\n", identity) > 0;
	if (fd >= 0 && close(fd) != 0)
		written = false;
	written = written &&
	          (linkat(recursos, name, recursos, database_file, 0) == 0 || errno == EEXIST);
	if (fd >= 0)
		unlinkat(recursos, name, 0);
	return written;
}

/* Complains about the file. */
static bool complain_of_file(struct database *database)
{
	diagnosis_cause(database->diagnosis, "recursos/%s: %s", database_file, strerror(errno));
	return false;
}

bool database_is_the_same(struct database *database, int recursos, bool claim)
{
	char identity[LONGEST], known[LONGEST];
	ssize_t length = read_identity(recursos, known);

	if (length < 0)
		return complain_of_file(database);
	if (length == 0 && !claim)
		return true;
	if (!scan_identity(database, identity, sizeof identity))
		return false;
	if (length == 0 && (!write_file(recursos, identity) || read_identity(recursos, known) <= 0))
		return complain_of_file(database);
	if (strcmp(identity, known) == 0)
		return true;
	diagnosis_cause(
		database->diagnosis,
		"recursos/ belongs to another database (%s, not %s): if the shop's has moved, "
		"remove recursos/%s",
		known, identity, database_file);
	return false;
}
