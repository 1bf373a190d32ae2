/* SPDX-License-Identifier: ISC */
/* One sanitised line for each request, whatever a client or the database says. */
#include "config.h"

#include "web/log.h"

#include "base/clock.h"
#include "base/printable.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

/* A text that grows, in a buffer with enough room. */
struct text {
	char *bytes;
	size_t length;
};

static void put(struct text *text, const char *more, size_t length)
{
	memcpy(text->bytes + text->length, more, length);
	text->length += length;
}

/* Adds ` key="value"`, the value cut so that the quotes and it have at most limit bytes. */
static void put_value(struct text *text, const char *key, const char *value, size_t limit)
{
	static const struct printable_rule rule = { .ascii = true, .special = "\"\\" };

	if (!value || !*value)
		return;
	put(text, " ", 1);
	put(text, key, strlen(key));
	put(text, "=\"", 2);
	text->length += printable_copy(text->bytes + text->length, limit - 2, value, &rule);
	put(text, "\"", 1);
}

static void write_to_stderr(struct text *text)
{
	put(text, "\n", 1);
	if (write(STDERR_FILENO, text->bytes, text->length) < 0)
		return; /* the log is gone, and there is nowhere to say so */
}

/* Writes the line without the name, which syslog(3) adds itself. */
static void write_to_syslog(const char *program, const struct text *text, int status)
{
	int priority = status >= 500                    ? LOG_ERR
	               : status == 401 || status == 403 ? LOG_NOTICE
	                                                : LOG_INFO;
	size_t skip = strlen(program) + strlen(": ");

	openlog(program, LOG_PID, LOG_DAEMON);
	syslog(priority, "%.*s", (int)(text->length - skip), text->bytes + skip);
	closelog();
}

void log_add_url(struct log_line *line, const char *url)
{
	char bytes[sizeof line->urls];
	struct text text = { .bytes = bytes };

	put_value(&text, "url", url, sizeof bytes - strlen(" url="));
	if (text.length <= sizeof line->urls - line->urls_length) {
		memcpy(line->urls + line->urls_length, bytes, text.length);
		line->urls_length += text.length;
	}
	line->url_count++;
}

/* The limits add up to less than a line. */
void log_write(const struct log_line *line, const struct diagnosis *diagnosis,
               const struct answer *answer)
{
	char bytes[4000]; /* a write of so much to a pipe is atomic (pipe(7), PIPE_BUF) */
	struct text text = { .bytes = bytes };
	int status = response_status(answer);
	char numbers[64];
	int length;

	put(&text, line->program, strlen(line->program));
	put(&text, ":", 1);
	put_value(&text, "method", line->method, 40);
	put_value(&text, "id", line->id, 80);
	put_value(&text, "outcome", answer->name, 40);
	length = snprintf(numbers, sizeof numbers, " status=%d ms=%lld", status,
	                  clock_now() - line->start);
	put(&text, numbers, (size_t)length);
	length = snprintf(numbers, sizeof numbers, " images=%zu", line->url_count);
	if (line->url_count > 1)
		put(&text, numbers, (size_t)length);
	put(&text, line->urls, line->urls_length);
	put_value(&text, "user", line->user, 300);
	put_value(&text, "sqlstate", diagnosis->sqlstate, 40);
	put_value(&text, "cause", diagnosis->cause, 1600);
	put_value(&text, "notice", diagnosis->notice, 400);
	if (line->to == SETTINGS_SYSLOG)
		write_to_syslog(line->program, &text, status);
	else
		write_to_stderr(&text);
}
