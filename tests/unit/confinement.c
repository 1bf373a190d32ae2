/* SPDX-License-Identifier: ISC */
/* What the kernel refuses once the process is confined, and what it must not refuse. */
#include "config.h"

#include "base/confinement.h"
#include "../lib/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef HAVE_LINUX_LANDLOCK_H
#include <linux/landlock.h>
#endif

static void must(bool done)
{
	if (!done) {
		perror("unit-confinement");
		exit(EXIT_FAILURE);
	}
}

/* Whether the headers and the kernel (its second version of Landlock) allow confinement. */
static bool has_landlock(void)
{
#ifdef LANDLOCK_ACCESS_FS_REFER
	return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) >= 2;
#else
	return false;
#endif
}

static bool is_refused(int status)
{
	return status < 0 && (errno == EACCES || errno == EXDEV);
}

static void make_file(int directory, const char *name)
{
	int fd = openat(directory, name, O_CREAT | O_WRONLY, 0600);

	must(fd >= 0);
	close(fd);
}

/* A file beside recursos/ and one in it. */
static int make_tree(const char *name)
{
	int root = open(name, O_RDONLY | O_DIRECTORY);

	must(root >= 0 && mkdirat(root, "recursos", 0700) == 0);
	must(mkdirat(root, "recursos/.removal-7", 0700) == 0);
	make_file(root, "secret");
	make_file(root, "recursos/a");
	must(symlinkat("a", root, "recursos/link") == 0);
	must(fchdir(root) == 0);
	return root;
}

static void check_process(struct tap *tap)
{
	struct rlimit core;

	tap_ok(tap, fcntl(3, F_GETFD) < 0 && errno == EBADF, "descriptor 3 is closed");
	tap_ok(tap, fcntl(100, F_GETFD) < 0 && errno == EBADF, "a leaked descriptor is closed");
	tap_ok(tap, fcntl(0, F_GETFD) >= 0 && fcntl(2, F_GETFD) >= 0, "the standard ones are not");
	tap_ok(tap, prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1, "no new privileges");
	tap_ok(tap, getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 1, "no core");
	tap_ok(tap, umask(0) == 07, "umask");
}

static void check_outside(struct tap *tap)
{
	tap_ok(tap, is_refused(unlink("secret")), "outside: no unlink");
	tap_ok(tap, is_refused(rename("secret", "b")), "outside: no rename");
	tap_ok(tap, is_refused(rename("secret", "recursos/b")), "no rename into recursos");
	tap_ok(tap, is_refused(rename("recursos/a", "b")), "no rename out of recursos");
	tap_ok(tap, is_refused(link("recursos/a", "b")), "no link out of recursos");
	tap_ok(tap, is_refused(mkdir("b", 0700)), "outside: no directory");
	tap_ok(tap, is_refused(symlink("a", "b")), "outside: no symbolic link");
	tap_ok(tap, is_refused(open("b", O_CREAT | O_WRONLY, 0600)), "outside: no new file");
	tap_ok(tap, is_refused(open("secret", O_WRONLY)), "outside: no writing");
	tap_ok(tap, is_refused(open("recursos/a", O_WRONLY)), "nor in recursos");
	tap_ok(tap, is_refused(rmdir("recursos")), "recursos itself stays");
	tap_ok(tap, access("secret", R_OK) == 0, "reading is as it was");
}

static void check_inside(struct tap *tap)
{
	tap_ok(tap, rename("recursos/a", "recursos/.removal-7/a") == 0, "a file can be staged");
	tap_ok(tap, link("recursos/.removal-7/a", "recursos/a") == 0, "and linked back");
	tap_ok(tap, unlink("recursos/.removal-7/a") == 0, "and erased");
	tap_ok(tap, rename("recursos/link", "recursos/.removal-7/link") == 0, "so can a link");
	tap_ok(tap, unlink("recursos/.removal-7/link") == 0, "and be erased");
	tap_ok(tap, rmdir("recursos/.removal-7") == 0, "the stage can be removed");
	tap_ok(tap, mkdir("recursos/.removal-8", 0700) == 0, "and another made");
}

static int confined(const char *directory)
{
	struct tap tap = { 0 };
	int root;

	must(dup2(1, 3) == 3 && dup2(1, 100) == 100);
	must(confinement_enter() == 0);
	check_process(&tap);
	root = make_tree(directory);
	if (has_landlock()) {
		tap_ok(&tap, confinement_beneath(openat(root, "recursos", O_RDONLY | O_DIRECTORY)),
		       "confined");
		check_outside(&tap);
		check_inside(&tap);
	} else {
		printf("ok %d - confined # SKIP there is no Landlock here\n", ++tap.run);
	}
	return tap_done(&tap);
}

/* A child is confined. The parent is not, and cleans up. */
int main(void)
{
	char directory[] = "/tmp/imagenes.XXXXXX", command[64];
	int status;
	pid_t child;

	must(mkdtemp(directory) != NULL);
	child = fork();
	must(child >= 0);
	if (child == 0)
		exit(confined(directory));
	must(waitpid(child, &status, 0) == child);
	snprintf(command, sizeof command, "rm -rf %s", directory);
	return system(command) != 0 || status != 0;
}
