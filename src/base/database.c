/* SPDX-License-Identifier: ISC */
/* One connection to PostgreSQL: opened, asked, waited for. */
#include "config.h"

#include "base/database.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * A 200 must be durable, whatever the role's default. A row that a policy would hide is an error.
 * The other settings limit the time that the transaction takes.
 */
static const char sql_limits[] =
	"SELECT set_config('lock_timeout', $1, true), set_config('statement_timeout', $1, true),"
	" set_config('idle_in_transaction_session_timeout', $2, true),"
	" set_config('row_security', 'off', true),"
	" set_config('synchronous_commit', CASE current_setting('synchronous_commit')"
	" WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, true)";

/* Tells the diagnosis the first line of a message from libpq. */
static void tell_message(struct database *database, const char *message)
{
	if (*message)
		diagnosis_cause(database->diagnosis, "%.*s", (int)strcspn(message, "\n"), message);
}

static void tell_error(struct database *database, const PGresult *result)
{
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	struct diagnosis *diagnosis = database->diagnosis;

	if (sqlstate && !diagnosis->sqlstate[0])
		snprintf(diagnosis->sqlstate, sizeof diagnosis->sqlstate, "%s", sqlstate);
	tell_message(database, message ? message : PQresultErrorMessage(result));
}

static void disconnect(struct database *database)
{
	PQfinish(database->connection);
	database->connection = NULL;
	database->incomplete = false;
}

/* Whether libpq has split a URI in the wrong place: none of these parts can have an @. */
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
 * Whether DATABASE_URL is a broken connection string, such as a URI whose password has an unescaped
 * @ or slash. libpq would take some of the password for something else, and might quote it.
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

/* Keeps notices off standard error, where only the log may write. */
static void keep_notice(void *context, const PGresult *result)
{
	struct database *database = context;
	const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);

	database->warned |= severity && strcmp(severity, "WARNING") == 0;
	diagnosis_notice(database->diagnosis, PQresultErrorMessage(result));
}

static enum outcome fail_to_connect(struct database *database)
{
	enum outcome outcome = OUTCOME_DATABASE_ERROR;

	if (is_malformed(database->url)) {
		/* libpq's message would quote it, with the password. */
		diagnosis_cause(database->diagnosis,
		                "DATABASE_URL (database) is not a connection string of libpq");
		outcome = OUTCOME_SETTINGS_UNUSABLE;
	} else {
		tell_message(database, PQstatus(database->connection) == CONNECTION_BAD
		                               ? PQerrorMessage(database->connection)
		                               : "the database did not answer in time");
	}
	disconnect(database);
	return outcome;
}

/*
 * Whether a refusal is temporary: too_many_connections or cannot_connect_now (manual, appendix A).
 */
static bool is_for_now(const PGconn *connection)
{
	const char *message = PQerrorMessage(connection);

	return strstr(message, ":  53300: ") || strstr(message, ":  57P03: ");
}

/* Waits for a connection that has been started. step is PQconnectPoll() or PQresetPoll(). */
static void await_connection(PGconn *connection, long long until,
                             PostgresPollingStatusType (*step)(PGconn *connection))
{
	PostgresPollingStatusType status = PGRES_POLLING_WRITING;

	while (status != PGRES_POLLING_OK && PQstatus(connection) != CONNECTION_BAD) {
		struct pollfd socket = { .fd = PQsocket(connection),
			                 .events = status == PGRES_POLLING_READING ? POLLIN
			                                                           : POLLOUT };
		long long left = until - clock_now();

		if (left <= 0)
			return;
		if (poll(&socket, 1, (int)left) > 0)
			status = step(connection);
	}
}

/* Tries again, more and more slowly, while the server says that it has no connection to give. */
static void insist(PGconn *connection, long long until)
{
	enum { SHORTEST = 50, LONGEST = 800 };

	for (int pause = SHORTEST; PQstatus(connection) == CONNECTION_BAD &&
	                           is_for_now(connection) && clock_now() + pause < until;
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
 * Connects, by this time at the latest. The operator's connection string overrides the parameters
 * before it, not those after it. If there are several hosts, one that hangs must not keep us from
 * the next. Only libpq itself sees to that, and takes at least 2 s for each (connect_timeout).
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
	if (has_hosts(database) && until - clock_now() >= LEAST)
		return PQconnectdbParams(keywords, values, 1);
	connection = PQconnectStartParams(keywords, values, 1);
	PQsetErrorVerbosity(connection, PQERRORS_VERBOSE); /* for the SQLSTATE */
	await_connection(connection, until, PQconnectPoll);
	insist(connection, until);
	PQsetErrorVerbosity(connection, PQERRORS_DEFAULT);
	return connection;
}

static enum outcome connect_to_server(struct database *database, long long patience, int percent)
{
	/* libpq complains there about a password file's permissions. */
	int stderr_copy = diagnosis_capture_stderr();

	database->connection =
		connect_until(database->url, patience, budget_deadline(database->budget, percent));
	diagnosis_release_stderr(database->diagnosis, stderr_copy);
	if (PQstatus(database->connection) != CONNECTION_OK)
		return fail_to_connect(database);
	PQsetNoticeReceiver(database->connection, keep_notice, database);
	/* Nothing is under way yet, so these cannot fail. */
	PQsetnonblocking(database->connection, 1);
	PQenterPipelineMode(database->connection);
	return OUTCOME_SUCCESS;
}

/* How long a host may take to let us in. */
static long long connect_time(const struct database *database)
{
	return database->budget->total * 3LL / 10;
}

enum outcome database_open(struct database *database, const char *url, const struct budget *budget,
                           struct diagnosis *diagnosis)
{
	*database = (struct database){ .url = url, .budget = budget, .diagnosis = diagnosis };
	return connect_to_server(database, connect_time(database), BY_DELETION);
}

/* Connects again, while there is time. */
static bool reconnect(struct database *database)
{
	enum { SHORTEST = 50, PAUSE = 50 };
	const struct diagnosis before = *database->diagnosis;
	long long patience = connect_time(database);
	long long left;

	while ((left = budget_left(database->budget, BY_QUESTION)) >= SHORTEST) {
		*database->diagnosis = before; /* only the last reason counts */
		if (connect_to_server(database, left < patience ? left : patience, BY_QUESTION) ==
		    OUTCOME_SUCCESS) {
			database->away = false;
			return true;
		}
		if (database->away)
			return false;
		poll(NULL, 0, PAUSE);
	}
	database->away = true;
	if (strcmp(database->diagnosis->cause, before.cause) == 0)
		diagnosis_cause(database->diagnosis, "no time is left to ask the database");
	return false;
}

bool database_renew(struct database *database)
{
	if (database->connection && PQtransactionStatus(database->connection) != PQTRANS_IDLE)
		disconnect(database);
	return database->connection || reconnect(database);
}

void database_queue(struct database *database, const char *sql, int count,
                    const char *const *values)
{
	if (!database->incomplete)
		database->incomplete = !PQsendQueryParams(database->connection, sql, count, NULL,
		                                          values, NULL, NULL, 0);
}

/* Waits for the socket. Returns false when the time is up or the connection is lost. */
static bool wait_for_server(struct database *database, bool sending, long long until)
{
	struct pollfd socket = { .fd = PQsocket(database->connection),
		                 .events = (short)(POLLIN | (sending ? POLLOUT : 0)) };
	int ready;

	do {
		long long left = until - clock_now();

		ready = poll(&socket, 1, left > 0 ? (int)left : 0);
	} while (ready < 0 && errno == EINTR);
	if (ready > 0)
		return PQconsumeInput(database->connection);
	diagnosis_cause(database->diagnosis, "the database did not answer in time");
	return false;
}

/* Sends what is queued and waits for the next result. */
static bool next_result(struct database *database, PGresult **result, long long until)
{
	int sending;

	*result = NULL;
	while ((sending = PQflush(database->connection)) > 0 ||
	       (sending == 0 && PQisBusy(database->connection)))
		if (!wait_for_server(database, sending, until))
			return false;
	if (sending < 0)
		return false;
	*result = PQgetResult(database->connection);
	return true;
}

/*
 * Whether a statement succeeded. If not, tells the diagnosis why, unless an earlier statement was
 * the cause.
 */
static bool check_result(struct database *database, const PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);

	if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
		return true;
	if (status != PGRES_PIPELINE_ABORTED)
		tell_error(database, result);
	return false;
}

/*
 * Receives the results of count statements: each one and a NULL, then the mark of the end
 * (PostgreSQL manual, 34.5.1.2). Returns whether the mark came. If so, good says whether all
 * statements succeeded.
 */
static bool collect(struct database *database, PGresult **results, size_t count, long long until,
                    bool *good)
{
	PGresult *mark;
	bool ended;

	*good = true;
	for (size_t i = 0; i < count; i++) {
		if (!next_result(database, &results[i], until))
			return false;
		*good = check_result(database, results[i]) && *good;
		if (!next_result(database, &mark, until)) /* GCOVR_EXCL_BR_LINE: it came along */
			return false;
		PQclear(mark);
	}
	if (!next_result(database, &mark, until))
		return false;
	ended = PQresultStatus(mark) == PGRES_PIPELINE_SYNC;
	PQclear(mark);
	return ended;
}

void database_clear(PGresult **results, size_t count)
{
	for (size_t i = 0; i < count; i++)
		PQclear(results[i]);
}

bool database_finish(struct database *database, PGresult **results, size_t count, int percent)
{
	bool good;

	if (!database->incomplete && PQpipelineSync(database->connection) &&
	    collect(database, results, count, budget_deadline(database->budget, percent), &good))
		return good;
	tell_message(database, PQerrorMessage(database->connection));
	disconnect(database);
	return false;
}

void database_queue_begin(struct database *database, int percent)
{
	/* The server gives up before we do, so that it can still tell us why. */
	long long left = budget_left(database->budget, percent) * 4 / 5;
	char wait[24], stay[24];
	const char *const limits[] = { wait, stay };

	if (left < 1)
		left = 1;
	snprintf(wait, sizeof wait, "%lldms", left);
	snprintf(stay, sizeof stay, "%dms", database->budget->total);
	database_queue(database, DATABASE_BEGIN, 0, NULL);
	database_queue(database, sql_limits, 2, limits);
}

void database_rollback(struct database *database)
{
	PGresult *result = NULL;

	if (!database->connection || PQtransactionStatus(database->connection) == PQTRANS_IDLE)
		return;
	database_queue(database, "ROLLBACK", 0, NULL);
	database_finish(database, &result, 1, BY_QUESTION);
	PQclear(result);
}

const char *database_sqlstate(PGresult *const *results, size_t count)
{
	const char *sqlstate = NULL;

	for (size_t i = 0; i < count && !sqlstate; i++)
		sqlstate = PQresultErrorField(results[i], PG_DIAG_SQLSTATE);
	return sqlstate ? sqlstate : "";
}

bool database_is_transient(PGresult *const *results, size_t count)
{
	const char *sqlstate = database_sqlstate(results, count);

	return strcmp(sqlstate, "40P01") == 0 || strcmp(sqlstate, "40001") == 0;
}

const char *database_first_value(const PGresult *result)
{
	return PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "";
}

struct value database_value(const PGresult *rows, int row, int column)
{
	return (struct value){ PQfname(rows, column),
		               PQgetisnull(rows, row, column) ? NULL
		                                              : PQgetvalue(rows, row, column),
		               PQftype(rows, column) };
}

void database_keep(struct database *database, PGresult *result)
{
	PQclear(database->kept);
	database->kept = result;
}

bool database_is_pooled(const struct database *database, const char *process_id)
{
	return strtol(process_id, NULL, 10) != PQbackendPID(database->connection);
}

PGresult *database_query(struct database *database, const char *sql, int count,
                         const char *const *values)
{
	PGresult *result = NULL;

	if (!database->connection) {
		diagnosis_cause(database->diagnosis, "the connection has been lost");
		return NULL;
	}
	database_queue(database, sql, count, values);
	if (database_finish(database, &result, 1, BY_QUESTION))
		return result;
	PQclear(result);
	return NULL;
}

bool database_send(struct database *database, const char *sql)
{
	PQexitPipelineMode(database->connection); /* it has not been used */
	if (PQsendQuery(database->connection,
	                sql)) /* GCOVR_EXCL_BR_LINE: out of memory (make prove) */
		return true;
	tell_message(database, PQerrorMessage(database->connection));
	return false;
}

bool database_says(struct database *database, ExecStatusType status, long long until)
{
	PGresult *result;
	bool said = next_result(database, &result, until) && PQresultStatus(result) == status;

	if (!said && result)
		tell_error(database, result);
	else if (!said)
		tell_message(database, PQerrorMessage(database->connection));
	PQclear(result);
	return said;
}

int database_next_row(struct database *database, char **row, long long until)
{
	int length;

	PQfreemem(*row);
	*row = NULL;
	while ((length = PQgetCopyData(database->connection, row, 1)) == 0 &&
	       wait_for_server(database, false, until))
		;
	if (length == -1)
		return database_says(database, PGRES_COMMAND_OK, until) ? 0 : -1;
	if (length > 0)
		return length;
	tell_message(database, PQerrorMessage(database->connection));
	return -1;
}

void database_close(struct database *database)
{
	database_keep(database, NULL);
	disconnect(database);
}
