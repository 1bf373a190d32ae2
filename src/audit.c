/* SPDX-License-Identifier: ISC */
/* One sanitised line a request: whatever a client or a database says, it stays one line. */
#include "config.h"

#include "audit.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

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

void audit_cause(struct audit *audit, const char *format, ...)
{
	size_t length = strlen(audit->cause);
	va_list arguments;

	if (length > 0 && length + 2 < sizeof audit->cause) {
		memcpy(audit->cause + length, "; ", 3);
		length += 2;
	}
	va_start(arguments, format);
	vsnprintf(audit->cause + length, sizeof audit->cause - length, format, arguments);
	va_end(arguments);
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

/* The limits add up to less than a line. */
void audit_write(const struct audit *audit, enum outcome outcome)
{
	struct line line = { .length = 0 };
	char numbers[64];
	int length;

	put(&line, "imagenes:", 9);
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
	put(&line, "\n", 1);
	if (write(STDERR_FILENO, line.text, line.length) < 0)
		return; /* the log is gone, and there is nowhere to say so */
}
