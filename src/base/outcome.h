/* SPDX-License-Identifier: ISC */
/* What became of what was asked for. The words and the HTTP status of each are the programs' own.
 */
#ifndef OUTCOME_H
#define OUTCOME_H

enum outcome {
	OUTCOME_SUCCESS, /* of a step: the next one may follow */

	/* The record is gone, and there is more to say. */
	OUTCOME_FILE_ABSENT,
	OUTCOME_FILE_SHARED,
	OUTCOME_URL_EXTERNAL,
	OUTCOME_URL_NOT_OURS,
	OUTCOME_NOT_ERASED,

	OUTCOME_NOT_FOUND,
	OUTCOME_DATABASE_ERROR,
	OUTCOME_DISK_ERROR,
	OUTCOME_SETTINGS_UNUSABLE,

	/* The caller may not. */
	OUTCOME_NOT_SIGNED_IN,
	OUTCOME_TOKEN_INVALID,
	OUTCOME_TOKEN_OUT_OF_TIME,
	OUTCOME_SESSION_REVOKED,
	OUTCOME_NOT_ALLOWED,
	OUTCOME_CROSS_SITE,

	/* The request asks for nothing that there is. */
	OUTCOME_ID_INVALID,
	OUTCOME_NO_ENDPOINT,
	OUTCOME_LENGTH_INVALID,
	OUTCOME_BODY_TOO_LARGE,
	OUTCOME_METHOD_NOT_ALLOWED,
	OUTCOME_OPTIONS,
	OUTCOMES
};

#endif
