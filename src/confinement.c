/* SPDX-License-Identifier: ISC */
/* What the process may rely on, and what it may not do. */
#include "config.h"

#include "confinement.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

int confinement_enter(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		return -1;
	close(fd);
	signal(SIGPIPE, SIG_IGN);
	umask(S_IRWXO);
	return 0;
}

void confinement_limit_time(int milliseconds)
{
	alarm((unsigned)(milliseconds + 999) / 1000);
}
