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
	" WHERE id = $1 AND activo AND sesion_id = $2), 'revoked'), true)";

/* Without this nothing is locked or deleted (a one-time filter: see EXPLAIN). */
#define CALLER_IS_ALLOWED "current_setting('imagenes.caller') = 'allowed'"

/* In ascending order, so that no two removals wait for each other. */
static const char sql_lock_ids[] =
	"SELECT pg_advisory_xact_lock(" LOCK_OF_ID ", id)"
	" FROM (SELECT id FROM unnest($1::int4[]) AS id WHERE " CALLER_IS_ALLOWED
	" ORDER BY id) AS ids";
static const char sql_lock_urls[] =
	"SELECT id, url, pg_advisory_xact_lock(" LOCK_OF_URL ", hashtext(url))"
	" FROM (SELECT id, url FROM producto_imagenes WHERE id = ANY ($1::int4[])"
	" AND " CALLER_IS_ALLOWED " ORDER BY hashtext(url)) AS images";

/* A statement after the locks, so that its snapshot shows what was committed before them. */
static const char sql_delete[] =
	"DELETE FROM producto_imagenes AS image WHERE id = ANY ($1::int4[]) AND " CALLER_IS_ALLOWED
	" RETURNING id, url, EXISTS (SELECT FROM producto_imagenes AS other"
	" WHERE other.url = image.url AND other.id <> ALL ($1::int4[]))";

static const char sql_shared[] = "SELECT EXISTS (SELECT FROM producto_imagenes WHERE url = $1)";

/* By enum catalogue_patience. The second kind says false where a removal is alive. */
static const char *const sql_lock_id[] = { "SELECT pg_advisory_xact_lock(" LOCK_OF_ID ", $1)",
	                                   "SELECT pg_try_advisory_xact_lock(" LOCK_OF_ID ", $1)" };
static const char *const sql_lock_url[] = { "SELECT pg_advisory_xact_lock(" LOCK_OF_URL
	                                    ", hashtext($1))",
	                                    "SELECT pg_try_advisory_xact_lock(" LOCK_OF_URL
	                                    ", hashtext($1))" };

/* A standby answers from the past: its word is none. */
static const char sql_ask[] = "SELECT EXISTS (SELECT FROM producto_imagenes WHERE id = $1),"
			      " EXISTS (SELECT FROM producto_imagenes WHERE url = $2 AND id <> $1),"
			      " pg_is_in_recovery()";

/* In one transaction, so that the setting is the scan's, behind a pooler too. */
static const char sql_scan[] = "SELECT set_config('row_security', 'off', true);"
			       " COPY (SELECT id, url FROM producto_imagenes"
			       " ORDER BY url COLLATE \"C\") TO STDOUT";

static const char sql_facts[] =
	"SELECT current_user, current_database(), current_setting('server_version'),"
	" current_setting('transaction_read_only')::bool,"
	" EXISTS (SELECT FROM pg_index AS i JOIN pg_attribute AS a"
	" ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]"
	" WHERE i.indrelid = to_regclass('producto_imagenes') AND a.attname = 'url'"
	" AND i.indisvalid AND i.indpred IS NULL)";

/* By when each step has to be done, in percent of the whole request's time. */
enum { DELETE_BY = 50, COMMIT_BY = 70, ASK_BY = 95 };

/* Between two attempts to connect, in milliseconds. */
enum { PAUSE = 50 };

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

/* Whether DATABASE_URL means to be a connection string and is none. */
static bool is_malformed(const char *database)
{
	PQconninfoOption *options;

	if (!database || (!strchr(database, '=') && !strstr(database, "://")))
		return false;
	options = PQconninfoParse(database, NULL);
	PQconninfoFree(options);
	return options == NULL;
}

/* Notices would go to standard error, which is the log's. */
static void keep_notice(void *audit, const PGresult *result)
{
	audit_notice(audit, PQresultErrorMessage(result));
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
		tell(catalogue, PQerrorMessage(catalogue->connection));
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

/*
 * Connects again after a refusal, and again while the server says that it has no connection
 * to give just now. The first refusal does not tell: libpq shows an SQLSTATE only if it has
 * been asked to, which takes a connection that has been tried.
 */
static void insist(struct catalogue *catalogue)
{
	PGconn *connection = catalogue->connection;

	PQsetErrorVerbosity(connection, PQERRORS_VERBOSE);
	do {
		poll(NULL, 0, PAUSE);
		PQreset(connection);
	} while (PQstatus(connection) != CONNECTION_OK && is_for_now(connection) &&
	         time_until(catalogue, DELETE_BY) > 0);
	PQsetErrorVerbosity(connection, PQERRORS_DEFAULT);
}

/*
 * Connects, with so many milliseconds for each host. The operator's own connection
 * string may change what comes before it, not what comes after.
 */
static enum outcome connect_to_server(struct catalogue *catalogue, long long milliseconds)
{
	char patience[24]; /* libpq makes 1 s two, and 0 for ever (connect_timeout) */
	long long began = audit_clock();
	int stderr_copy;
	const char *const keywords[] = { "connect_timeout", "fallback_application_name", "dbname",
		                         "client_encoding", NULL };
	const char *const values[] = { patience, "imagenes", catalogue->settings->database, "UTF8",
		                       NULL };

	snprintf(patience, sizeof patience, "%lld", milliseconds < 1000 ? 1 : milliseconds / 1000);
	/* libpq prints what it thinks of a password file's permissions. */
	stderr_copy = audit_capture_stderr();
	catalogue->connection = PQconnectdbParams(keywords, values, 1);
	if (PQstatus(catalogue->connection) != CONNECTION_OK &&
	    audit_clock() - began < milliseconds / 2)
		insist(catalogue);
	audit_release_stderr(catalogue->audit, stderr_copy);
	if (PQstatus(catalogue->connection) != CONNECTION_OK)
		return fail_to_connect(catalogue);
	PQsetNoticeReceiver(catalogue->connection, keep_notice, catalogue->audit);
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
	return connect_to_server(catalogue, connect_time(catalogue));
}

/*
 * Connects anew, and tries again while there is time, of which the process is not
 * to die: a server that has lost its clients is starting anew, or another one is
 * about to take its place.
 */
static bool reconnect(struct catalogue *catalogue)
{
	enum { SHORTEST = 2000 }; /* libpq's */
	size_t told = strlen(catalogue->audit->cause);
	long long patience = connect_time(catalogue);
	long long left;

	while ((left = time_until(catalogue, ASK_BY)) >= SHORTEST) {
		catalogue->audit->cause[told] = '\0'; /* the last reason will do */
		if (connect_to_server(catalogue, left < patience ? left : patience) ==
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

enum { LONGEST_ID = sizeof ",2147483647" };

/* Adds an id to what will be a PostgreSQL array, at its length. Returns how much longer it is. */
static size_t add_id(char *array, size_t size, size_t length, int32_t id)
{
	return (size_t)snprintf(array + length, size - length, "%c%ld", length ? ',' : '{',
	                        (long)id);
}

/* The ids as a PostgreSQL array. The caller frees it; NULL: no memory. */
static char *array_of_ids(const struct record *records, size_t count)
{
	size_t size = count * LONGEST_ID + sizeof "{}";
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

/* Points the records at what was deleted. Returns how many there were. */
static int fill_in(struct catalogue *catalogue, struct record *records, size_t count)
{
	const PGresult *deleted = catalogue->deleted;

	for (size_t i = 0; i < count; i++) {
		char id[12];
		int row;

		snprintf(id, sizeof id, "%ld", (long)records[i].id);
		row = row_of(deleted, id, NULL);
		records[i].url = row < 0 ? NULL : PQgetvalue(deleted, row, 1);
		records[i].shared = row >= 0 && PQgetvalue(deleted, row, 2)[0] == 't';
	}
	return PQntuples(deleted);
}

/* Queues the question whether the caller may. */
static void queue_session(struct catalogue *catalogue)
{
	const struct settings *settings = catalogue->settings;
	char id[12], roles[SETTINGS_MOST_ROLES * LONGEST_ID + sizeof "{}"] = "";
	const char *const values[] = { id, catalogue->claims->sesion_id, roles };
	size_t length = 0;

	for (size_t i = 0; i < settings->admin_role_count; i++)
		length += add_id(roles, sizeof roles, length, settings->admin_roles[i]);
	roles[length] = '}';
	snprintf(id, sizeof id, "%ld", (long)catalogue->claims->id);
	queue(catalogue, sql_session, 3, values);
}

/* Reads the answer to that. Returns whether he may; where nobody has said, no. */
static bool read_standing(struct catalogue *catalogue, const PGresult *result)
{
	const char *word =
		PQresultStatus(result) == PGRES_TUPLES_OK ? PQgetvalue(result, 0, 0) : "";

	if (strcmp(word, "revoked") == 0) {
		catalogue->standing = CATALOGUE_SESSION_REVOKED;
		audit_cause(catalogue->audit, "no active user has this session");
	} else if (strcmp(word, "role") == 0) {
		catalogue->standing = CATALOGUE_ROLE_NOT_ALLOWED;
		audit_cause(catalogue->audit, "the user's role is not among the admin_roles");
	}
	return strcmp(word, "allowed") == 0;
}

/*
 * Deletes, in a new transaction. Returns whether the statements went well; then
 * catalogue->deleted are the rows, or NULL where they are not the ones locked.
 */
static bool try_to_delete(struct catalogue *catalogue, const char *ids)
{
	enum { BEGIN, LIMITS, LOCK_IDS, LOCK_URLS, DELETE, STATEMENTS };
	PGresult *all[STATEMENTS + 1] = { NULL };
	size_t extra =
		catalogue->claims ? 1 : 0; /* the question about the caller, before the locks */
	PGresult **results = all + extra;  /* from LOCK_IDS on */
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
	if (good && same_rows(results[LOCK_URLS], results[DELETE])) {
		catalogue->deleted = results[DELETE];
		results[DELETE] = NULL;
	}
	clear(all, STATEMENTS + extra);
	return good;
}

int catalogue_delete(struct catalogue *catalogue, struct record *records, size_t count)
{
	char *ids = array_of_ids(records, count);
	bool good = ids != NULL;
	int found = -1;

	if (!ids)
		audit_cause(catalogue->audit, "no memory");
	for (int attempt = 0; good && !catalogue->deleted && attempt < 3; attempt++) {
		if (attempt > 0) /* edited meanwhile, or kept by a trigger: another look tells */
			catalogue_rollback(catalogue);
		good = catalogue->connection && try_to_delete(catalogue, ids);
	}
	free(ids);
	if (catalogue->deleted)
		found = fill_in(catalogue, records, count);
	else if (good)
		audit_cause(catalogue->audit, "the record changes or stays, whatever is deleted");
	if (found <= 0)
		catalogue_rollback(catalogue);
	return found;
}

bool catalogue_commit(struct catalogue *catalogue, struct record *records, size_t count)
{
	PGresult **results = calloc(count + 1, sizeof(PGresult *));
	bool good;

	if (!results) {
		audit_cause(catalogue->audit, "no memory");
		return false;
	}
	queue(catalogue, "COMMIT", 0, NULL);
	for (size_t i = 0; i < count; i++)
		queue(catalogue, sql_shared, 1, &records[i].url);
	good = finish(catalogue, results, count + 1, COMMIT_BY) &&
	       strcmp(PQcmdStatus(results[0]), "COMMIT") == 0; /* GCOVR_EXCL_BR_LINE: ROLLBACK */
	for (size_t i = 0; good && i < count; i++)
		records[i].shared = PQgetvalue(results[i + 1], 0, 0)[0] == 't';
	clear(results, count + 1);
	free(results);
	return good;
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
	if (PQsendQuery(connection, sql_scan)) /* GCOVR_EXCL_BR_LINE: no memory (make prove) */
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

bool catalogue_look(struct catalogue *catalogue, struct catalogue_facts *facts)
{
	PGresult *result = NULL;
	bool good;

	queue(catalogue, sql_facts, 0, NULL);
	good = finish(catalogue, &result, 1, ASK_BY);
	if (good) {
		snprintf(facts->user, sizeof facts->user, "%s", PQgetvalue(result, 0, 0));
		snprintf(facts->database, sizeof facts->database, "%s", PQgetvalue(result, 0, 1));
		snprintf(facts->server, sizeof facts->server, "%s", PQgetvalue(result, 0, 2));
		facts->read_only = PQgetvalue(result, 0, 3)[0] == 't';
		facts->url_index = PQgetvalue(result, 0, 4)[0] == 't';
	}
	PQclear(result);
	return good;
}

/* Has a statement planned, with any values. */
static bool plan(struct catalogue *catalogue, const char *sql, int count, const char *const *values)
{
	PGresult *result = NULL;
	char explain[600];
	bool good;

	if (!catalogue->connection) {
		audit_cause(catalogue->audit, "the connection has been lost");
		return false;
	}
	snprintf(explain, sizeof explain, "EXPLAIN %s", sql);
	queue(catalogue, explain, count, values);
	good = finish(catalogue, &result, 1, ASK_BY);
	PQclear(result);
	return good;
}

bool catalogue_may_delete(struct catalogue *catalogue)
{
	const char *const ids[] = { "{1}" };

	return plan(catalogue, sql_delete, 1, ids);
}

bool catalogue_may_confirm(struct catalogue *catalogue)
{
	const char *const values[] = { "1", "", "{}" };

	return plan(catalogue, sql_session, 3, values);
}

void catalogue_close(struct catalogue *catalogue)
{
	PQclear(catalogue->deleted);
	catalogue->deleted = NULL;
	PQfreemem(catalogue->row);
	catalogue->row = NULL;
	disconnect(catalogue);
}
