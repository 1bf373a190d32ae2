/* SPDX-License-Identifier: ISC */
/*
 * dead-at-end N COMMAND... runs it N times, reads its output to the end, as a web server does, and
 * then looks at once whether it is dead. Prints how often it was.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* Returns whether the command is dead at its output's end; -1: it could not be run. */
static int is_dead(char **command)
{
	int ends[2], dead;
	char answer[4096];
	pid_t process;

	if (pipe(ends) != 0 || (process = fork()) < 0)
		return -1;
	if (process == 0) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		execv(command[0], command);
		_exit(EXIT_FAILURE);
	}
	close(ends[1]);
	while (read(ends[0], answer, sizeof answer) > 0)
		;
	dead = waitpid(process, NULL, WNOHANG) == process;
	close(ends[0]);
	if (!dead)
		waitpid(process, NULL, 0);
	return dead;
}

int main(int argc, char **argv)
{
	int dead = 0, now;

	if (argc < 3)
		return EXIT_FAILURE;
	for (int i = atoi(argv[1]); i > 0; i--) {
		if ((now = is_dead(argv + 2)) < 0)
			return EXIT_FAILURE;
		dead += now;
	}
	return printf("%d\n", dead) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
