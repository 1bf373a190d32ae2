/* SPDX-License-Identifier: ISC */
/* One line for each finding, whatever is in it. */
#include "config.h"

#include "check.h"
#include "base/printable.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void print_line(const char *label, const char *format, va_list arguments)
{
	static const struct printable_rule rule = { .special = "", .substitute = '?' };
	char line[8192], printable[sizeof line + PRINTABLE_LONGEST];

	vsnprintf(line, sizeof line, format, arguments);
	printable_copy(printable, sizeof printable, line, &rule);
	printf("%s: %s\n", label, printable);
}

void check_say(struct check *check, enum check_level level, const char *format, ...)
{
	static const char *const labels[] = {
		[OK] = "ok", [WARNING] = "warning", [ERROR] = "error"
	};
	va_list arguments;

	va_start(arguments, format);
	print_line(labels[level], format, arguments);
	va_end(arguments);
	check->failed = check->failed || level == ERROR;
}

void check_hint(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_line("hint", format, arguments);
	va_end(arguments);
}

void check_conclude(struct check *check, bool good, const char *what)
{
	if (check->diagnosis.notice[0])
		check_say(check, WARNING, "%s: %s", what, check->diagnosis.notice);
	if (!good)
		check_say(check, ERROR, "%s: %s", what, check->diagnosis.cause);
	check->diagnosis = (struct diagnosis){ .cause = "" };
	check->budget.start = clock_now();
}

const char *check_word(const char *path, char text[CHECK_WORD_SIZE])
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789/._-+,:@%";
	static const char quote[] = "'\\''";
	size_t length = 0;

	if (!path[strspn(path, plain)]) {
		snprintf(text, CHECK_WORD_SIZE, "%s", path);
		return text;
	}
	text[length++] = '\'';
	for (; *path && length + sizeof quote + 1 < CHECK_WORD_SIZE; path++) {
		size_t size = *path == '\'' ? sizeof quote - 1 : 1;

		memcpy(text + length, *path == '\'' ? quote : path, size);
		length += size;
	}
	text[length++] = '\'';
	text[length] = '\0';
	return text;
}
