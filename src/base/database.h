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
#include "base/value.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The deadline of each step of a removal, in percent of the whole budget. */
enum { BY_DELETION = 50, BY_COMMIT = 70, BY_QUESTION = 95 };

struct database {
	PGconn *connection;
	const char *url; /* libpq's connection string or URI; NULL: libpq's defaults */
	const struct budget *budget;
	struct diagnosis *diagnosis;
	PGresult *kept;  /* its values are still in use */
	bool warned;     /* the server has sent a warning */
	bool away;       /* it did not come back in time: from now on, try only once */
	bool incomplete; /* a statement of the round trip could not be queued: out of memory */
};

/*
 * Connects, by BY_DELETION at the latest. Returns OUTCOME_SUCCESS, OUTCOME_DATABASE_ERROR, or
 * OUTCOME_SETTINGS_UNUSABLE if the url is not a connection string. The arguments are borrowed until
 * database_close(), which the caller must call whatever this returned.
 */
enum outcome database_open(struct database *database, const char *url, const struct budget *budget,
                           struct diagnosis *diagnosis);

/*
 * Makes sure that there is a connection without a transaction. If the old one is lost, or in the
 * middle of a transaction, connects again, and tries until BY_QUESTION: a server that has lost its
 * clients is restarting, or another server is about to take its place.
 */
bool database_renew(struct database *database);

/* --- a round trip --- */

/* The statement that begins each of our transactions. */
#define DATABASE_BEGIN "BEGIN ISOLATION LEVEL READ COMMITTED"

/*
 * Queues one statement with count text values. Does nothing if an earlier one could not be queued.
 */
void database_queue(struct database *database, const char *sql, int count,
                    const char *const *values);

/*
 * Queues two statements: BEGIN, and the transaction's limits. The transaction must end by this
 * percentage of the budget; a row that a policy would hide is an error; the commit is durable.
 */
void database_queue_begin(struct database *database, int percent);

/*
 * Sends what is queued, and receives count results, which the caller frees with database_clear().
 * Returns whether all statements succeeded. Closes a connection that is of no more use.
 */
bool database_finish(struct database *database, PGresult **results, size_t count, int percent);

/* Frees results. Any of them may be NULL. */
void database_clear(PGresult **results, size_t count);

/* The SQLSTATE of the first statement that failed, or "" if none did. */
const char *database_sqlstate(PGresult *const *results, size_t count);

/*
 * Whether the statements failed only because others were at work, so that another attempt may
 * succeed: a deadlock, a serialization failure.
 */
bool database_is_transient(PGresult *const *results, size_t count);

/* The first value of a result; "" if there is none. */
const char *database_first_value(const PGresult *result);

/* A value of a result, whose owner lends it. */
struct value database_value(const PGresult *rows, int row, int column);

/* Keeps a result until the next one is kept, or until database_close(). NULL keeps none. */
void database_keep(struct database *database, PGresult *result);

/*
 * Whether a pooler answers, not the server itself: it makes up the process id that it tells its
 * clients. This one is what pg_backend_pid() says.
 */
bool database_is_pooled(const struct database *database, const char *process_id);

/* --- a single statement --- */

/*
 * Runs one statement, in the open transaction if there is one. Returns its result, which the caller
 * clears, or NULL after telling the diagnosis.
 */
PGresult *database_query(struct database *database, const char *sql, int count,
                         const char *const *values);

/* Rolls back the open transaction, if there is one. */
void database_rollback(struct database *database);

/* --- without a pipeline --- */

/*
 * Sends statements. The connection must be unused, and afterwards serves only to read their
 * results. Returns whether they could be sent.
 */
bool database_send(struct database *database, const char *sql);

/*
 * Waits for the next result of them, until this time (clock_now()). Returns whether it came and has
 * this status.
 */
bool database_says(struct database *database, ExecStatusType status, long long until);

/*
 * Reads the next row of a COPY; waits for it until this time (clock_now()). Frees the row before.
 * Returns the row's length, 0 after the last row, or -1 on an error.
 */
int database_next_row(struct database *database, char **row, long long until);

/* Disconnects and frees everything. */
void database_close(struct database *database);

#endif
