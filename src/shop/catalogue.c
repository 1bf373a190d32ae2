/* SPDX-License-Identifier: ISC */
/* The record: find it, lock it, delete it, ask about it. */
#include "config.h"

#include "shop/catalogue.h"

#include "base/array.h"
#include "shop/locks.h"
#include "shop/standing.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In ascending order, so that no two removals wait for each other. */
static const char sql_lock_ids[] =
	"SELECT pg_advisory_xact_lock(" LOCK_OF_ID ", id)"
	" FROM (SELECT id FROM pg_catalog.unnest($1::int4[]) AS id WHERE " CALLER_IS_ALLOWED
	" ORDER BY id) AS ids";
static const char sql_lock_urls[] =
	"SELECT id, url, pg_advisory_xact_lock(" LOCK_OF_URL ", hashtext(url::text))"
	" FROM (SELECT id, url FROM producto_imagenes WHERE id = ANY ($1::int4[])"
	" AND " CALLER_IS_ALLOWED " ORDER BY hashtext(url::text)) AS images";

/* This comes after the locks, so that its snapshot shows what was committed before them. */
static const char sql_delete[] =
	"DELETE FROM producto_imagenes AS image WHERE id = ANY ($1::int4[]) AND " CALLER_IS_ALLOWED
	" RETURNING id, url, EXISTS (SELECT FROM producto_imagenes AS other"
	" WHERE other.url::text = image.url::text AND other.id <> ALL ($1::int4[]))";

static const char sql_shared[] =
	"SELECT EXISTS (SELECT FROM producto_imagenes WHERE url::text = $1::text)";

/* Whether anybody has the table open for writing. From here on, a hidden row is an error. */
static const char sql_any_writer[] =
	"SELECT set_config('row_security', 'off', true), EXISTS (SELECT FROM pg_lock_status()"
	" WHERE mode = 'RowExclusiveLock' AND relation = 'producto_imagenes'::regclass::oid),"
	" pg_backend_pid()";
static const char sql_lock_if_free[] =
	"SELECT pg_try_advisory_xact_lock(" LOCK_OF_URL ", hashtext($1::text)),"
	" set_config('row_security', 'off', true)";

/*
 * Writes a WAL record of our own. Its commit waits for the disk and the standbys, and so for all
 * earlier WAL.
 */
#define EMIT "pg_logical_emit_message(true, 'imagenes', '')"
static const char sql_emit[] = "SELECT " EMIT;
static const char sql_emit_for_standby[] =
	"SELECT CASE WHEN current_setting('synchronous_standby_names') <> '' THEN " EMIT " END";

static const char sql_status[] = "SELECT txid_status($1::int8)";

/* Indexed by enum catalogue_patience. The second of each says false if a removal is alive. */
static const char *const sql_lock_id[] = { "SELECT pg_advisory_xact_lock(" LOCK_OF_ID ", $1::int4)",
	                                   "SELECT pg_try_advisory_xact_lock(" LOCK_OF_ID
	                                   ", $1::int4)" };
static const char *const sql_lock_url[] = { "SELECT pg_advisory_xact_lock(" LOCK_OF_URL
	                                    ", hashtext($1::text))",
	                                    "SELECT pg_try_advisory_xact_lock(" LOCK_OF_URL
	                                    ", hashtext($1::text))" };

/* A standby answers from the past, so that its answer does not count. */
static const char sql_ask[] =
	"SELECT EXISTS (SELECT FROM producto_imagenes WHERE id = $1),"
	" EXISTS (SELECT FROM producto_imagenes WHERE url::text = $2::text AND id <> $1),"
	" pg_is_in_recovery()";

enum outcome catalogue_open(struct catalogue *catalogue, const struct settings *settings,
                            const struct budget *budget, struct diagnosis *diagnosis)
{
	*catalogue = (struct catalogue){ .settings = settings };
	return database_open(&catalogue->database, settings->database, budget, diagnosis);
}

/*
 * The row with this id in its first column and, unless url is NULL, this url in its second; or -1.
 */
static int row_of(const PGresult *rows, const char *id, const char *url)
{
	for (int row = 0; row < PQntuples(rows); row++)
		if (strcmp(PQgetvalue(rows, row, 0), id) == 0 &&
		    (!url || strcmp(PQgetvalue(rows, row, 1), url) == 0))
			return row;
	return -1;
}

/*
 * Whether the rows deleted are the rows locked: no url was edited and no row vanished in between.
 */
static bool same_rows(const PGresult *locked, const PGresult *deleted)
{
	if (PQntuples(locked) != PQntuples(deleted))
		return false;
	for (int row = 0; row < PQntuples(locked); row++)
		if (row_of(deleted, PQgetvalue(locked, row, 0), PQgetvalue(locked, row, 1)) < 0)
			return false;
	return true;
}

/* Points the records at the rows that are kept. Returns how many there are. */
static int fill_in(struct catalogue *catalogue, struct record *records, size_t count)
{
	const PGresult *rows = catalogue->database.kept;

	for (size_t i = 0; i < count; i++) {
		char id[12];
		int row;

		snprintf(id, sizeof id, "%ld", (long)records[i].id);
		row = row_of(rows, id, NULL);
		records[i].url = row < 0 ? NULL : PQgetvalue(rows, row, 1);
		records[i].shared = row >= 0 && PQgetvalue(rows, row, 2)[0] == 't';
	}
	return PQntuples(rows);
}

/* How an attempt to delete went. */
enum attempt {
	DELETED,
	OTHERWISE, /* what was deleted is not what was locked */
	TRANSIENT, /* refused, but another attempt may succeed: deadlock, serialization failure */
	REFUSED
};

/* Takes over the result that holds the records' urls. */
static void keep(struct catalogue *catalogue, PGresult **result)
{
	database_keep(&catalogue->database, *result);
	*result = NULL;
}

/*
 * Deletes in a new transaction. Keeps the rows that were deleted, or else those that were locked,
 * if any. Sets *standing to whether the caller may delete.
 */
static enum attempt try_to_delete(struct catalogue *catalogue, const struct caller *caller,
                                  const char *ids, enum outcome *standing)
{
	enum { BEGIN, LIMITS, CALLER, LOCK_IDS, LOCK_URLS, DELETE, STATEMENTS };
	struct database *database = &catalogue->database;
	PGresult *results[STATEMENTS] = { NULL };
	enum attempt attempt;
	bool good;

	database_queue_begin(database, BY_DELETION);
	standing_queue(database, catalogue->settings, caller);
	database_queue(database, sql_lock_ids, 1, &ids);
	database_queue(database, sql_lock_urls, 1, &ids);
	database_queue(database, sql_delete, 1, &ids);
	good = database_finish(database, results, STATEMENTS, BY_DELETION);
	*standing = standing_read(database, database_first_value(results[CALLER]));
	if (!good || *standing != OUTCOME_SUCCESS)
		attempt = database_is_transient(results, STATEMENTS) ? TRANSIENT : REFUSED;
	else
		attempt = same_rows(results[LOCK_URLS], results[DELETE]) ? DELETED : OTHERWISE;
	if (attempt == DELETED)
		keep(catalogue, &results[DELETE]);
	else if (PQresultStatus(results[LOCK_URLS]) == PGRES_TUPLES_OK)
		keep(catalogue, &results[LOCK_URLS]);
	database_clear(results, STATEMENTS);
	return attempt;
}

/* Tries to delete, and again if another attempt may succeed. */
static enum outcome delete_rows(struct catalogue *catalogue, const struct caller *caller,
                                const char *ids)
{
	enum { ATTEMPTS = 3 };
	struct database *database = &catalogue->database;
	const struct diagnosis before = *database->diagnosis;
	enum outcome standing;
	enum attempt attempt = try_to_delete(catalogue, caller, ids, &standing);

	for (int i = 1; i < ATTEMPTS && (attempt == OTHERWISE || attempt == TRANSIENT); i++) {
		database_rollback(database);
		if (!database->connection || budget_left(database->budget, BY_DELETION) <= 0)
			return OUTCOME_DATABASE_ERROR;
		*database->diagnosis = before;
		attempt = try_to_delete(catalogue, caller, ids, &standing);
	}
	if (attempt == OTHERWISE)
		diagnosis_cause(database->diagnosis,
		                "the record keeps changing, or cannot be deleted");
	if (attempt == DELETED)
		return OUTCOME_SUCCESS;
	return standing == OUTCOME_SUCCESS ? OUTCOME_DATABASE_ERROR : standing;
}

enum outcome catalogue_delete(struct catalogue *catalogue, const struct caller *caller,
                              struct record *records, size_t count)
{
	struct array ids = { 0 };
	enum outcome outcome = OUTCOME_DATABASE_ERROR;
	const char *value;

	for (size_t i = 0; i < count; i++)
		array_add_number(&ids, records[i].id);
	value = array_end(&ids);
	if (value)
		outcome = delete_rows(catalogue, caller, value);
	else
		diagnosis_cause(catalogue->database.diagnosis, "out of memory");
	array_free(&ids);
	if (fill_in(catalogue, records, count) == 0 && outcome == OUTCOME_SUCCESS)
		outcome = OUTCOME_NOT_FOUND;
	if (outcome != OUTCOME_SUCCESS)
		database_rollback(&catalogue->database);
	return outcome;
}

/* Queues the same statement for each url. */
static void queue_for_each(struct database *database, const char *sql, const struct record *records,
                           size_t count)
{
	for (size_t i = 0; i < count; i++)
		database_queue(database, sql, 1, &records[i].url);
}

static void queue_look(struct database *database, const char *first, const struct record *records,
                       size_t count)
{
	database_queue(database, first, 0, NULL);
	database_queue(database, sql_any_writer, 0, NULL);
	queue_for_each(database, sql_shared, records, count);
	database_queue(database, sql_emit_for_standby, 0, NULL);
	database_queue(database, "COMMIT", 0, NULL);
	database_queue(database, DATABASE_BEGIN, 0, NULL);
	queue_for_each(database, sql_lock_if_free, records, count);
	queue_for_each(database, sql_shared, records, count);
}

/* A column of the one row of a result. */
static bool says(const PGresult *result, int column, char answer)
{
	return PQgetvalue(result, 0, column)[0] == answer;
}

/* What queue_look() has the results of: two for the beginning, then one for each url, and so on. */
enum { FIRST, WRITERS, SHARED, EMIT_COMMIT_BEGIN = 3, FOR_EACH_URL = 3 };

/* Reads it. Returns COMMITMENT_BUSY if a lock was not free, or if writers matter and there are any.
 */
static enum commitment read_look(struct catalogue *catalogue, struct record *records, size_t count,
                                 PGresult *const *results, bool writers_matter)
{
	PGresult *const *shared = results + SHARED;
	PGresult *const *locked = shared + count + EMIT_COMMIT_BEGIN;
	PGresult *const *still = locked + count;
	bool busy = writers_matter && says(results[WRITERS], 1, 't');

	for (size_t i = 0; i < count; i++) {
		records[i].shared = says(shared[i], 0, 't') || says(still[i], 0, 't');
		busy = busy || says(locked[i], 0, 'f');
	}
	catalogue->pooled =
		database_is_pooled(&catalogue->database, PQgetvalue(results[WRITERS], 0, 2));
	return busy ? COMMITMENT_BUSY : COMMITMENT_CERTAIN;
}

/*
 * One round trip: the statement first, which begins a transaction, and in it a look at the urls. If
 * a standby must confirm commits, what was read is made durable, too. Then, in a transaction that
 * stays open, the locks of the urls, as far as they are free, and a second look: a save that gets
 * such a lock after us finds that the file is gone.
 */
static enum commitment look_at_urls(struct catalogue *catalogue, struct record *records,
                                    size_t count, const char *first, bool writers_matter,
                                    int percent)
{
	size_t statements = SHARED + EMIT_COMMIT_BEGIN + FOR_EACH_URL * count;
	PGresult **results = calloc(statements, sizeof(PGresult *));
	enum commitment commitment = COMMITMENT_IN_DOUBT;

	if (!results) {
		diagnosis_cause(catalogue->database.diagnosis, "out of memory");
		return commitment;
	}
	queue_look(&catalogue->database, first, records, count);
	if (database_finish(&catalogue->database, results, statements, percent) &&
	    !catalogue->database.warned &&
	    strncmp(first, PQcmdStatus(results[FIRST]), strlen("BEGIN")) == 0) /* not: ROLLBACK */
		commitment = read_look(catalogue, records, count, results, writers_matter);
	database_clear(results, statements);
	free(results);
	return commitment;
}

/* Commits where no file is to be erased: there is nothing to ask. */
static enum commitment commit_alone(struct database *database, int percent)
{
	PGresult *result = NULL;
	bool committed;

	database_queue(database, "COMMIT", 0, NULL);
	committed = database_finish(database, &result, 1, percent) && !database->warned &&
	            strcmp(PQcmdStatus(result), "COMMIT") == 0; /* not: ROLLBACK */
	PQclear(result);
	return committed ? COMMITMENT_CERTAIN : COMMITMENT_IN_DOUBT;
}

/* Says who was in the way: in the first round the same one all the time, later others by turns. */
static void explain_busy(struct catalogue *catalogue, bool first)
{
	diagnosis_cause(catalogue->database.diagnosis,
	                first ? "a transaction that has written to producto_imagenes, or holds the "
	                        "lock of the url, does not end"
	                      : "another transaction holds the lock of the url");
}

/*
 * Waits for those who are in the way, and looks again. Meanwhile somebody else may have got the
 * lock of a url, so it does so until it gets the lock, or the time is up.
 */
static enum commitment wait_and_look(struct catalogue *catalogue, struct record *records,
                                     size_t count)
{
	long long until = 0;
	bool first = true;
	enum commitment commitment;

	do {
		catalogue_rollback(catalogue);
		commitment = writers_outlast(&catalogue->database, records, count, &until);
		if (commitment != COMMITMENT_CERTAIN)
			break;
		commitment =
			look_at_urls(catalogue, records, count, DATABASE_BEGIN, false, BY_QUESTION);
		first = false;
	} while (commitment == COMMITMENT_BUSY && clock_now() < until);
	if (commitment == COMMITMENT_BUSY)
		explain_busy(catalogue, first);
	return commitment;
}

enum commitment catalogue_commit(struct catalogue *catalogue, struct record *records, size_t count,
                                 enum catalogue_matter matter)
{
	int percent = matter == CATALOGUE_READING ? BY_QUESTION : BY_COMMIT;
	PGresult *emitted = NULL;
	enum commitment commitment;

	catalogue->database.warned = false;
	if (matter == CATALOGUE_READING &&
	    !(emitted = database_query(&catalogue->database, sql_emit, 0, NULL)))
		return COMMITMENT_IN_DOUBT;
	PQclear(emitted);
	if (count == 0)
		return commit_alone(&catalogue->database, percent);
	commitment = look_at_urls(catalogue, records, count, "COMMIT AND CHAIN", true, percent);
	return commitment == COMMITMENT_BUSY ? wait_and_look(catalogue, records, count)
	                                     : commitment;
}

/* Asks once, and makes durable what was read. Returns the status, or NULL if there is no answer. */
static PGresult *ask_for_status(struct catalogue *catalogue, const char *transaction)
{
	enum { BEGIN, LIMITS, STATUS, EMIT_RECORD, COMMIT, STATEMENTS };
	struct database *database = &catalogue->database;
	PGresult *results[STATEMENTS] = { NULL }, *status = NULL;

	if (!database_renew(database))
		return NULL;
	database->warned = false;
	database_queue_begin(database, BY_QUESTION);
	database_queue(database, sql_status, 1, &transaction);
	database_queue(database, sql_emit, 0, NULL);
	database_queue(database, "COMMIT", 0, NULL);
	if (database_finish(database, results, STATEMENTS, BY_QUESTION) && !database->warned) {
		status = results[STATUS];
		results[STATUS] = NULL;
	}
	database_clear(results, STATEMENTS);
	return status;
}

bool catalogue_confirm(struct catalogue *catalogue, const char *transaction)
{
	enum { PAUSE = 20 };
	PGresult *status = ask_for_status(catalogue, transaction);
	bool committed;

	while (strcmp(database_first_value(status), "in progress") == 0 &&
	       budget_left(catalogue->database.budget, BY_QUESTION) > PAUSE) {
		PQclear(status);
		poll(NULL, 0, PAUSE);
		status = ask_for_status(catalogue, transaction);
	}
	committed = strcmp(database_first_value(status), "committed") == 0;
	PQclear(status);
	return committed;
}

enum commitment catalogue_look_again(struct catalogue *catalogue, struct record *record)
{
	struct database *database = &catalogue->database;
	long long until = 0;
	enum commitment end = writers_outlast(database, record, 1, &until);
	PGresult *answer = NULL;

	if (end == COMMITMENT_BUSY)
		explain_busy(catalogue, true);
	if (end != COMMITMENT_CERTAIN)
		return end;
	answer = database_query(database, sql_shared, 1, &record->url);
	if (!answer)
		return COMMITMENT_IN_DOUBT;
	record->shared = says(answer, 0, 't');
	PQclear(answer);
	return COMMITMENT_CERTAIN;
}

bool catalogue_holds_locks(const struct catalogue *catalogue)
{
	if (clock_now() < catalogue->locked_until)
		return true;
	diagnosis_cause(catalogue->database.diagnosis, "the locks may have been lost meanwhile");
	return false;
}

/* Reads the answer to sql_ask. */
static enum catalogue_answer read_answer(struct catalogue *catalogue, struct record *record,
                                         const PGresult *result)
{
	if (says(result, 2, 't')) {
		diagnosis_cause(catalogue->database.diagnosis,
		                "the server is a standby and cannot know");
		return CATALOGUE_NO_ANSWER;
	}
	record->shared = says(result, 1, 't');
	return says(result, 0, 't') ? CATALOGUE_RECORD_EXISTS : CATALOGUE_RECORD_GONE;
}

enum catalogue_answer catalogue_ask(struct catalogue *catalogue, struct record *record,
                                    enum catalogue_patience patience)
{
	enum { BEGIN, LIMITS, LOCK_ID, LOCK_URL, ASK, STATEMENTS };
	PGresult *results[STATEMENTS] = { NULL };
	enum catalogue_answer answer = CATALOGUE_NO_ANSWER;
	char id[12];
	const char *const values[] = { id, record->url };

	/* In the transaction that deletes it, the record would be gone already. */
	if (!database_renew(&catalogue->database))
		return CATALOGUE_NO_ANSWER;
	snprintf(id, sizeof id, "%ld", (long)record->id);
	catalogue->locked_until = clock_now() + catalogue->database.budget->total;
	database_queue_begin(&catalogue->database, BY_QUESTION);
	database_queue(&catalogue->database, sql_lock_id[patience], 1, &values[0]);
	database_queue(&catalogue->database, sql_lock_url[patience], 1, &values[1]);
	database_queue(&catalogue->database, sql_ask, 2, values);
	if (database_finish(&catalogue->database, results, STATEMENTS, BY_QUESTION)) {
		if (says(results[LOCK_ID], 0, 'f') || says(results[LOCK_URL], 0, 'f'))
			answer = CATALOGUE_REMOVAL_ALIVE;
		else
			answer = read_answer(catalogue, record, results[ASK]);
	}
	database_clear(results, STATEMENTS);
	return answer;
}

void catalogue_rollback(struct catalogue *catalogue)
{
	database_rollback(&catalogue->database);
}

void catalogue_close(struct catalogue *catalogue)
{
	database_close(&catalogue->database);
}
