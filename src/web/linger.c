/* SPDX-License-Identifier: ISC */
/*
 * Apache reads a program's output up to its end, and then looks whether the program is dead. If it
 * is not, Apache sleeps before it looks again: 10 ms (mod_cgid) or 47 ms (mod_cgi, in APR's
 * free_proc_chain). But a process that ends closes its files before it counts as dead, so Apache
 * may come too early for any CGI program, most of all while a CPU is busy. Here, the end of the
 * output comes from a second process, which waits until the first is dead.
 *
 * The second process writes nothing and decides nothing. Whatever happens to it, Apache has the
 * answer, and at worst sleeps as it does for others.
 */
#include "config.h"

#include "web/linger.h"

#include "base/kernel.h"

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STACK = 16384, SECOND = 1000 };

/* Lives as long as a process, which is a struct pollfd with its pidfd. */
static int outlive(void *first)
{
	poll(first, 1, SECOND);
	/* Before the memory is given back. Under mod_cgid, the same socket is the input, too. */
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
	return 0; /* and clone(2) exits */
}

/*
 * Sets whose child the second process is to be, so that it is no zombie for long. mod_cgid's
 * daemon, which has our output on a socket, ignores how its children end (cgid_server): then it is
 * its child. With mod_cgi it can only be an orphan, for process 1; systemd reaps at once, others
 * may not at all. Returns whether it would be reaped.
 */
static bool find_parent(int *flags)
{
	struct stat output;

	*flags = fstat(STDOUT_FILENO, &output) == 0 && S_ISSOCK(output.st_mode) ? CLONE_PARENT : 0;
	return *flags || access("/run/systemd/system", F_OK) == 0; /* sd_booted(3) */
}

/*
 * The two share memory and descriptors: nothing is copied, and the first has little to give back.
 * The second one's stack grows down to what it has to know. It is never freed: the second process
 * may be the last to need it.
 */
void linger(void)
{
	struct pollfd *first;
	int flags, pidfd;

	if (!find_parent(&flags) || (pidfd = kernel_pidfd_open(getpid())) < 0)
		return;
	first = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK,
	             -1, 0);
	if (first == MAP_FAILED)
		return;
	*first = (struct pollfd){ .fd = pidfd, .events = POLLIN };
	clone(outlive, (char *)first + STACK, flags | CLONE_VM | CLONE_FILES | SIGCHLD, first);
}
