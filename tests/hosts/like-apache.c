/* SPDX-License-Identifier: ISC */
/*
 * like-apache MODULE N COMMAND... runs it N times as Apache's module does, and copies its output.
 * At the output's end it looks at once whether the command is dead. Exit status: how often it was
 * not. If N is 0, it runs COMMAND once and does not look.
 *
 *     cgi   the output is a pipe; the command is waited for
 *     cgid  input and output are a socket; as in the module's daemon, children leave no zombies
 */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FAILED = 255 };

static pid_t start(bool daemon, char **command, const int ends[2])
{
	pid_t process = fork();

	if (process != 0)
		return process;
	signal(SIGCHLD, SIG_DFL);
	dup2(ends[1], STDOUT_FILENO);
	if (daemon)
		dup2(ends[1], STDIN_FILENO);
	close(ends[0]);
	close(ends[1]);
	execv(command[0], command);
	_exit(FAILED);
}

/* Copies the output to its end. */
static void copy(int output)
{
	char bytes[4096];
	ssize_t length;

	while ((length = read(output, bytes, sizeof bytes)) > 0)
		if (write(STDOUT_FILENO, bytes, (size_t)length) != length)
			exit(FAILED);
}

static bool is_dead(bool daemon, pid_t process)
{
	return daemon ? kill(process, 0) != 0 : waitpid(process, NULL, WNOHANG) == process;
}

int main(int argc, char **argv)
{
	bool daemon = argc > 1 && strcmp(argv[1], "cgid") == 0;
	int ends[2], alive = 0, times = argc > 3 ? atoi(argv[2]) : -1;
	pid_t process;

	if (times < 0)
		return FAILED;
	if (daemon)
		signal(SIGCHLD, SIG_IGN);
	for (int i = 0; i < times || i == 0; i++) {
		if ((daemon ? socketpair(AF_UNIX, SOCK_STREAM, 0, ends) : pipe(ends)) != 0 ||
		    (process = start(daemon, argv + 3, ends)) < 0)
			return FAILED;
		close(ends[1]);
		copy(ends[0]);
		if (!is_dead(daemon, process)) {
			alive += times > 0;
			waitpid(process, NULL, 0);
		}
		close(ends[0]);
	}
	return alive;
}
