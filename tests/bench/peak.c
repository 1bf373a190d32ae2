/* SPDX-License-Identifier: ISC */
/* `peak FILE COMMAND...` runs it and writes its largest resident set, in KiB, to the file. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct rusage usage;
	pid_t child = argc > 2 ? fork() : -1;
	FILE *file;

	if (child == 0) {
		execv(argv[2], argv + 2);
		_exit(127);
	}
	if (child < 0 || wait4(child, NULL, 0, &usage) != child || !(file = fopen(argv[1], "a")))
		return EXIT_FAILURE;
	fprintf(file, "%ld\n", usage.ru_maxrss);
	return fclose(file) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
