/* SPDX-License-Identifier: ISC */
/* Users and groups by name. */
#include "config.h"

#include "check.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MOST_GROUPS = 64 };

const char *check_user_name(uid_t user, char name[CHECK_NAME_SIZE])
{
	const struct passwd *entry = getpwuid(user);

	if (entry)
		snprintf(name, CHECK_NAME_SIZE, "%s", entry->pw_name);
	else
		snprintf(name, CHECK_NAME_SIZE, "%lu", (unsigned long)user);
	return name;
}

/* Reads group(5) itself: the standalone program has no other name service. */
const char *check_group_name(gid_t group, char name[CHECK_NAME_SIZE])
{
	FILE *file = fopen("/etc/group", "re");
	const struct group *entry = NULL;

	while (file && (entry = fgetgrent(file)) && entry->gr_gid != group)
		;
	if (entry)
		snprintf(name, CHECK_NAME_SIZE, "%s", entry->gr_name);
	else
		snprintf(name, CHECK_NAME_SIZE, "%lu", (unsigned long)group);
	if (file)
		fclose(file);
	return name;
}

bool check_in_group(gid_t group)
{
	gid_t groups[MOST_GROUPS];
	int count = getgroups(MOST_GROUPS, groups);

	for (int i = 0; i < count; i++)
		if (groups[i] == group)
			return true;
	return group == getegid();
}

/* The other groups, each with a comma before it. */
static void list_groups(char *text, size_t size)
{
	gid_t groups[MOST_GROUPS];
	int count = getgroups(MOST_GROUPS, groups);
	char name[CHECK_NAME_SIZE];
	size_t length = 0;

	text[0] = '\0';
	for (int i = 0; i < count && length < size; i++)
		if (groups[i] != getegid())
			length += (size_t)snprintf(text + length, size - length, ", %s",
			                           check_group_name(groups[i], name));
}

void check_user(struct check *check)
{
	char others[1024];

	check_user_name(geteuid(), check->user);
	check_group_name(getegid(), check->group);
	if (geteuid() == 0) {
		check_say(check, WARNING,
		          "user: root may do everything, so this check proves little");
		check_hint("Run it as the user who runs the program, on Debian "
		           "`runuser -u www-data -- imagenes-check`.");
		return;
	}
	list_groups(others, sizeof others);
	check_say(check, OK, "user: %s, in the groups %s%s", check->user, check->group, others);
}
