/* SPDX-License-Identifier: ISC */
/* Runs another program to its end, and keeps what it prints. */
#include "config.h"

#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Becomes the command. If that fails, says why on standard error. Does not return. */
_Noreturn static void become(const char *const *arguments, const char *const *environment,
                             int output, int error)
{
	char *const *argv = (char *const *)arguments;
	int input = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (environment)
		environ = (char **)environment;
	if (input >= 0 && dup2(input, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0 &&
	    dup2(error, STDERR_FILENO) >= 0) {
		if (strchr(argv[0], '/'))
			execv(argv[0], argv); /* no shell, whatever is in the file */
		else
			execvp(argv[0], argv);
	}
	dprintf(error, "%s: %s\n", argv[0], strerror(errno));
	_exit(127); /* as a shell does */
}

/* Reads a memory file from its start, as a string cut to size. */
static void read_back(int file, char *text, size_t size)
{
	ssize_t length = pread(file, text, size - 1, 0);

	text[length > 0 ? length : 0] = '\0';
}

static int wait_for(pid_t child)
{
	int status = 0;
	pid_t ended;

	do
		ended = waitpid(child, &status, 0);
	while (ended < 0 && errno == EINTR);
	return ended == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int check_run(struct check_result *result, const char *const *arguments,
              const char *const *environment)
{
	int output = memfd_create("output", MFD_CLOEXEC),
	    error = memfd_create("error", MFD_CLOEXEC);
	pid_t child;

	fflush(stdout);
	child = output < 0 || error < 0 ? -1 : fork();
	if (child == 0)
		become(arguments, environment, output, error);
	result->status = child < 0 ? -1 : wait_for(child);
	read_back(output, result->output, sizeof result->output);
	read_back(error, result->error, sizeof result->error);
	result->error[strcspn(result->error, "\n")] = '\0';
	if (output >= 0)
		close(output);
	if (error >= 0)
		close(error);
	return result->status;
}
