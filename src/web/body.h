/* SPDX-License-Identifier: ISC */
/* The request's body (RFC 3875, section 4.2). */
#ifndef BODY_H
#define BODY_H

#include "base/outcome.h"

#include <stddef.h>

/*
 * Reads the body from standard input and throws it away. (If a program leaves a large body
 * unread, fcgiwrap answers 502.) content_length is the variable's value or NULL; unset, empty and
 * 0 mean that there is no body (section 4.1.2). Reads no more than that, because there may be no
 * end of file, and no longer than until (clock_now()). A body may end early or come too slowly;
 * that is no error.
 *
 * Returns OUTCOME_SUCCESS. Returns OUTCOME_LENGTH_INVALID if the value is not digits, or if no file
 * could be so large. Returns OUTCOME_BODY_TOO_LARGE, without reading, if it is more than most.
 */
enum outcome body_discard(const char *content_length, int most, long long until);

/*
 * The same, but keeps the body in text, which the caller frees. The body is shorter than announced
 * if it ends early or comes too slowly. Returns OUTCOME_OUT_OF_MEMORY, too. Unless it returns
 * OUTCOME_SUCCESS, text is NULL.
 */
enum outcome body_read(const char *content_length, int most, long long until, char **text,
                       size_t *length);

#endif
