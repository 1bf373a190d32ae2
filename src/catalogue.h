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

#include "audit.h"
#include "settings.h"
#include "token.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Why a user who has signed in may not delete. */
enum catalogue_standing {
	CATALOGUE_NOTHING_AGAINST,
	CATALOGUE_SESSION_REVOKED, /* no active user has this session */
	CATALOGUE_ROLE_NOT_ALLOWED /* that user's role is not among the settings' admin_roles */
};

/* One connection. Needs catalogue_close(), whatever catalogue_open() returned. */
struct catalogue {
	PGconn *connection;
	PGresult *rows; /* those whose urls the records point to */
	char *row;      /* the scan's last row */
	const struct settings *settings;
	struct audit *audit;
	const struct token_claims *claims; /* of the caller, to be confirmed; NULL: nothing to */
	enum catalogue_standing standing;  /* the caller's, once catalogue_delete() has asked */
	long long locked_until;            /* audit_clock(): the server keeps the locks till then */
	bool warned;                       /* the server has sent a warning */
	bool away;                         /* waited for in vain: try once, no more */
	bool incomplete; /* the round trip: there was no memory for one of its statements */
};

/* The settings' admin_roles as a PostgreSQL array: {1,3}. */
enum {
	CATALOGUE_LONGEST_ID = sizeof ",2147483647",
	CATALOGUE_ROLES_SIZE = SETTINGS_MOST_ROLES * CATALOGUE_LONGEST_ID + sizeof "{}"
};
void catalogue_write_roles(const struct settings *settings, char roles[CATALOGUE_ROLES_SIZE]);

/* One record on its way out. */
struct record {
	int32_t id;
	const char *url; /* the catalogue's, until catalogue_close(); NULL: no such record */
	bool shared;     /* another record has the same url */
};

/*
 * Connects. Returns OUTCOME_PENDING, OUTCOME_DATABASE_ERROR, or, where
 * DATABASE_URL is no connection string, OUTCOME_SETTINGS_UNUSABLE.
 */
enum outcome catalogue_open(struct catalogue *catalogue, const struct settings *settings,
                            struct audit *audit);

/*
 * Opens a transaction, takes the locks and deletes the records with these ids, in one round
 * trip. Fills in their url and shared. Returns how many there were, or -1 on an error. The
 * transaction stays open if there was at least one; otherwise it has ended. After an error, the
 * records that were locked still have their url, so that the caller can settle what an earlier
 * removal left staged. Tries again where another attempt may succeed: a row was edited meanwhile,
 * or there was a deadlock.
 *
 * If there are claims, the same round trip first asks whether their user may delete. If not, that
 * is an error: `standing` says why, no record is deleted, and none of our locks is taken. (The
 * statements run and find nothing.)
 */
int catalogue_delete(struct catalogue *catalogue, struct record *records, size_t count);

/* What a commit is to make durable. */
enum catalogue_matter {
	CATALOGUE_DELETION, /* the records' deletion */
	CATALOGUE_READING   /* what catalogue_ask() has just said: a WAL record of our own */
};

/* How sure we are after a commit that a file which no record names may be erased. */
enum catalogue_commitment {
	CATALOGUE_CERTAIN, /* committed, durable; we see what all earlier writers have written */
	CATALOGUE_BUSY,    /* committed; transactions are open that may have inserted one */
	CATALOGUE_IN_DOUBT /* not known to be committed, or not to be durable: ask */
};

/*
 * Commits, and then asks again whether other records have these urls. Before it asks, it waits,
 * half a second at most, for all open transactions that have written to producto_imagenes: one of
 * them may have inserted a record before our commit, and we see that record only after its own
 * commit. It does not wait for removals, unless they hold the lock of one of these urls.
 *
 * A warning counts as doubt: PostgreSQL reports no more than a warning if the wait for a
 * synchronous standby is broken off (manual, 27.2.8). Unless in doubt, the records' shared is what
 * the database says.
 */
enum catalogue_commitment catalogue_commit(struct catalogue *catalogue, struct record *records,
                                           size_t count, enum catalogue_matter matter);

/*
 * Waits and asks in the same way, but in the open transaction, under its locks. Returns
 * CATALOGUE_IN_DOUBT if the database did not answer.
 */
enum catalogue_commitment catalogue_look_again(struct catalogue *catalogue, struct record *record);

/* What the database says of a record whose removal did not end as planned. */
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
 * Starts to read all records in byte order of their urls. Until catalogue_close(), the connection
 * can do nothing else. Returns whether it could ask.
 */
bool catalogue_scan(struct catalogue *catalogue);

/*
 * Reads the next record. Its url is valid until the next call. Returns 1, or 0 after the last
 * record, or -1 on an error. It is an error if no record comes in ten times timeout_ms.
 */
int catalogue_next(struct catalogue *catalogue, struct record *record);

/*
 * Whether we can still hold the locks that catalogue_ask() took: the server ends a transaction
 * that has been idle for timeout_ms. If we cannot, tells the audit.
 */
bool catalogue_holds_locks(const struct catalogue *catalogue);

/*
 * Calls tell_url for each url that may name a file in another spelling than the canonical one
 * (url.h). If it returns false, the audit says why.
 */
bool catalogue_spellings(struct catalogue *catalogue,
                         void (*tell_url)(void *context, const char *url), void *context);

/*
 * Writes which database this is. The text is the same over every connection to it, and differs
 * from that of any other database, except a physical copy (a standby, a restored backup). If it
 * returns false, the audit says why.
 */
bool catalogue_identity(struct catalogue *catalogue, char *identity, size_t size);

/* Rolls back the open transaction, if there is one. */
void catalogue_rollback(struct catalogue *catalogue);

/*
 * Runs one statement, in the open transaction if there is one. Returns its result, which the
 * caller clears, or NULL after telling the audit.
 */
PGresult *catalogue_query(struct catalogue *catalogue, const char *sql, int count,
                          const char *const *values);

/* Disconnects and frees all, the records' urls included. */
void catalogue_close(struct catalogue *catalogue);

#endif
