/* SPDX-License-Identifier: ISC */
/* Calls of the kernel's that not every C library has a function for. */
#include "config.h"

#include "base/kernel.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int kernel_rename_noreplace(int from_directory, const char *from, int to_directory, const char *to)
{
	enum { NOREPLACE = 1 }; /* RENAME_NOREPLACE in linux/fs.h */

	return (int)syscall(SYS_renameat2, from_directory, from, to_directory, to, NOREPLACE);
}

/* The list's place is the number of a descriptor, so nothing is passed over (fs/proc/fd.c). */
static int close_listed(int first)
{
	const struct dirent *entry;
	DIR *list;
	bool whole;

	close(first); /* there may be no other for the list */
	list = opendir("/proc/self/fd");
	if (!list)
		return -1;
	while (errno = 0, (entry = readdir(list)) != NULL) {
		int fd = (int)strtol(entry->d_name, NULL, 10); /* 0 for . and .. */

		if (fd >= first && fd != dirfd(list))
			close(fd);
	}
	whole = errno == 0;
	closedir(list);
	return whole ? 0 : -1;
}

int kernel_close_from(int first)
{
#ifdef SYS_close_range
	if (syscall(SYS_close_range, first, UINT_MAX, 0) == 0)
		return 0;
#endif
	return close_listed(first);
}

int kernel_pidfd_open(pid_t process)
{
#ifdef SYS_pidfd_open
	return (int)syscall(SYS_pidfd_open, process, 0);
#else
	(void)process;
	errno = ENOSYS;
	return -1;
#endif
}
