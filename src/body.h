/* SPDX-License-Identifier: ISC */
/* The request's body (RFC 3875, section 4.2), which says nothing to us. */
#ifndef BODY_H
#define BODY_H

#include "response.h"

/*
 * Reads the body from standard input and throws it away: fcgiwrap answers 502,
 * whatever the program says, where a large one is left. content_length is the
 * variable's value or NULL; unset, empty and 0 mean that there is none (section
 * 4.1.2). Never reads beyond it, for there may be no end of file, nor longer than
 * until (audit_clock()); a body that ends early, or comes too slowly, is no fault.
 *
 * Returns OUTCOME_PENDING; OUTCOME_LENGTH_INVALID where the value is not digits or
 * no file could be so large; OUTCOME_BODY_TOO_LARGE, with nothing read, for more
 * than most bytes.
 */
enum outcome body_discard(const char *content_length, int most, long long until);

#endif
