/* SPDX-License-Identifier: ISC */
/*
 * Apache reads a program's output up to its end, and then looks whether the program is dead. If it
 * is not, Apache sleeps before it looks again: 10 ms (mod_cgid) or 47 ms (mod_cgi, in APR's
 * free_proc_chain). But a process that ends closes its files before it counts as dead, so Apache
 * comes too early for about half of all CGI programs. Here, the end of the output is the death of a
 * second process, which the kernel kills when the first is dead.
 *
 * The second process writes nothing and decides nothing. Whatever happens to it, Apache has the
 * answer, and at worst sleeps as it does for others.
 */
#include "config.h"

#include "web/linger.h"

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { STACK = 16384, SECOND = 1000 };

/* Lives as long as the process with this id. */
static int outlive(void *parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == (pid_t)(intptr_t)parent)
		poll(NULL, 0, SECOND);
	return 0; /* and clone(2) exits */
}

/*
 * The two share memory and descriptors: nothing is copied, and the first has little to give back.
 * The stack is never freed: the second process may be the last to need it.
 */
void linger(void)
{
	char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE,
	                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);

	if (stack != MAP_FAILED)
		clone(outlive, stack + STACK, CLONE_VM | CLONE_FILES | SIGCHLD,
		      (void *)(intptr_t)getpid());
}
