/* SPDX-License-Identifier: ISC */
/* `peak COMMAND...` runs it and prints, to standard error, its largest resident set in KiB. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct rusage usage;
	pid_t child = argc > 1 ? fork() : -1;

	if (child == 0) {
		execv(argv[1], argv + 1);
		_exit(127);
	}
	if (child < 0 || wait4(child, NULL, 0, &usage) != child)
		return EXIT_FAILURE;
	fprintf(stderr, "\n%ld\n", usage.ru_maxrss);
	return EXIT_SUCCESS;
}
