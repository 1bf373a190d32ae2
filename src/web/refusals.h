/* SPDX-License-Identifier: ISC */
/* The answers that all programs give in the same words. */
#ifndef REFUSALS_H
#define REFUSALS_H

#include "base/outcome.h"
#include "web/response.h"

/*
 * The answer to a request that no program looks at any further. A constant. Its status is NULL if
 * the outcome is none of these.
 */
const struct answer *refusals_answer(enum outcome outcome);

#endif
