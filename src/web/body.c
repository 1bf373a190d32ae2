/* SPDX-License-Identifier: ISC */
/* The request's body: measured, and thrown away. */
#include "config.h"

#include "web/body.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
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

static void discard(size_t length, long long until)
{
	char buffer[16384];

	while (length > 0 && wait_for_input(until)) {
		ssize_t n =
			read(STDIN_FILENO, buffer, length < sizeof buffer ? length : sizeof buffer);

		if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
			return;
		if (n > 0)
			length -= (size_t)n;
	}
}

enum outcome body_discard(const char *content_length, int most, long long until)
{
	int64_t length;

	if (!parse_length(content_length ? content_length : "", &length))
		return OUTCOME_LENGTH_INVALID;
	if (length > most)
		return OUTCOME_BODY_TOO_LARGE;
	discard((size_t)length, until);
	return OUTCOME_SUCCESS;
}
