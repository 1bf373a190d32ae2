/* SPDX-License-Identifier: ISC */
/* CONTENT_LENGTH: only digits are one, and no more than that is read. */
#include "config.h"

#include "base/clock.h"
#include "web/body.h"
#include "fuzz.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

enum { THERE = 40, MOST = 60 }; /* bytes that have come, and that may */

/* The length in a text, or -1 if it is not one. */
static long long length_in(const char *text)
{
	long long length;

	if (strspn(text, "0123456789") != strlen(text))
		return -1;
	errno = 0;
	length = strtoll(text, NULL, 10);
	return errno == ERANGE ? -1 : length;
}

/* How many bytes of the body are read for a request with this CONTENT_LENGTH. */
static long long discard(const char *text, enum outcome *outcome)
{
	static int body = -1;
	int input = dup(STDIN_FILENO);
	long long read;

	if (body < 0)
		body = memfd_create("body", MFD_CLOEXEC);
	must(ftruncate(body, THERE) == 0 && lseek(body, 0, SEEK_SET) == 0);
	must(dup2(body, STDIN_FILENO) == STDIN_FILENO);
	*outcome = body_discard(text, MOST, clock_now() + 1000);
	read = lseek(body, 0, SEEK_CUR);
	if (input >= 0) {
		dup2(input, STDIN_FILENO);
		close(input);
	}
	return read;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(&data, &size, '\0');
	long long length = length_in(text);
	enum outcome outcome;
	long long read = discard(text, &outcome);

	must(outcome == (length < 0      ? OUTCOME_LENGTH_INVALID
	                 : length > MOST ? OUTCOME_BODY_TOO_LARGE
	                                 : OUTCOME_SUCCESS));
	must(read == (outcome != OUTCOME_SUCCESS ? 0 : length < THERE ? length : THERE));
	free(text);
	return 0;
}
