/* SPDX-License-Identifier: ISC */
/* How a request ended. Each program has its own words and HTTP status for each outcome. */
#ifndef OUTCOME_H
#define OUTCOME_H

enum outcome {
	OUTCOME_SUCCESS, /* of a step: go on with the next one */

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

	/* The caller may not do this. */
	OUTCOME_NOT_SIGNED_IN,
	OUTCOME_TOKEN_INVALID,
	OUTCOME_TOKEN_OUT_OF_TIME,
	OUTCOME_SESSION_REVOKED,
	OUTCOME_NOT_ALLOWED,
	OUTCOME_CROSS_SITE,

	/* The request itself is malformed, or does not ask for a removal. */
	OUTCOME_ID_INVALID,
	OUTCOME_NO_ENDPOINT,
	OUTCOME_LENGTH_INVALID,
	OUTCOME_BODY_TOO_LARGE,
	OUTCOME_METHOD_NOT_ALLOWED,
	OUTCOME_OPTIONS,

	OUTCOME_OUT_OF_MEMORY,

	OUTCOME_NOT_BACK, /* the product is saved; a file of its list is still staged */

	/* The request asks for a product that cannot be. */
	OUTCOME_TYPE_UNSUPPORTED, /* of the body */
	OUTCOME_BODY_INVALID,
	OUTCOME_FIELD_INVALID, /* these three: the program says which one */
	OUTCOME_FIELD_TOO_LONG,
	OUTCOME_FIELD_OUT_OF_RANGE,
	OUTCOME_TOO_MANY, /* images or variants */
	OUTCOME_PRICE_INVALID,
	OUTCOME_IMAGES_NOT_ARRAY,
	OUTCOME_IMAGE_URL_INVALID,
	OUTCOME_IMAGE_FILE_MISSING, /* of a new url */
	OUTCOME_VARIANTS_NOT_ARRAY,
	OUTCOME_VARIANT_INCOMPLETE,
	OUTCOME_STOCK_INVALID,
	OUTCOME_INCONSISTENT, /* it refers to what does not exist */
	OUTCOME_SOLD,
	OUTCOMES
};

#endif
