/* SPDX-License-Identifier: ISC */
/* Directories: what we may do in them, who can change that, and how. */
#include "config.h"

#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int check_root_length(const struct check *check)
{
	const char *root = check->settings.public_root;
	size_t length = root ? strlen(root) : 0;

	while (length > 0 && root[length - 1] == '/')
		length--;
	return (int)length;
}

/* Whether the text of a path is beneath the public root, where no link is followed. */
static bool is_beneath_root(const struct check *check, const char *path)
{
	size_t length = (size_t)check_root_length(check);

	return length > 0 && strncmp(path, check->settings.public_root, length) == 0 &&
	       path[length] == '/';
}

bool check_is_public(const struct check *check, const char *path)
{
	const char *root = check->settings.public_root;
	char *real = realpath(path, NULL), *real_root = root ? realpath(root, NULL) : NULL;
	size_t length = real_root ? strlen(real_root) : 0;
	bool is_public =
		real && length > 0 && strncmp(real, real_root, length) == 0 && real[length] == '/';

	free(real);
	free(real_root);
	return is_public;
}

static const char *words(int need)
{
	switch (need) {
	case CHECK_WRITE:
		return "write in";
	case CHECK_READ:
		return "read";
	default:
		return "enter";
	}
}

/* The change of mode for owner, group or others (u, g, o) that gives what is needed. */
static const char *change(char who, int need)
{
	static const char *const changes[][3] = { { "u+x", "u+rx", "u+rwx" },
		                                  { "g+x", "g+rx", "g+rwxs" },
		                                  { "o+x", "o+rx", "o+rwx" } };
	int class = who == 'u' ? 0 : who == 'g' ? 1 : 2;

	return changes[class][need == CHECK_WRITE ? 2 : need == CHECK_READ ? 1 : 0];
}

static void hint_at_rights(const struct check *check, const char *path, const struct stat *status,
                           int need)
{
	bool owner = status->st_uid == geteuid(), member = check_in_group(status->st_gid);
	int shift = owner ? 6 : member ? 3 : 0;
	char word[CHECK_WORD_SIZE];

	check_word(path, word);
	if ((((int)status->st_mode >> shift) & need) == need)
		check_hint("The mode allows it, so something else forbids it: a read-only file "
		           "system, an attribute (`lsattr -d %s`), or an access control list "
		           "(`getfacl %s`).",
		           word, word);
	else if (owner)
		check_hint("`chmod %s %s`", change('u', need), word);
	else if (member)
		check_hint("As root: `chmod %s %s`", change('g', need), word);
	else if (need == CHECK_WRITE)
		check_hint("As root: `chgrp %s %s && chmod 2775 %s`", check->group, word, word);
	else
		check_hint("As root: `chmod %s %s`", change('o', need), word);
}

static void complain_of_rights(struct check *check, const char *path, const struct stat *status,
                               int need, const char *reason)
{
	char owner[CHECK_NAME_SIZE], group[CHECK_NAME_SIZE];

	check_say(check, ERROR,
	          "directory %s: user %s cannot %s it: %s (mode %04o, owner %s, group %s)", path,
	          check->user, words(need), reason, (unsigned)status->st_mode & 07777,
	          check_user_name(status->st_uid, owner), check_group_name(status->st_gid, group));
	hint_at_rights(check, path, status, need);
}

static void tell_of_failure(struct check *check, const char *path, int error)
{
	char word[CHECK_WORD_SIZE];

	check_say(check, ERROR, "directory %s: %s", path, strerror(error));
	check_hint("If a file system belongs there, mount it; if not, as root: "
	           "`install -d -g %s -m 2775 %s`",
	           check->group, check_word(path, word));
}

static void tell_of_link(struct check *check, const char *path)
{
	check_say(check, ERROR, "directory %s: a symbolic link, which the program does not follow",
	          path);
	check_hint("Put a directory in its place, and mount there what the link leads to: "
	           "`mount --bind`.");
}

static bool look_at_directory(struct check *check, const char *path, int need)
{
	int follow = is_beneath_root(check, path) ? AT_SYMLINK_NOFOLLOW : 0;
	struct stat status;

	if (fstatat(AT_FDCWD, path, &status, follow) != 0)
		tell_of_failure(check, path, errno);
	else if (S_ISLNK(status.st_mode))
		tell_of_link(check, path);
	else if (!S_ISDIR(status.st_mode))
		check_say(check, ERROR, "directory %s: not a directory", path);
	else if (faccessat(AT_FDCWD, path, need, AT_EACCESS) == 0)
		return true;
	else
		complain_of_rights(check, path, &status, need, strerror(errno));
	return false;
}

static const struct check_seen *find_seen(const struct check *check, const char *path, int need)
{
	for (size_t i = 0; i < check->seen_count; i++)
		if (check->seen[i].need == need && strcmp(check->seen[i].path, path) == 0)
			return &check->seen[i];
	return NULL;
}

/* If out of memory, a finding is only printed again. */
static void remember(struct check *check, const char *path, int need, bool good)
{
	size_t count = check->seen_count;
	struct check_seen *seen = reallocarray(check->seen, count + 1, sizeof *seen);

	if (!seen)
		return;
	check->seen = seen;
	seen[count] = (struct check_seen){ strdup(path), need, good };
	check->seen_count += seen[count].path != NULL;
}

bool check_tell_once(struct check *check, const char *path, int need)
{
	if (find_seen(check, path, need))
		return false;
	remember(check, path, need, false);
	return true;
}

/* Checks one directory. Those above it are fine. */
static bool look_at_directory_once(struct check *check, const char *path, int need)
{
	const struct check_seen *seen = find_seen(check, path, need);
	bool good = seen ? seen->good : look_at_directory(check, path, need);

	if (!seen)
		remember(check, path, need, good);
	return good;
}

bool check_directory_of(struct check *check, const char *file)
{
	char *path = strdup(file);
	char *slash = path;
	bool good = path != NULL;

	while (good && *slash && (slash = strchr(slash + 1, '/'))) {
		*slash = '\0';
		good = look_at_directory_once(check, path, CHECK_SEARCH);
		*slash = '/';
	}
	free(path);
	return good;
}

bool check_directory(struct check *check, const char *path, int need)
{
	return check_directory_of(check, path) && look_at_directory_once(check, path, need);
}

void check_release_directories(struct check *check)
{
	for (size_t i = 0; i < check->seen_count; i++)
		free(check->seen[i].path);
	free(check->seen);
	check->seen = NULL;
	check->seen_count = 0;
}
