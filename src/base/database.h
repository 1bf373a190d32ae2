/* SPDX-License-Identifier: ISC */
/*
 * One connection to PostgreSQL: opened within a budget of time, and used in round trips of several
 * statements (libpq's pipeline mode). The only header that names a type of libpq's.
 */
#ifndef DATABASE_H
#define DATABASE_H

#include "base/clock.h"
#include "base/diagnosis.h"
#include "base/outcome.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* By when each step of a removal has to be done, in percent of the whole budget. */
enum { BY_DELETION = 50, BY_COMMIT = 70, BY_QUESTION = 95 };

struct database {
	PGconn *connection;
	const char *url; /* what libpq calls a connection string; NULL: its defaults */
	const struct budget *budget;
	struct diagnosis *diagnosis;
	PGresult *kept;  /* whose values others still point to */
	bool warned;     /* the server has sent a warning */
	bool away;       /* waited for in vain: try once, no more */
	bool incomplete; /* the round trip: there was no memory for one of its statements */
};

/*
 * Connects, until BY_DELETION at the latest. Returns OUTCOME_SUCCESS, OUTCOME_DATABASE_ERROR, or,
 * where the url is no connection string, OUTCOME_SETTINGS_UNUSABLE. What it is given is borrowed
 * until database_close(), which it needs, whatever it returned.
 */
enum outcome database_open(struct database *database, const char *url, const struct budget *budget,
                           struct diagnosis *diagnosis);

/*
 * Makes sure that there is a connection without a transaction. If the old one is lost, or in the
 * middle of one, connects anew, and tries again until BY_QUESTION: a server that has lost its
 * clients is starting anew, or another one is about to take its place.
 */
bool database_renew(struct database *database);

/* --- a round trip --- */

/* Queues one statement, with count text values, if all before it were queued. */
void database_queue(struct database *database, const char *sql, int count,
                    const char *const *values);

/*
 * Queues BEGIN and, in the next statement, the transaction's limits: of time, so that it ends by
 * then; no row hidden by a policy; a durable commit. These are two statements.
 */
void database_queue_begin(struct database *database, int percent);

/*
 * Sends what is queued, and takes in the count results, which database_clear() frees. Returns
 * whether all statements were good. A connection that is of no more use is closed.
 */
bool database_finish(struct database *database, PGresult **results, size_t count, int percent);

/* Frees results, and those that there are not. */
void database_clear(PGresult **results, size_t count);

/* The SQLSTATE of the first statement that has failed; "": none has. */
const char *database_sqlstate(PGresult *const *results, size_t count);

/* Keeps a result until the next one is kept, or database_close(). NULL keeps none. */
void database_keep(struct database *database, PGresult *result);

/*
 * Adds a number to what will be a PostgreSQL array (manual, 8.15.2) of so many bytes, at its
 * length: {1,3 so far. Returns how much longer it is.
 */
size_t database_add_number(char *array, size_t size, size_t length, int32_t number);

/* --- a single statement --- */

/*
 * Has one statement run, in the open transaction if there is one. Returns its result, which
 * the caller clears, or NULL after telling the diagnosis.
 */
PGresult *database_query(struct database *database, const char *sql, int count,
                         const char *const *values);

/* Ends the open transaction, if any, undoing it. */
void database_rollback(struct database *database);

/* --- without a pipeline --- */

/*
 * Sends statements, on a connection that has not been used, and is good for nothing else from here
 * on. Returns whether it could.
 */
bool database_send(struct database *database, const char *sql);

/* Waits for the next result of them, until then (clock_now()). Returns whether it came and is so.
 */
bool database_says(struct database *database, ExecStatusType status, long long until);

/*
 * Reads the next row of a COPY, until then (clock_now()). Frees the one before, and returns its
 * length, 0 after the last one, -1 on an error.
 */
int database_next_row(struct database *database, char **row, long long until);

/* Disconnects and frees all. */
void database_close(struct database *database);

#endif
