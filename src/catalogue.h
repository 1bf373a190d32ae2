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

/* Why a caller who has signed in may not. */
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
 * Opens a transaction, takes the locks and deletes the records with these ids, in
 * one round trip; fills in their url and shared. Returns how many there were. At
 * 1 or more the transaction is open; at 0, or -1 on an error, it has been ended. After
 * an error records that were locked have their url: what they left staged can be settled.
 * What another attempt may not meet (a row edited meanwhile, a deadlock) is tried again.
 * Where there are claims the database is asked first whether their bearer may: if
 * not, that is an error, `standing` tells why, no record was deleted, and none of
 * our locks taken. (The statements are run and find nothing.)
 */
int catalogue_delete(struct catalogue *catalogue, struct record *records, size_t count);

/* What a commit is to make durable. */
enum catalogue_matter {
	CATALOGUE_DELETION, /* the records' deletion */
	CATALOGUE_READING   /* what catalogue_ask() has just said: a WAL record of our own */
};

/* How sure it is afterwards that a file to which no record refers may be erased. */
enum catalogue_commitment {
	CATALOGUE_CERTAIN, /* committed, durable; whoever had begun to write by then is seen */
	CATALOGUE_BUSY,    /* committed; transactions are open that may have inserted one */
	CATALOGUE_IN_DOUBT /* not known to be committed, or not to be durable: ask */
};

/*
 * Commits, and then asks anew whether other records have these urls. Whoever was in the middle
 * of a transaction that has written to producto_imagenes is waited for, half a second at most:
 * his record may have been inserted before the commit, and is seen only after his own. Counted
 * out are holders of removals' locks, unless they hold one on one of these urls.
 *
 * A warning counts as doubt: PostgreSQL says no more where the wait for a synchronous standby
 * is broken off (manual, 27.2.8). Unless in doubt, the records' shared is true to the database.
 */
enum catalogue_commitment catalogue_commit(struct catalogue *catalogue, struct record *records,
                                           size_t count, enum catalogue_matter matter);

/*
 * Likewise waits, and asks, within the open transaction and so under its locks. CATALOGUE_IN_DOUBT:
 * the database did not say.
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
 * Takes the record's locks and asks for the truth, over a new connection where the
 * old one has died: as long as there is time, it waits for a server that starts
 * anew, or for a standby that takes over. The transaction stays open, and so the
 * locks held, until catalogue_rollback(). With an id of 0, which no record has,
 * shared says whether any record has the url.
 */
enum catalogue_answer catalogue_ask(struct catalogue *catalogue, struct record *record,
                                    enum catalogue_patience patience);

/*
 * Starts to read all records in byte order of their urls, on a connection that is
 * good for nothing else until catalogue_close(). Returns whether it could ask.
 */
bool catalogue_scan(struct catalogue *catalogue);

/*
 * Reads the next record; its url is the catalogue's until the next call. Returns 1,
 * 0 after the last record, or -1 on an error, such as to wait in vain for ten times
 * what a request may take.
 */
int catalogue_next(struct catalogue *catalogue, struct record *record);

/*
 * Whether the locks that catalogue_ask() took can still be held: the server ends a transaction
 * that has been idle for timeout_ms. If not, tells the audit.
 */
bool catalogue_holds_locks(const struct catalogue *catalogue);

/*
 * Tells each url that may spell a file's in another way than its canonical one (url.h). On false
 * the audit says why not.
 */
bool catalogue_spellings(struct catalogue *catalogue,
                         void (*tell_url)(void *context, const char *url), void *context);

/*
 * Says which database this is: the same over every way to it, and another for every other but a
 * physical copy (a standby, a restored backup). On false the audit says why not.
 */
bool catalogue_identity(struct catalogue *catalogue, char *identity, size_t size);

/* Ends the open transaction, if any, undoing it. */
void catalogue_rollback(struct catalogue *catalogue);

/*
 * Has one statement run, in the open transaction if there is one. Returns its result, which
 * the caller clears, or NULL after telling the audit.
 */
PGresult *catalogue_query(struct catalogue *catalogue, const char *sql, int count,
                          const char *const *values);

/* Disconnects and frees all, the records' urls included. */
void catalogue_close(struct catalogue *catalogue);

#endif
