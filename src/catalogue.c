/* SPDX-License-Identifier: ISC */
/* The record: found, locked, deleted, asked after. The only file that speaks to PostgreSQL. */
#include "config.h"

#include "catalogue.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The two-key advisory locks' first keys (PostgreSQL manual, 9.27.10): "IMGI" and "IMGU". */
#define LOCK_OF_ID "1229801289"
#define LOCK_OF_URL "1229801301"

static const char sql_begin[] = "BEGIN ISOLATION LEVEL READ COMMITTED";

/*
 * A 200 is durable, whatever the role's default. A row that a policy hides is an error, not an
 * absence. $3 is the caller's standing until sql_session says otherwise. The rest bounds a
 * removal's stay.
 */
static const char sql_limits[] =
	"SELECT set_config('lock_timeout', $1, true), set_config('statement_timeout', $1, true),"
	" set_config('idle_in_transaction_session_timeout', $2, true),"
	" set_config('row_security', 'off', true), set_config('imagenes.caller', $3, true),"
	" set_config('synchronous_commit', CASE current_setting('synchronous_commit')"
	" WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, true)";

/* What the shop has to say of a caller: a word, which the statements after it heed. */
static const char sql_session[] =
	"SELECT set_config('imagenes.caller', coalesce((SELECT CASE WHEN rol_id = ANY ($3::int4[])"
	" THEN 'allowed' ELSE 'role' END FROM usuarios"
	" WHERE id = $1 AND activo AND sesion_id::text = $2::text), 'revoked'), true)";

/* Without this nothing is locked or deleted (a one-time filter: see EXPLAIN). */
#define CALLER_IS_ALLOWED "current_setting('imagenes.caller') = 'allowed'"

/* In ascending order, so that no two removals wait for each other. */
static const char sql_lock_ids[] =
	"SELECT pg_advisory_xact_lock(" LOCK_OF_ID ", id)"
	" FROM (SELECT id FROM pg_catalog.unnest($1::int4[]) AS id WHERE " CALLER_IS_ALLOWED
	" ORDER BY id) AS ids";
static const char sql_lock_urls[] =
	"SELECT id, url, pg_advisory_xact_lock(" LOCK_OF_URL ", hashtext(url::text))"
	" FROM (SELECT id, url FROM producto_imagenes WHERE id = ANY ($1::int4[])"
	" AND " CALLER_IS_ALLOWED " ORDER BY hashtext(url::text)) AS images";

/* A statement after the locks, so that its snapshot shows what was committed before them. */
static const char sql_delete[] =
	"DELETE FROM producto_imagenes AS image WHERE id = ANY ($1::int4[]) AND " CALLER_IS_ALLOWED
	" RETURNING id, url, EXISTS (SELECT FROM producto_imagenes AS other"
	" WHERE other.url::text = image.url::text AND other.id <> ALL ($1::int4[]))";

static const char sql_shared[] =
	"SELECT EXISTS (SELECT FROM producto_imagenes WHERE url::text = $1::text)";

/* Whether anybody has the table open for writing; and for what follows, no row is hidden. */
static const char sql_any_writer[] =
	"SELECT set_config('row_security', 'off', true), EXISTS (SELECT FROM pg_lock_status()"
	" WHERE mode = 'RowExclusiveLock' AND relation = 'producto_imagenes'::regclass)";

/* WAL of our own: its commit waits for the disk and the standbys, and so for all before it. */
#define EMIT "pg_logical_emit_message(true, 'imagenes', '')"
static const char sql_emit[] = "SELECT " EMIT;
static const char sql_emit_for_standby[] =
	"SELECT CASE WHEN current_setting('synchronous_standby_names') <> '' THEN " EMIT " END";

/*
 * Who has written to producto_imagenes and not ended. Removals of other urls than these are left
 * out: they insert nothing. Who saves a product holds such locks as well, and is not.
 */
static const char sql_writers[] =
	"SELECT array_agg(transaction) FROM (SELECT virtualtransaction AS transaction"
	" FROM pg_locks WHERE granted AND database ="
	" (SELECT oid FROM pg_database WHERE datname = current_database())"
	" GROUP BY virtualtransaction HAVING bool_or(locktype = 'relation'"
	" AND relation = 'producto_imagenes'::regclass AND mode = 'RowExclusiveLock')"
	" AND (NOT bool_or(locktype = 'advisory' AND objsubid = 2"
	" AND classid IN (" LOCK_OF_ID ", " LOCK_OF_URL "))"
	" OR bool_or(locktype = 'advisory' AND objsubid = 2 AND classid = " LOCK_OF_URL
	" AND objid IN (SELECT (hashtext(url)::int8 & 4294967295)::oid"
	" FROM pg_catalog.unnest($1::text[]) AS url)))) AS writers";
static const char sql_still[] =
	"SELECT EXISTS (SELECT FROM pg_locks WHERE virtualtransaction = ANY ($1::text[]))";

/* By enum catalogue_patience. The second kind says false where a removal is alive. */
static const char *const sql_lock_id[] = { "SELECT pg_advisory_xact_lock(" LOCK_OF_ID ", $1)",
	                                   "SELECT pg_try_advisory_xact_lock(" LOCK_OF_ID ", $1)" };
static const char *const sql_lock_url[] = { "SELECT pg_advisory_xact_lock(" LOCK_OF_URL
	                                    ", hashtext($1::text))",
	                                    "SELECT pg_try_advisory_xact_lock(" LOCK_OF_URL
	                                    ", hashtext($1::text))" };

/* A standby answers from the past: its word is none. */
static const char sql_ask[] =
	"SELECT EXISTS (SELECT FROM producto_imagenes WHERE id = $1),"
	" EXISTS (SELECT FROM producto_imagenes WHERE url::text = $2::text AND id <> $1),"
	" pg_is_in_recovery()";

/* In one transaction, so that the setting is the scan's, behind a pooler too. */
static const char sql_scan[] = "SELECT set_config('row_security', 'off', true);"
			       " COPY (SELECT id, url FROM producto_imagenes"
			       " ORDER BY url COLLATE \"C\") TO STDOUT";

/* Records whose url is not canonical, or may be another spelling of a canonical one. */
static const char sql_spellings[] =
	"SELECT url FROM producto_imagenes WHERE url::text !~ '^/recursos/[^%?#\\\\]*$'"
	" OR url::text ~ '//|/[.]|\\s$'";

/* Which database this is, wherever it is reached from. */
static const char sql_identity[] = "SELECT system_identifier || '/' || (SELECT oid FROM pg_database"
				   " WHERE datname = current_database()) FROM pg_control_system()";

/* By when each step has to be done, in percent of the whole request's time. */
enum { DELETE_BY = 50, COMMIT_BY = 70, ASK_BY = 95 };

/* Between two attempts to connect; for transactions that may insert a record. Milliseconds. */
enum { PAUSE = 50, LONGEST_WAIT = 500 };

static long long deadline(const struct catalogue *catalogue, int percent)
{
	return catalogue->audit->start + catalogue->settings->timeout * percent / 100;
}

/* What is left until then, in milliseconds; not positive when it is too late. */
static long long time_until(const struct catalogue *catalogue, int percent)
{
	return deadline(catalogue, percent) - audit_clock();
}

/* For the next that a scan brings: the server may have to sort first, or have been stopped. */
static long long scan_deadline(const struct catalogue *catalogue)
{
	return audit_clock() + 10LL * catalogue->settings->timeout;
}

/* Tells the audit a message of libpq's, without its line feed. */
static void tell(struct catalogue *catalogue, const char *message)
{
	if (*message)
		audit_cause(catalogue->audit, "%.*s", (int)strcspn(message, "\n"), message);
}

static void tell_error(struct catalogue *catalogue, const PGresult *result)
{
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	struct audit *audit = catalogue->audit;

	if (sqlstate && !audit->sqlstate[0])
		snprintf(audit->sqlstate, sizeof audit->sqlstate, "%s", sqlstate);
	tell(catalogue, message ? message : PQresultErrorMessage(result));
}

static void disconnect(struct catalogue *catalogue)
{
	PQfinish(catalogue->connection);
	catalogue->connection = NULL;
	catalogue->incomplete = false;
}

/* Whether a URI has been taken apart in a wrong place: none of these parts has an @. */
static bool is_torn(const PQconninfoOption *options)
{
	for (; options->keyword; options++)
		if ((strcmp(options->keyword, "host") == 0 ||
		     strcmp(options->keyword, "port") == 0 ||
		     strcmp(options->keyword, "dbname") == 0) &&
		    options->val && strchr(options->val, '@'))
			return true;
	return false;
}

/*
 * Whether DATABASE_URL means to be a connection string and is none, such as a URI
 * whose password has an @ or a slash as it is. Then libpq takes some of the password for
 * something else, and may quote it.
 */
static bool is_malformed(const char *database)
{
	PQconninfoOption *options;
	bool malformed;

	if (!database)
		return false;
	if (!strchr(database, '=') && !strstr(database, "://")) /* the name of a database */
		return strpbrk(database, "/:@") != NULL;
	options = PQconninfoParse(database, NULL);
	malformed = !options || (strstr(database, "://") && is_torn(options));
	PQconninfoFree(options);
	return malformed;
}

/* Notices would go to standard error, which is the log's. */
static void keep_notice(void *context, const PGresult *result)
{
	struct catalogue *catalogue = context;
	const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);

	catalogue->warned |= severity && strcmp(severity, "WARNING") == 0;
	audit_notice(catalogue->audit, PQresultErrorMessage(result));
}

static enum outcome fail_to_connect(struct catalogue *catalogue)
{
	enum outcome outcome = OUTCOME_DATABASE_ERROR;

	if (is_malformed(catalogue->settings->database)) {
		/* libpq's message would quote it, password and all. */
		audit_cause(catalogue->audit,
		            "DATABASE_URL (database) is not a connection string of libpq");
		outcome = OUTCOME_SETTINGS_UNUSABLE;
	} else {
		tell(catalogue, PQstatus(catalogue->connection) == CONNECTION_BAD
		                        ? PQerrorMessage(catalogue->connection)
		                        : "the database did not answer in time");
	}
	disconnect(catalogue);
	return outcome;
}

/* Whether a refusal is too_many_connections or cannot_connect_now (manual, appendix A). */
static bool is_for_now(const PGconn *connection)
{
	const char *message = PQerrorMessage(connection);

	return strstr(message, ":  53300: ") || strstr(message, ":  57P03: ");
}

/* Waits for a connection that has been started, by PQconnectPoll() or PQresetPoll(). */
static void await_connection(PGconn *connection, long long until,
                             PostgresPollingStatusType (*step)(PGconn *connection))
{
	PostgresPollingStatusType status = PGRES_POLLING_WRITING;

	while (status != PGRES_POLLING_OK && PQstatus(connection) != CONNECTION_BAD) {
		struct pollfd socket = { .fd = PQsocket(connection),
			                 .events = status == PGRES_POLLING_READING ? POLLIN
			                                                           : POLLOUT };
		long long left = until - audit_clock();

		if (left <= 0)
			return;
		if (poll(&socket, 1, (int)left) > 0)
			status = step(connection);
	}
}

/* Again, and ever more slowly, while the server says that it has no connection to give just now. */
static void insist(PGconn *connection, long long until)
{
	enum { SHORTEST = 50, LONGEST = 800 };

	for (int pause = SHORTEST; PQstatus(connection) == CONNECTION_BAD &&
	                           is_for_now(connection) && audit_clock() + pause < until;
	     pause = pause < LONGEST ? 2 * pause : pause) {
		poll(NULL, 0, pause);
		if (PQresetStart(connection))
			await_connection(connection, until, PQresetPoll);
	}
}

/* Whether there is more than one host to try. */
static bool has_hosts(const char *database)
{
	PQconninfoOption *options = database ? PQconninfoParse(database, NULL) : NULL;
	const char *hosts = getenv("PGHOST");
	bool has;

	for (PQconninfoOption *option = options; option && option->keyword; option++)
		if (strncmp(option->keyword, "host", strlen("host")) == 0 && option->val)
			hosts = option->val; /* host or hostaddr */
	has = hosts && strchr(hosts, ',');
	PQconninfoFree(options);
	return has;
}

/*
 * Connects, by then at the latest. The operator's own connection string may change what comes
 * before it, not what comes after. Of several hosts one that hangs must not keep us from the
 * next, of which only libpq itself takes care, with 2 s for each at the least (connect_timeout).
 */
static PGconn *connect_until(const char *database, long long patience, long long until)
{
	enum { LEAST = 2000 };
	char seconds[24];
	const char *const keywords[] = { "connect_timeout", "fallback_application_name", "dbname",
		                         "client_encoding", NULL };
	const char *const values[] = { seconds, "imagenes", database, "UTF8", NULL };
	PGconn *connection;

	snprintf(seconds, sizeof seconds, "%lld", (patience < LEAST ? LEAST : patience) / 1000);
	if (has_hosts(database) && until - audit_clock() >= LEAST)
		return PQconnectdbParams(keywords, values, 1);
	connection = PQconnectStartParams(keywords, values, 1);
	PQsetErrorVerbosity(connection, PQERRORS_VERBOSE); /* for the SQLSTATE */
	await_connection(connection, until, PQconnectPoll);
	insist(connection, until);
	PQsetErrorVerbosity(connection, PQERRORS_DEFAULT);
	return connection;
}

static enum outcome connect_to_server(struct catalogue *catalogue, long long patience, int percent)
{
	/* libpq prints what it thinks of a password file's permissions. */
	int stderr_copy = audit_capture_stderr();

	catalogue->connection = connect_until(catalogue->settings->database, patience,
	                                      deadline(catalogue, percent));
	audit_release_stderr(catalogue->audit, stderr_copy);
	if (PQstatus(catalogue->connection) != CONNECTION_OK)
		return fail_to_connect(catalogue);
	PQsetNoticeReceiver(catalogue->connection, keep_notice, catalogue);
	/* Nothing is under way yet that could keep these from working. */
	PQsetnonblocking(catalogue->connection, 1);
	PQenterPipelineMode(catalogue->connection);
	return OUTCOME_PENDING;
}

/* How long a host may take to let us in. */
static long long connect_time(const struct catalogue *catalogue)
{
	return catalogue->settings->timeout * 3LL / 10;
}

enum outcome catalogue_open(struct catalogue *catalogue, const struct settings *settings,
                            struct audit *audit)
{
	*catalogue = (struct catalogue){ .settings = settings, .audit = audit };
	return connect_to_server(catalogue, connect_time(catalogue), DELETE_BY);
}

/*
 * Connects anew, and tries again while there is time, of which the process is not
 * to die: a server that has lost its clients is starting anew, or another one is
 * about to take its place.
 */
static bool reconnect(struct catalogue *catalogue)
{
	enum { SHORTEST = 50 };
	size_t told = strlen(catalogue->audit->cause);
	long long patience = connect_time(catalogue);
	long long left;

	while ((left = time_until(catalogue, ASK_BY)) >= SHORTEST) {
		catalogue->audit->cause[told] = '\0'; /* the last reason will do */
		if (connect_to_server(catalogue, left < patience ? left : patience, ASK_BY) ==
		    OUTCOME_PENDING) {
			catalogue->away = false;
			return true;
		}
		if (catalogue->away)
			return false;
		poll(NULL, 0, PAUSE);
	}
	catalogue->away = true;
	if (!catalogue->audit->cause[told])
		audit_cause(catalogue->audit, "no time is left to ask the database");
	return false;
}

/* Queues one statement of the round trip, if all before it were queued. */
static void queue(struct catalogue *catalogue, const char *sql, int count,
                  const char *const *values)
{
	if (!catalogue->incomplete)
		catalogue->incomplete = !PQsendQueryParams(catalogue->connection, sql, count, NULL,
		                                           values, NULL, NULL, 0);
}

/* Waits for the socket. Returns false when the time is up or the connection lost. */
static bool wait_for_server(struct catalogue *catalogue, bool sending, long long until)
{
	struct pollfd socket = { .fd = PQsocket(catalogue->connection),
		                 .events = (short)(POLLIN | (sending ? POLLOUT : 0)) };
	int ready;

	do {
		long long left = until - audit_clock();

		ready = poll(&socket, 1, left > 0 ? (int)left : 0);
	} while (ready < 0 && errno == EINTR);
	if (ready > 0)
		return PQconsumeInput(catalogue->connection);
	audit_cause(catalogue->audit, "the database did not answer in time");
	return false;
}

/* Sends what is queued and waits for the next result. */
static bool next_result(struct catalogue *catalogue, PGresult **result, long long until)
{
	int sending;

	*result = NULL;
	while ((sending = PQflush(catalogue->connection)) > 0 ||
	       (sending == 0 && PQisBusy(catalogue->connection)))
		if (!wait_for_server(catalogue, sending, until))
			return false;
	if (sending < 0)
		return false;
	*result = PQgetResult(catalogue->connection);
	return true;
}

/* Whether a statement did what it should; if not, and first to fail, why. */
static bool check(struct catalogue *catalogue, const PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);

	if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
		return true;
	if (status != PGRES_PIPELINE_ABORTED)
		tell_error(catalogue, result);
	return false;
}

/*
 * Takes in the results of count statements: each one and a NULL, then the mark of the end
 * (PostgreSQL manual, 34.5.1.2). Returns whether that came; then good tells whether all were.
 */
static bool collect(struct catalogue *catalogue, PGresult **results, size_t count, long long until,
                    bool *good)
{
	PGresult *mark;
	bool ended;

	*good = true;
	for (size_t i = 0; i < count; i++) {
		if (!next_result(catalogue, &results[i], until))
			return false;
		*good = check(catalogue, results[i]) && *good;
		if (!next_result(catalogue, &mark, until)) /* GCOVR_EXCL_BR_LINE: it came along */
			return false;
		PQclear(mark);
	}
	if (!next_result(catalogue, &mark, until))
		return false;
	ended = PQresultStatus(mark) == PGRES_PIPELINE_SYNC;
	PQclear(mark);
	return ended;
}

static void clear(PGresult **results, size_t count)
{
	for (size_t i = 0; i < count; i++)
		PQclear(results[i]);
}

/*
 * Ends one round trip of statements, if all were queued, and takes in their results,
 * which the caller clears. Returns whether all were good. A connection that is of no
 * more use is closed.
 */
static bool finish(struct catalogue *catalogue, PGresult **results, size_t count, int percent)
{
	bool good;

	if (!catalogue->incomplete && PQpipelineSync(catalogue->connection) &&
	    collect(catalogue, results, count, deadline(catalogue, percent), &good))
		return good;
	tell(catalogue, PQerrorMessage(catalogue->connection));
	disconnect(catalogue);
	return false;
}

/* Queues BEGIN and the transaction's limits. */
static void queue_begin(struct catalogue *catalogue, int percent)
{
	/* The server gives up first, so that its reason can still be heard. */
	long long left = time_until(catalogue, percent) * 4 / 5;
	char wait[24], stay[24];
	const char *const limits[] = { wait, stay, catalogue->claims ? "" : "allowed" };

	if (left < 1)
		left = 1;
	snprintf(wait, sizeof wait, "%lldms", left);
	snprintf(stay, sizeof stay, "%dms", catalogue->settings->timeout);
	queue(catalogue, sql_begin, 0, NULL);
	queue(catalogue, sql_limits, 3, limits);
}

void catalogue_rollback(struct catalogue *catalogue)
{
	PGresult *result = NULL;

	if (!catalogue->connection || PQtransactionStatus(catalogue->connection) == PQTRANS_IDLE)
		return;
	queue(catalogue, "ROLLBACK", 0, NULL);
	finish(catalogue, &result, 1, ASK_BY);
	PQclear(result);
}

/* Adds an id to what will be a PostgreSQL array, at its length. Returns how much longer it is. */
static size_t add_id(char *array, size_t size, size_t length, int32_t id)
{
	return (size_t)snprintf(array + length, size - length, "%c%ld", length ? ',' : '{',
	                        (long)id);
}

/* The ids as a PostgreSQL array. The caller frees it; NULL: out of memory. */
static char *array_of_ids(const struct record *records, size_t count)
{
	size_t size = count * CATALOGUE_LONGEST_ID + sizeof "{}";
	char *array = calloc(1, size);
	size_t length = 0;

	for (size_t i = 0; array && i < count; i++)
		length += add_id(array, size, length, records[i].id);
	if (array)
		array[length] = '}';
	return array;
}

/* The row that has, in the first columns of both results, this id and this url; or -1. */
static int row_of(const PGresult *rows, const char *id, const char *url)
{
	for (int row = 0; row < PQntuples(rows); row++)
		if (strcmp(PQgetvalue(rows, row, 0), id) == 0 &&
		    (!url || strcmp(PQgetvalue(rows, row, 1), url) == 0))
			return row;
	return -1;
}

/* Whether what was deleted is what was locked: no url edited, no row gone between the two. */
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
	const PGresult *rows = catalogue->rows;

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

void catalogue_write_roles(const struct settings *settings, char roles[CATALOGUE_ROLES_SIZE])
{
	size_t length = 0;

	for (size_t i = 0; i < settings->admin_role_count; i++)
		length += add_id(roles, CATALOGUE_ROLES_SIZE, length, settings->admin_roles[i]);
	memcpy(roles + length, "}", sizeof "}");
}

/* Queues the question whether the caller may. */
static void queue_session(struct catalogue *catalogue)
{
	char id[12], roles[CATALOGUE_ROLES_SIZE];
	const char *const values[] = { id, catalogue->claims->sesion_id, roles };

	catalogue_write_roles(catalogue->settings, roles);
	snprintf(id, sizeof id, "%ld", (long)catalogue->claims->id);
	queue(catalogue, sql_session, 3, values);
}

/* Reads the answer to that. Returns whether he may; where nobody has said, no. */
static bool read_standing(struct catalogue *catalogue, const PGresult *result)
{
	const char *word =
		PQresultStatus(result) == PGRES_TUPLES_OK ? PQgetvalue(result, 0, 0) : "";

	catalogue->standing = CATALOGUE_NOTHING_AGAINST;
	if (strcmp(word, "revoked") == 0) {
		catalogue->standing = CATALOGUE_SESSION_REVOKED;
		audit_cause(catalogue->audit, "no active user has this session");
	} else if (strcmp(word, "role") == 0) {
		catalogue->standing = CATALOGUE_ROLE_NOT_ALLOWED;
		audit_cause(catalogue->audit, "the user's role is not among the admin_roles");
	}
	return strcmp(word, "allowed") == 0;
}

/* Takes over the rows that the records' urls are in. */
static void keep_rows(struct catalogue *catalogue, PGresult **rows)
{
	PQclear(catalogue->rows);
	catalogue->rows = rows ? *rows : NULL;
	if (rows)
		*rows = NULL;
}

/* How an attempt to delete went. */
enum attempt { DELETED, OTHERWISE /* what was deleted is not what was locked */, REFUSED };

/* Deletes, in a new transaction. Keeps the rows deleted, or else those locked, if any. */
static enum attempt try_to_delete(struct catalogue *catalogue, const char *ids)
{
	enum { BEGIN, LIMITS, LOCK_IDS, LOCK_URLS, DELETE, STATEMENTS };
	PGresult *all[STATEMENTS + 1] = { NULL };
	size_t extra = catalogue->claims ? 1 : 0; /* whether the caller may, before the locks */
	PGresult **results = all + extra;         /* from LOCK_IDS on */
	enum attempt attempt = REFUSED;
	bool good;

	queue_begin(catalogue, DELETE_BY);
	if (extra)
		queue_session(catalogue);
	queue(catalogue, sql_lock_ids, 1, &ids);
	queue(catalogue, sql_lock_urls, 1, &ids);
	queue(catalogue, sql_delete, 1, &ids);
	good = finish(catalogue, all, STATEMENTS + extra, DELETE_BY);
	if (extra)
		good = read_standing(catalogue, all[LOCK_IDS]) && good;
	if (good)
		attempt = same_rows(results[LOCK_URLS], results[DELETE]) ? DELETED : OTHERWISE;
	if (attempt == DELETED)
		keep_rows(catalogue, &results[DELETE]);
	else if (PQresultStatus(results[LOCK_URLS]) == PGRES_TUPLES_OK)
		keep_rows(catalogue, &results[LOCK_URLS]);
	clear(all, STATEMENTS + extra);
	return attempt;
}

/* Whether a refusal is one that another attempt may not meet: deadlock, serialization failure. */
static bool is_transient(const struct catalogue *catalogue)
{
	const char *sqlstate = catalogue->audit->sqlstate;

	return strcmp(sqlstate, "40P01") == 0 || strcmp(sqlstate, "40001") == 0;
}

/* Tries to delete, again where another look may tell otherwise. Returns whether it has. */
static bool delete_rows(struct catalogue *catalogue, const char *ids)
{
	enum { ATTEMPTS = 3 };
	struct audit *audit = catalogue->audit;
	size_t told = strlen(audit->cause);
	enum attempt attempt = try_to_delete(catalogue, ids);

	for (int i = 1; i < ATTEMPTS && attempt != DELETED; i++) {
		if (attempt == REFUSED && !is_transient(catalogue))
			return false;
		catalogue_rollback(catalogue);
		if (!catalogue->connection || time_until(catalogue, DELETE_BY) <= 0)
			return false;
		audit->cause[told] = audit->sqlstate[0] = '\0';
		attempt = try_to_delete(catalogue, ids);
	}
	if (attempt == OTHERWISE)
		audit_cause(audit, "the record changes or stays, whatever is deleted");
	return attempt == DELETED;
}

int catalogue_delete(struct catalogue *catalogue, struct record *records, size_t count)
{
	char *ids = array_of_ids(records, count);
	bool deleted = ids && delete_rows(catalogue, ids);
	int found;

	if (!ids)
		audit_cause(catalogue->audit, "out of memory");
	free(ids);
	found = fill_in(catalogue, records, count);
	if (found == 0 || !deleted)
		catalogue_rollback(catalogue);
	return deleted ? found : -1;
}

/*
 * One round trip: first, which begins a transaction, and in this the look at the urls. Where a
 * standby has to confirm, what was read is made durable, too. CATALOGUE_BUSY: transactions that
 * have the table open for writing are under way, be it only other removals.
 */
static enum catalogue_commitment look(struct catalogue *catalogue, struct record *records,
                                      size_t count, const char *first, PGresult **results,
                                      int percent)
{
	enum { FIRST, WRITERS, SHARED, STANDBY_AND_COMMIT = 2 };

	queue(catalogue, first, 0, NULL);
	queue(catalogue, sql_any_writer, 0, NULL);
	for (size_t i = 0; i < count; i++)
		queue(catalogue, sql_shared, 1, &records[i].url);
	queue(catalogue, sql_emit_for_standby, 0, NULL);
	queue(catalogue, "COMMIT", 0, NULL);
	if (!finish(catalogue, results, SHARED + count + STANDBY_AND_COMMIT, percent) ||
	    catalogue->warned || strncmp(first, PQcmdStatus(results[FIRST]), strlen("BEGIN")) != 0)
		return CATALOGUE_IN_DOUBT; /* the last: ROLLBACK */
	for (size_t i = 0; i < count; i++)
		records[i].shared = PQgetvalue(results[SHARED + i], 0, 0)[0] == 't';
	return PQgetvalue(results[WRITERS], 0, 1)[0] == 'f' ? CATALOGUE_CERTAIN : CATALOGUE_BUSY;
}

/* Likewise, with room for the results. */
static enum catalogue_commitment look_once(struct catalogue *catalogue, struct record *records,
                                           size_t count, const char *first, int percent)
{
	size_t most = count + 4;
	PGresult **results = calloc(most, sizeof(PGresult *));
	enum catalogue_commitment commitment = CATALOGUE_IN_DOUBT;

	if (results)
		commitment = look(catalogue, records, count, first, results, percent);
	else
		audit_cause(catalogue->audit, "out of memory");
	if (results)
		clear(results, most);
	free(results);
	return commitment;
}

PGresult *catalogue_query(struct catalogue *catalogue, const char *sql, int count,
                          const char *const *values)
{
	PGresult *result = NULL;

	if (!catalogue->connection) {
		audit_cause(catalogue->audit, "the connection has been lost");
		return NULL;
	}
	queue(catalogue, sql, count, values);
	if (finish(catalogue, &result, 1, ASK_BY))
		return result;
	PQclear(result);
	return NULL;
}

/* Appends text to a PostgreSQL array, quoted (manual, 8.15.2). Returns the end. */
static char *append_quoted(char *out, const char *text)
{
	*out++ = '"';
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			*out++ = '\\';
		*out++ = *text;
	}
	*out++ = '"';
	return out;
}

/* The urls as a PostgreSQL array. The caller frees it; NULL: out of memory. */
static char *array_of_urls(const struct record *records, size_t count)
{
	size_t size = sizeof "{}";
	char *array, *out;

	for (size_t i = 0; i < count; i++)
		size += records[i].url ? 2 * strlen(records[i].url) + strlen("\"\",") : 0;
	array = out = calloc(1, size);
	if (!array)
		return NULL;
	*out++ = '{';
	for (size_t i = 0; i < count; i++) {
		if (records[i].url && out > array + 1)
			*out++ = ',';
		if (records[i].url)
			out = append_quoted(out, records[i].url);
	}
	memcpy(out, "}", sizeof "}");
	return array;
}

/* Who may be about to commit a record with one of these urls. The caller clears it; NULL: error. */
static PGresult *list_writers(struct catalogue *catalogue, const struct record *records,
                              size_t count)
{
	char *urls = array_of_urls(records, count);
	PGresult *writers = NULL;

	if (urls)
		writers = catalogue_query(catalogue, sql_writers, 1, (const char *const *)&urls);
	else
		audit_cause(catalogue->audit, "out of memory");
	free(urls);
	return writers;
}

/* Waits until these transactions have ended, or the time is up. */
static enum catalogue_commitment outlast(struct catalogue *catalogue, const PGresult *writers)
{
	long long until = audit_clock() + LONGEST_WAIT;
	const char *list = PQgetvalue(writers, 0, 0);
	bool open = !PQgetisnull(writers, 0, 0);

	if (until > deadline(catalogue, ASK_BY))
		until = deadline(catalogue, ASK_BY);
	for (int pause = 1; open; pause = pause < 16 ? 2 * pause : pause) {
		PGresult *answer;

		if (audit_clock() + pause > until) {
			audit_cause(catalogue->audit, "a transaction that has written to "
			                              "producto_imagenes does not end");
			return CATALOGUE_BUSY;
		}
		poll(NULL, 0, pause);
		answer = catalogue_query(catalogue, sql_still, 1, &list);
		if (!answer)
			return CATALOGUE_IN_DOUBT;
		open = PQgetvalue(answer, 0, 0)[0] == 't';
		PQclear(answer);
	}
	return CATALOGUE_CERTAIN;
}

static enum catalogue_commitment outlast_writers(struct catalogue *catalogue,
                                                 const struct record *records, size_t count)
{
	PGresult *writers = list_writers(catalogue, records, count);
	enum catalogue_commitment end = writers ? outlast(catalogue, writers) : CATALOGUE_IN_DOUBT;

	PQclear(writers);
	return end;
}

enum catalogue_commitment catalogue_commit(struct catalogue *catalogue, struct record *records,
                                           size_t count, enum catalogue_matter matter)
{
	int percent = matter == CATALOGUE_READING ? ASK_BY : COMMIT_BY;
	PGresult *emitted = NULL;
	enum catalogue_commitment commitment;

	catalogue->warned = false;
	if (matter == CATALOGUE_READING &&
	    !(emitted = catalogue_query(catalogue, sql_emit, 0, NULL)))
		return CATALOGUE_IN_DOUBT;
	PQclear(emitted);
	commitment = look_once(catalogue, records, count, "COMMIT AND CHAIN", percent);
	if (commitment != CATALOGUE_BUSY)
		return commitment;
	commitment = outlast_writers(catalogue, records, count);
	if (commitment != CATALOGUE_CERTAIN)
		return commitment;
	commitment = look_once(catalogue, records, count, sql_begin, ASK_BY);
	return commitment == CATALOGUE_BUSY ? CATALOGUE_CERTAIN : commitment;
}

enum catalogue_commitment catalogue_look_again(struct catalogue *catalogue, struct record *record)
{
	enum catalogue_commitment end = outlast_writers(catalogue, record, 1);
	PGresult *answer = NULL;

	if (end != CATALOGUE_CERTAIN)
		return end;
	answer = catalogue_query(catalogue, sql_shared, 1, &record->url);
	if (!answer)
		return CATALOGUE_IN_DOUBT;
	record->shared = PQgetvalue(answer, 0, 0)[0] == 't';
	PQclear(answer);
	return CATALOGUE_CERTAIN;
}

bool catalogue_holds_locks(const struct catalogue *catalogue)
{
	if (audit_clock() < catalogue->locked_until)
		return true;
	audit_cause(catalogue->audit, "the locks may have been lost meanwhile");
	return false;
}

/* Reads the answer to sql_ask. */
static enum catalogue_answer read_answer(struct catalogue *catalogue, struct record *record,
                                         const PGresult *result)
{
	if (PQgetvalue(result, 0, 2)[0] == 't') {
		audit_cause(catalogue->audit, "the server is a standby and cannot know");
		return CATALOGUE_NO_ANSWER;
	}
	record->shared = PQgetvalue(result, 0, 1)[0] == 't';
	return PQgetvalue(result, 0, 0)[0] == 't' ? CATALOGUE_RECORD_EXISTS : CATALOGUE_RECORD_GONE;
}

enum catalogue_answer catalogue_ask(struct catalogue *catalogue, struct record *record,
                                    enum catalogue_patience patience)
{
	enum { BEGIN, LIMITS, LOCK_ID, LOCK_URL, ASK, STATEMENTS };
	PGresult *results[STATEMENTS] = { NULL };
	enum catalogue_answer answer = CATALOGUE_NO_ANSWER;
	char id[12];
	const char *const values[] = { id, record->url };

	/* Within the transaction that deletes it, the record is gone already. */
	if (catalogue->connection && PQtransactionStatus(catalogue->connection) != PQTRANS_IDLE)
		disconnect(catalogue);
	if (!catalogue->connection && !reconnect(catalogue))
		return CATALOGUE_NO_ANSWER;
	snprintf(id, sizeof id, "%ld", (long)record->id);
	catalogue->locked_until = audit_clock() + catalogue->settings->timeout;
	queue_begin(catalogue, ASK_BY);
	queue(catalogue, sql_lock_id[patience], 1, &values[0]);
	queue(catalogue, sql_lock_url[patience], 1, &values[1]);
	queue(catalogue, sql_ask, 2, values);
	if (finish(catalogue, results, STATEMENTS, ASK_BY)) {
		if (PQgetvalue(results[LOCK_ID], 0, 0)[0] == 'f' ||
		    PQgetvalue(results[LOCK_URL], 0, 0)[0] == 'f')
			answer = CATALOGUE_REMOVAL_ALIVE;
		else
			answer = read_answer(catalogue, record, results[ASK]);
	}
	clear(results, STATEMENTS);
	return answer;
}

bool catalogue_scan(struct catalogue *catalogue)
{
	PGconn *connection = catalogue->connection;

	PQexitPipelineMode(connection);        /* which has not been used */
	if (PQsendQuery(connection, sql_scan)) /* GCOVR_EXCL_BR_LINE: out of memory (make prove) */
		return true;
	tell(catalogue, PQerrorMessage(connection));
	return false;
}

/* Whether the server says in time that the scan begins, having sorted, or that it has ended. */
static bool scan_says(struct catalogue *catalogue, ExecStatusType status)
{
	PGresult *result;
	bool said = next_result(catalogue, &result, scan_deadline(catalogue)) &&
	            PQresultStatus(result) == status;

	if (!said && result)
		tell_error(catalogue, result);
	else if (!said)
		tell(catalogue, PQerrorMessage(catalogue->connection));
	PQclear(result);
	return said;
}

/* Undoes, in place, the escapes of COPY's text format (PostgreSQL manual, COPY). */
static void unescape(char *text)
{
	static const char letters[] = "bfnrtv", controls[] = "\b\f\n\r\t\v";
	char *out = text;

	for (; *text; text++) {
		const char *letter;

		if (*text != '\\' || !text[1]) { /* GCOVR_EXCL_BR_LINE: none ends a row */
			*out++ = *text;
			continue;
		}
		letter = strchr(letters, *++text);
		*out++ = (char)(letter ? controls[letter - letters] : *text);
	}
	*out = '\0';
}

/* Splits a row: the id, a tab, the url, a line feed. */
static void split(char *row, struct record *record)
{
	char *url;

	record->id = (int32_t)strtol(row, &url, 10);
	record->url = ++url;
	url[strcspn(url, "\n")] = '\0';
	if (strchr(url, '\\'))
		unescape(url);
}

int catalogue_next(struct catalogue *catalogue, struct record *record)
{
	int length;

	if (!catalogue->row && !(scan_says(catalogue, PGRES_TUPLES_OK) /* its setting */ &&
	                         scan_says(catalogue, PGRES_COPY_OUT)))
		return -1;
	PQfreemem(catalogue->row);
	catalogue->row = NULL;
	while ((length = PQgetCopyData(catalogue->connection, &catalogue->row, 1)) == 0 &&
	       wait_for_server(catalogue, false, scan_deadline(catalogue)))
		;
	if (length == -1)
		return scan_says(catalogue, PGRES_COMMAND_OK) ? 0 : -1;
	if (length <= 0) {
		tell(catalogue, PQerrorMessage(catalogue->connection));
		return -1;
	}
	split(catalogue->row, record);
	return 1;
}

bool catalogue_spellings(struct catalogue *catalogue,
                         void (*tell_url)(void *context, const char *url), void *context)
{
	PGresult *results[3] = { NULL };
	bool good;

	if (!catalogue->connection && !reconnect(catalogue))
		return false;
	queue_begin(catalogue, ASK_BY);
	queue(catalogue, sql_spellings, 0, NULL);
	good = finish(catalogue, results, 3, ASK_BY);
	for (int row = 0; good && row < PQntuples(results[2]); row++)
		tell_url(context, PQgetvalue(results[2], row, 0));
	clear(results, 3);
	catalogue_rollback(catalogue);
	return good;
}

bool catalogue_identity(struct catalogue *catalogue, char *identity, size_t size)
{
	PGresult *result = catalogue_query(catalogue, sql_identity, 0, NULL);

	if (result)
		snprintf(identity, size, "%s", PQgetvalue(result, 0, 0));
	PQclear(result);
	return result != NULL;
}

void catalogue_close(struct catalogue *catalogue)
{
	keep_rows(catalogue, NULL);
	PQfreemem(catalogue->row);
	catalogue->row = NULL;
	disconnect(catalogue);
}
