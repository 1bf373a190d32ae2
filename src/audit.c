/* SPDX-License-Identifier: ISC */
/* One sanitised line a request: whatever a client or a database says, it stays one line. */
#include "config.h"

#include "audit.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

static const char ident[] = "imagenes";

/* PIPE_BUF is at least 4096 on Linux: up to there a write to a pipe is atomic (pipe(7)). */
struct line {
	char text[4000];
	size_t length;
};

long long audit_clock(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Where the next of several messages begins. */
static size_t end_of(char *text, size_t size)
{
	size_t length = strlen(text);

	if (length == 0 || length + 2 >= size)
		return length;
	memcpy(text + length, "; ", 3);
	return length + 2;
}

void audit_cause(struct audit *audit, const char *format, ...)
{
	size_t length = end_of(audit->cause, sizeof audit->cause);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(audit->cause + length, sizeof audit->cause - length, format, arguments);
	va_end(arguments);
}

void audit_notice(struct audit *audit, const char *message)
{
	size_t length = end_of(audit->notice, sizeof audit->notice);

	snprintf(audit->notice + length, sizeof audit->notice - length, "%.*s",
	         (int)strcspn(message, "\n"), message);
}

int audit_capture_stderr(void)
{
	int memory = memfd_create("stderr", MFD_CLOEXEC);
	int copy = memory < 0 ? -1 : fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);

	if (copy >= 0)
		dup2(memory, STDERR_FILENO);
	if (memory >= 0)
		close(memory);
	return copy;
}

void audit_release_stderr(struct audit *audit, int copy)
{
	char text[sizeof audit->notice];
	ssize_t length;

	if (copy < 0)
		return;
	length = pread(STDERR_FILENO, text, sizeof text - 1, 0);
	dup2(copy, STDERR_FILENO);
	close(copy);
	if (length <= 0)
		return;
	text[length] = '\0';
	audit_notice(audit, text);
}

static void put(struct line *line, const char *text, size_t length)
{
	memcpy(line->text + line->length, text, length);
	line->length += length;
}

/*
 * Adds ` key="value"`, the value cut at limit bytes. Control characters, the
 * quote, the backslash and every byte beyond ASCII become \xNN: C1 controls hide
 * in UTF-8, and a terminal obeys them.
 */
static void put_value(struct line *line, const char *key, const char *value, size_t limit)
{
	size_t end = line->length + strlen(key) + limit;

	if (!value || !*value)
		return;
	put(line, " ", 1);
	put(line, key, strlen(key));
	put(line, "=\"", 2);
	for (const char *c = value; *c && line->length + 4 <= end; c++) {
		unsigned char byte = (unsigned char)*c;
		char escaped[5] = { *c };

		if (byte < ' ' || byte > '~' || byte == '"' || byte == '\\')
			snprintf(escaped, sizeof escaped, "\\x%02x", byte);
		put(line, escaped, strlen(escaped));
	}
	put(line, "\"", 1);
}

static void write_to_stderr(struct line *line)
{
	put(line, "\n", 1);
	if (write(STDERR_FILENO, line->text, line->length) < 0)
		return; /* the log is gone, and there is nowhere to say so */
}

/* The line without the name, which syslog(3) itself puts before it. */
static void write_to_syslog(const struct line *line, int status)
{
	int priority = status >= 500                    ? LOG_ERR
	               : status == 401 || status == 403 ? LOG_NOTICE
	                                                : LOG_INFO;
	int skip = sizeof ident + 1;

	openlog(ident, LOG_PID, LOG_DAEMON);
	syslog(priority, "%.*s", (int)line->length - skip, line->text + skip);
	closelog();
}

/* The limits add up to less than a line. */
void audit_write(const struct audit *audit, enum outcome outcome)
{
	struct line line = { .length = 0 };
	char numbers[64];
	int length;

	put(&line, ident, sizeof ident - 1);
	put(&line, ":", 1);
	put_value(&line, "method", audit->method, 40);
	put_value(&line, "id", audit->id, 80);
	put_value(&line, "outcome", response_name(outcome), 40);
	length = snprintf(numbers, sizeof numbers, " status=%d ms=%lld", response_status(outcome),
	                  audit_clock() - audit->start);
	put(&line, numbers, (size_t)length);
	put_value(&line, "url", audit->url, 1200);
	put_value(&line, "user", audit->user, 300);
	put_value(&line, "sqlstate", audit->sqlstate, 40);
	put_value(&line, "cause", audit->cause, 1600);
	put_value(&line, "notice", audit->notice, 400);
	if (audit->log == AUDIT_SYSLOG)
		write_to_syslog(&line, response_status(outcome));
	else
		write_to_stderr(&line);
}
