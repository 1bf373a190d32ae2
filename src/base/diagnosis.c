/* SPDX-License-Identifier: ISC */
/* What went wrong, in words for the operator. */
#include "config.h"

#include "base/diagnosis.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Where the next of several messages begins. */
static size_t end_of(char *text, size_t size)
{
	size_t length = strlen(text);

	if (length == 0 || length + 2 >= size)
		return length;
	memcpy(text + length, "; ", 3);
	return length + 2;
}

void diagnosis_cause(struct diagnosis *diagnosis, const char *format, ...)
{
	size_t length = end_of(diagnosis->cause, sizeof diagnosis->cause);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(diagnosis->cause + length, sizeof diagnosis->cause - length, format, arguments);
	va_end(arguments);
}

void diagnosis_notice(struct diagnosis *diagnosis, const char *message)
{
	size_t length = end_of(diagnosis->notice, sizeof diagnosis->notice);

	snprintf(diagnosis->notice + length, sizeof diagnosis->notice - length, "%.*s",
	         (int)strcspn(message, "\n"), message);
}

int diagnosis_capture_stderr(void)
{
	int memory = memfd_create("stderr", MFD_CLOEXEC);
	int copy = memory < 0 ? -1 : fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);

	if (copy >= 0)
		dup2(memory, STDERR_FILENO);
	if (memory >= 0)
		close(memory);
	return copy;
}

void diagnosis_release_stderr(struct diagnosis *diagnosis, int copy)
{
	char text[sizeof diagnosis->notice];
	ssize_t length;

	if (copy < 0)
		return;
	length = pread(STDERR_FILENO, text, sizeof text - 1, 0);
	dup2(copy, STDERR_FILENO);
	close(copy);
	if (length <= 0)
		return;
	text[length] = '\0';
	diagnosis_notice(diagnosis, text);
}
