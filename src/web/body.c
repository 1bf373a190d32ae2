/* SPDX-License-Identifier: ISC */
/* The request's body: measured, and read or thrown away. */
#include "config.h"

#include "web/body.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

/* Parses digits only, no more than an off_t can hold (RFC 9110, section 8.6). */
static bool parse_length(const char *text, int64_t *length)
{
	*length = 0;
	for (; *text; text++) {
		int digit = *text - '0';

		if (digit < 0 || digit > 9 || *length > (INT64_MAX - digit) / 10)
			return false;
		*length = *length * 10 + digit;
	}
	return true;
}

/* Waits for something to read. Returns false when the time is up. */
static bool wait_for_input(long long until)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	int ready;

	do {
		long long left = until - clock_now();

		ready = left > 0 ? poll(&input, 1, (int)left) : 0;
	} while (ready < 0 && errno == EINTR);
	return ready > 0;
}

/* Reads up to size bytes. Returns 0 when there are no more, or the time is up. */
static size_t read_some(char *buffer, size_t size, long long until)
{
	ssize_t n;

	do {
		if (!wait_for_input(until))
			return 0;
		n = read(STDIN_FILENO, buffer, size);
	} while (n < 0 && (errno == EINTR || errno == EAGAIN));
	return n < 0 ? 0 : (size_t)n;
}

static void discard(size_t length, long long until)
{
	char buffer[4096];
	size_t n = 1;

	for (; length > 0 && n > 0; length -= n)
		n = read_some(buffer, length < sizeof buffer ? length : sizeof buffer, until);
}

static enum outcome measure(const char *content_length, int most, int64_t *length)
{
	if (!parse_length(content_length ? content_length : "", length))
		return OUTCOME_LENGTH_INVALID;
	return *length > most ? OUTCOME_BODY_TOO_LARGE : OUTCOME_SUCCESS;
}

enum outcome body_discard(const char *content_length, int most, long long until)
{
	int64_t length;
	enum outcome outcome = measure(content_length, most, &length);

	if (outcome == OUTCOME_SUCCESS)
		discard((size_t)length, until);
	return outcome;
}

enum outcome body_read(const char *content_length, int most, long long until, char **text,
                       size_t *length)
{
	int64_t announced;
	enum outcome outcome = measure(content_length, most, &announced);
	size_t n = 1;

	*text = NULL;
	*length = 0;
	if (outcome != OUTCOME_SUCCESS)
		return outcome;
	*text = malloc((size_t)announced + 1);
	if (!*text)
		return OUTCOME_OUT_OF_MEMORY;
	for (; *length < (size_t)announced && n > 0; *length += n)
		n = read_some(*text + *length, (size_t)announced - *length, until);
	(*text)[*length] = '\0';
	return OUTCOME_SUCCESS;
}
