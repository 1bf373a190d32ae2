/* SPDX-License-Identifier: ISC */
/* The answer: every outcome a request can have, and the one way to send it. */
#ifndef RESPONSE_H
#define RESPONSE_H

#include <stdbool.h>

/*
 * What became of a request. The status, the words and the name in the log of
 * each are in one table in response.c, in the order of this list.
 */
enum outcome {
	OUTCOME_PENDING, /* no answer yet: the next step decides */
	OUTCOME_REMOVED,
	OUTCOME_REMOVED_FILE_ABSENT,
	OUTCOME_REMOVED_FILE_SHARED,
	OUTCOME_REMOVED_URL_EXTERNAL,
	OUTCOME_REMOVED_URL_NOT_OURS,
	OUTCOME_REMOVED_NOT_ERASED,
	OUTCOME_ID_INVALID,
	OUTCOME_NOT_FOUND,
	OUTCOME_NO_ENDPOINT,
	OUTCOME_DATABASE_ERROR,
	OUTCOME_DISK_ERROR,
	OUTCOME_NOT_SIGNED_IN,
	OUTCOME_TOKEN_INVALID,
	OUTCOME_TOKEN_OUT_OF_TIME,
	OUTCOME_SESSION_REVOKED,
	OUTCOME_NOT_ALLOWED,
	OUTCOME_CROSS_SITE,
	OUTCOME_LENGTH_INVALID,
	OUTCOME_BODY_TOO_LARGE,
	OUTCOME_METHOD_NOT_ALLOWED,
	OUTCOME_OPTIONS,
	OUTCOME_SETTINGS_UNUSABLE,
	OUTCOMES
};

/* The HTTP status of an outcome, such as 404. */
int response_status(enum outcome outcome);

/* The outcome's name in the log, such as "not-found". A constant. */
const char *response_name(enum outcome outcome);

/* What the answer says in `mensaje`, or NULL where it has no body. A constant. */
const char *response_words(enum outcome outcome);

/*
 * Writes the whole answer, header fields and body, to standard output with one
 * write(2) (RFC 3875, section 6). With head_only there is no body (RFC 3875,
 * section 4.3.3). Returns 0 when it was delivered, else -1 with errno set.
 */
int response_send(enum outcome outcome, bool head_only);

#endif
