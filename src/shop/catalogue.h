/* SPDX-License-Identifier: ISC */
/*
 * The record: rows of producto_imagenes, the locks that removals take on them, and
 * the transaction that deletes them.
 *
 * A removal holds two advisory locks to the end of its transaction: one on the
 * image's id, then one on its url. Whoever settles what a removal left behind
 * takes the same locks in the same order.
 */
#ifndef CATALOGUE_H
#define CATALOGUE_H

#include "base/caller.h"
#include "base/database.h"
#include "base/settings.h"
#include "shop/record.h"
#include "shop/writers.h"

#include <stdbool.h>
#include <stddef.h>

/* One connection. Needs catalogue_close(), whatever catalogue_open() returned. */
struct catalogue {
	struct database database;
	const struct settings *settings;
	long long locked_until; /* clock_now(): the server keeps the locks till then */
	bool pooled;            /* a pooler answers, not the server itself; known after a commit */
};

/* Connects: see database_open(). */
enum outcome catalogue_open(struct catalogue *catalogue, const struct settings *settings,
                            const struct budget *budget, struct diagnosis *diagnosis);

/*
 * Opens a transaction, takes the locks and deletes the records with these ids, in one round
 * trip. Fills in their url and shared; the urls are the catalogue's, until the next call or
 * catalogue_close(). Tries again where another attempt may succeed: a row was edited meanwhile,
 * or there was a deadlock.
 *
 * If there is a caller, the same round trip first asks whether he may delete. If not, no record is
 * deleted, and none of our locks is taken. (The statements run and find nothing.)
 *
 * Returns OUTCOME_SUCCESS if there was at least one, and leaves the transaction open. Otherwise it
 * has ended: OUTCOME_NOT_FOUND, OUTCOME_SESSION_REVOKED, OUTCOME_NOT_ALLOWED, or
 * OUTCOME_DATABASE_ERROR. After an error, the records that were locked still have their url, so
 * that the caller can settle what an earlier removal left staged.
 */
enum outcome catalogue_delete(struct catalogue *catalogue, const struct caller *caller,
                              struct record *records, size_t count);

/* What a commit must make durable. */
enum catalogue_matter {
	CATALOGUE_DELETION, /* the records' deletion */
	CATALOGUE_READING   /* what catalogue_ask() has just said: a WAL record of our own */
};

/*
 * Commits, and then asks again whether other records have these urls. Before it asks, it waits,
 * half a second at most, for all open transactions that have written to producto_imagenes: one of
 * them may have inserted a record before our commit, and we see that record only after its own
 * commit. It does not wait for removals, unless they hold the lock of one of these urls.
 *
 * The question is asked under the locks of the urls, in a transaction that stays open: as long as
 * it does, no save finds one of these files. COMMITMENT_BUSY: somebody else has such a lock.
 *
 * A warning counts as doubt: PostgreSQL reports no more than a warning if the wait for a
 * synchronous standby is broken off (manual, 27.2.8). Unless in doubt, the records' shared is what
 * the database says. With a count of 0, where no file is to be erased, there is nothing to ask, and
 * nobody to wait for.
 */
enum commitment catalogue_commit(struct catalogue *catalogue, struct record *records, size_t count,
                                 enum catalogue_matter matter);

/*
 * Whether the transaction with this id (txid_current()) is committed, and durably so, after a
 * commit in doubt. Waits while it is in progress. Returns false if the database does not answer.
 */
bool catalogue_confirm(struct catalogue *catalogue, const char *transaction);

/*
 * Waits and asks in the same way, but in the open transaction, under its locks. Returns
 * COMMITMENT_IN_DOUBT if the database did not answer.
 */
enum commitment catalogue_look_again(struct catalogue *catalogue, struct record *record);

/* What the database says about a record whose removal did not end as planned. */
enum catalogue_answer {
	CATALOGUE_RECORD_EXISTS,
	CATALOGUE_RECORD_GONE,   /* shared says whether another has its url */
	CATALOGUE_REMOVAL_ALIVE, /* and holds the lock; only without CATALOGUE_WAIT */
	CATALOGUE_NO_ANSWER
};

enum catalogue_patience { CATALOGUE_WAIT, CATALOGUE_TRY };

/*
 * Takes the record's locks and asks whether the record exists. If the old connection has died, it
 * makes a new one, and waits, while there is time, for a server that restarts or a standby that
 * takes over. The transaction stays open and holds the locks until catalogue_rollback(). With id 0,
 * which no record has, shared says whether any record has the url.
 */
enum catalogue_answer catalogue_ask(struct catalogue *catalogue, struct record *record,
                                    enum catalogue_patience patience);

/*
 * Whether we can still hold the locks that catalogue_ask() took: the server ends a transaction
 * that has been idle for timeout_ms. If we cannot, tells the diagnosis.
 */
bool catalogue_holds_locks(const struct catalogue *catalogue);

/* Rolls back the open transaction, if there is one. */
void catalogue_rollback(struct catalogue *catalogue);

/* Disconnects and frees everything, including the records' urls. */
void catalogue_close(struct catalogue *catalogue);

#endif
