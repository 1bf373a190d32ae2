/* SPDX-License-Identifier: ISC */
/* The other open transactions, which may be about to commit a record. */
#ifndef WRITERS_H
#define WRITERS_H

#include "base/database.h"
#include "shop/record.h"

#include <stddef.h>

/* Whether a file that no record names may be erased after a commit. */
enum commitment {
	COMMITMENT_CERTAIN, /* committed, durable; we see what all earlier writers have written */
	COMMITMENT_BUSY,    /* committed; an open transaction may have inserted a record */
	COMMITMENT_IN_DOUBT /* perhaps not committed, or not durable: ask */
};

/*
 * Waits for the other open transactions that have written to producto_imagenes, whose inserts we
 * see only after they commit, or that hold the lock of one of these urls. It does not wait for
 * removals of other urls. *until is the time, as clock_now() counts it, at which it gives up; if it
 * is 0, it is set to half a second after they were listed, or to the end of the budget for
 * questions. Returns COMMITMENT_IN_DOUBT if the database did not answer.
 */
enum commitment writers_outlast(struct database *database, const struct record *records,
                                size_t count, long long *until);

#endif
