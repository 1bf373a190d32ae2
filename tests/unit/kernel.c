/* SPDX-License-Identifier: ISC */
/* The kernel's own calls, and what stands in for one that an old kernel has not. */
#include "config.h"

#include "base/kernel.h"
#include "../lib/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ABOVE = 20, LIMIT = 40 };

static bool old_kernel;

/* The linker's --wrap leads kernel.c here. NOLINTBEGIN(bugprone-reserved-identifier,cert-*) */
long __wrap_syscall(long number, ...);
long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...)
{
	long status = -1;
	va_list arguments;

	va_start(arguments, number);
	if (number == SYS_renameat2) {
		int from_directory = va_arg(arguments, int);
		const char *from = va_arg(arguments, const char *);
		int to_directory = va_arg(arguments, int);
		const char *to = va_arg(arguments, const char *);

		status = __real_syscall(number, from_directory, from, to_directory, to,
		                        va_arg(arguments, int));
	} else if (!old_kernel) {
		unsigned first = va_arg(arguments, unsigned), last = va_arg(arguments, unsigned);

		status = __real_syscall(number, first, last, va_arg(arguments, int));
	} else {
		errno = ENOSYS;
	}
	va_end(arguments);
	return status;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-*) */

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

/* Whether those beneath are open and the others are closed. */
static bool are_open_beneath(int first)
{
	bool right = true;

	for (int fd = 0; fd < LIMIT; fd++)
		right = right && is_open(fd) == (fd < first);
	return right;
}

static void open_all(void)
{
	for (int fd = 3; fd < LIMIT; fd++)
		if (dup2(STDOUT_FILENO, fd) != fd)
			exit(EXIT_FAILURE);
}

/* In a child, whose descriptors these are. */
static bool in_child(bool (*does)(void))
{
	int status;
	pid_t child = fork();

	if (child < 0)
		exit(EXIT_FAILURE);
	if (child == 0)
		_exit(does() ? EXIT_SUCCESS : EXIT_FAILURE);
	return waitpid(child, &status, 0) == child && status == 0;
}

static bool closes_from(void)
{
	open_all();
	return kernel_close_from(ABOVE) == 0 && are_open_beneath(ABOVE);
}

static bool closes_on_old_kernels(void)
{
	old_kernel = true;
	return closes_from();
}

static bool closes_the_last_descriptor(void)
{
	const struct rlimit limit = { LIMIT, LIMIT };

	return setrlimit(RLIMIT_NOFILE, &limit) == 0 && closes_on_old_kernels();
}

static bool renames_without_replacing(void)
{
	int a = openat(AT_FDCWD, "a", O_CREAT | O_WRONLY, 0600);
	int b = openat(AT_FDCWD, "b", O_CREAT | O_WRONLY, 0600);

	return a >= 0 && b >= 0 && kernel_rename_noreplace(AT_FDCWD, "a", AT_FDCWD, "b") != 0 &&
	       errno == EEXIST && unlink("b") == 0 &&
	       kernel_rename_noreplace(AT_FDCWD, "a", AT_FDCWD, "b") == 0 && unlink("b") == 0;
}

int main(void)
{
	char directory[] = "/tmp/imagenes.XXXXXX";
	struct tap tap = { 0 };

	if (!mkdtemp(directory) || chdir(directory) != 0)
		return EXIT_FAILURE;
	tap_ok(&tap, in_child(closes_from), "closes a descriptor and all above it");
	tap_ok(&tap, in_child(closes_on_old_kernels), "so it does without close_range(2)");
	tap_ok(&tap, in_child(closes_the_last_descriptor), "also if no descriptor is free");
	tap_ok(&tap, in_child(renames_without_replacing), "renames, and replaces nothing");
	return rmdir(directory) == 0 ? tap_done(&tap) : EXIT_FAILURE;
}
