/* SPDX-License-Identifier: ISC */
/* What the process may rely on, and what it may not do. */
#include "config.h"

#include "base/confinement.h"
#include "base/kernel.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef HAVE_LINUX_LANDLOCK_H
#include <linux/landlock.h>
#endif

/* A product with many images needs two descriptors for each, while they are removed. */
static void allow_many_files(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return;
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
}

int confinement_enter(void)
{
	/* 1, not 0: if cores go to a pipe, only 1 stops them (Linux, fs/coredump.c). */
	static const struct rlimit no_core = { 1, 1 };
	sigset_t alarm_only;

	if (kernel_close_from(STDERR_FILENO + 1) != 0)
		return -1;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			return -1;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a log that has reached its size limit must not kill us */
	signal(SIGIO, SIG_IGN);   /* asks us to give up a lease; close(2) does */
	signal(SIGALRM, SIG_DFL); /* the server that started us may ignore it */
	sigemptyset(&alarm_only);
	sigaddset(&alarm_only, SIGALRM);
	sigprocmask(SIG_UNBLOCK, &alarm_only, NULL);
	umask(S_IRWXO);
	setrlimit(RLIMIT_CORE, &no_core);
	allow_many_files();
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return 0;
}

void confinement_limit_time(int milliseconds)
{
	alarm((unsigned)(milliseconds + 999) / 1000);
}

/* Without LANDLOCK_ACCESS_FS_REFER (Linux 5.19), a ruleset would forbid staging. */
#ifdef LANDLOCK_ACCESS_FS_REFER
bool confinement_beneath(int directory)
{
	const struct landlock_ruleset_attr handled = {
		.handled_access_fs = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
		                     LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
		                     LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
		                     LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
		                     LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM |
		                     LANDLOCK_ACCESS_FS_REFER,
	};
	/* What it takes to stage, put back and erase files and symbolic links. */
	const struct landlock_path_beneath_attr allowed = {
		.allowed_access = LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
		                  LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
		                  LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_REFER,
		.parent_fd = directory,
	};
	long ruleset = syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0);
	bool confined;

	if (ruleset < 0)
		return false;
	confined = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &allowed,
	                   0) == 0 &&
	           syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
	close((int)ruleset);
	return confined;
}
#else
bool confinement_beneath(int directory)
{
	(void)directory;
	return false;
}
#endif
