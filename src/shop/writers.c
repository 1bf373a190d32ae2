/* SPDX-License-Identifier: ISC */
/* The other open transactions that have written to producto_imagenes. */
#include "config.h"

#include "shop/writers.h"

#include "base/array.h"
#include "shop/locks.h"

#include <poll.h>

/* Milliseconds. */
enum { LONGEST_WAIT = 500 };

/*
 * The open transactions that may be about to commit a record with one of these urls, or that hold
 * the lock of one for another reason. Removals of other urls are left out, although they have
 * written to the table: they insert nothing. One that saves a product holds such locks, too, but
 * has locked the table of products before. Our own is left out, too: imagenes-fsck asks while it
 * holds the lock.
 */
static const char sql_writers[] =
	"SELECT pg_catalog.array_agg(transaction) FROM (SELECT virtualtransaction AS transaction"
	" FROM pg_locks WHERE granted AND pid IS DISTINCT FROM pg_backend_pid() AND database ="
	" (SELECT oid FROM pg_database WHERE datname = current_database())"
	" GROUP BY virtualtransaction HAVING bool_or(locktype = 'advisory' AND objsubid = 2"
	" AND classid = " LOCK_OF_URL "::oid"
	" AND objid IN (SELECT (hashtext(url)::int8 & 4294967295)::oid"
	" FROM pg_catalog.unnest($1::text[]) AS url))"
	" OR bool_or(locktype = 'relation'"
	" AND relation = 'producto_imagenes'::regclass::oid AND mode = 'RowExclusiveLock')"
	" AND (NOT bool_or(locktype = 'advisory' AND objsubid = 2"
	" AND classid IN (" LOCK_OF_ID "::oid, " LOCK_OF_URL "::oid))"
	" OR bool_or(locktype = 'relation' AND relation = to_regclass('productos')::oid"
	" AND mode IN ('RowShareLock', 'RowExclusiveLock')))) AS writers";
static const char sql_still[] =
	"SELECT EXISTS (SELECT FROM pg_locks WHERE virtualtransaction = ANY ($1::text[]))";

/*
 * Lists who may be about to commit a record with one of these urls. The caller clears it. NULL:
 * error.
 */
static PGresult *list_writers(struct database *database, const struct record *records, size_t count)
{
	struct array urls = { 0 };
	PGresult *writers = NULL;
	const char *value;

	for (size_t i = 0; i < count; i++)
		if (records[i].url)
			array_add_text(&urls, records[i].url);
	value = array_end(&urls);
	if (value)
		writers = database_query(database, sql_writers, 1, &value);
	else
		diagnosis_cause(database->diagnosis, "out of memory");
	array_free(&urls);
	return writers;
}

/* The time until which it is right to wait. */
static long long patience(const struct budget *budget)
{
	long long until = clock_now() + LONGEST_WAIT;
	long long deadline = budget_deadline(budget, BY_QUESTION);

	return until < deadline ? until : deadline;
}

/* Waits until these transactions have ended, or the time is up. */
static enum commitment outlast(struct database *database, const PGresult *writers, long long until)
{
	const char *list = PQgetvalue(writers, 0, 0);
	bool open = !PQgetisnull(writers, 0, 0);

	for (int pause = 1; open; pause = pause < 16 ? 2 * pause : pause) {
		PGresult *answer;

		if (clock_now() + pause > until)
			return COMMITMENT_BUSY;
		poll(NULL, 0, pause);
		answer = database_query(database, sql_still, 1, &list);
		if (!answer)
			return COMMITMENT_IN_DOUBT;
		open = PQgetvalue(answer, 0, 0)[0] == 't';
		PQclear(answer);
	}
	return COMMITMENT_CERTAIN;
}

enum commitment writers_outlast(struct database *database, const struct record *records,
                                size_t count, long long *until)
{
	PGresult *writers = list_writers(database, records, count);
	enum commitment end;

	if (!writers)
		return COMMITMENT_IN_DOUBT;
	if (*until == 0)
		*until = patience(database->budget);
	end = outlast(database, writers, *until);
	PQclear(writers);
	return end;
}
