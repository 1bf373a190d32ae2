/* SPDX-License-Identifier: ISC */
/* Who else is in the middle of a transaction, and may be about to commit a record. */
#ifndef WRITERS_H
#define WRITERS_H

#include "base/database.h"
#include "shop/record.h"

#include <stddef.h>

/* How sure we are after a commit that a file which no record names may be erased. */
enum commitment {
	COMMITMENT_CERTAIN, /* committed, durable; we see what all earlier writers have written */
	COMMITMENT_BUSY,    /* committed; transactions are open that may have inserted one */
	COMMITMENT_IN_DOUBT /* not known to be committed, or not to be durable: ask */
};

/*
 * Waits, half a second at most, for everybody who is in the middle of a transaction that has
 * written to producto_imagenes: what he has inserted is seen only once he has committed. Not waited
 * for are holders of removals' locks, unless they hold one on one of the records' urls.
 * COMMITMENT_IN_DOUBT: the database did not say.
 */
enum commitment writers_outlast(struct database *database, const struct record *records,
                                size_t count);

#endif
