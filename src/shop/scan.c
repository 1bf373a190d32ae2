/* SPDX-License-Identifier: ISC */
/* All records: read in order, and the identity of their database. */
#include "config.h"

#include "shop/scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In one transaction, so that the setting applies to the scan, behind a pooler too. */
static const char sql_scan[] = "SELECT set_config('row_security', 'off', true);"
			       " COPY (SELECT id, url FROM producto_imagenes"
			       " ORDER BY url COLLATE \"C\") TO STDOUT";

/* Records whose url is not canonical, or may be another spelling of a canonical one. */
static const char sql_spellings[] =
	"SELECT url FROM producto_imagenes WHERE url::text !~ '^/recursos/[^%?#\\\\]*$'"
	" OR url::text ~ '//|/[.]|\\s$'";

/* The identity of the database, the same over every way to it. */
static const char sql_identity[] = "SELECT system_identifier || '/' || (SELECT oid FROM pg_database"
				   " WHERE datname = current_database()) FROM pg_control_system()";

bool scan_open(struct scan *scan, const char *url, const struct budget *budget,
               struct diagnosis *diagnosis)
{
	*scan = (struct scan){ .row = NULL };
	return database_open(&scan->database, url, budget, diagnosis) == OUTCOME_SUCCESS &&
	       database_send(&scan->database, sql_scan);
}

/* The deadline of the next result: the server may have to sort first, or may have stopped. */
static long long deadline(const struct scan *scan)
{
	return clock_now() + 10LL * scan->database.budget->total;
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

int scan_next(struct scan *scan, struct record *record)
{
	struct database *database = &scan->database;
	int length;

	if (!scan->begun &&
	    !(database_says(database, PGRES_TUPLES_OK, deadline(scan)) && /* its setting */
	      database_says(database, PGRES_COPY_OUT, deadline(scan))))
		return -1;
	scan->begun = true;
	length = database_next_row(database, &scan->row, deadline(scan));
	if (length <= 0)
		return length;
	split(scan->row, record);
	return 1;
}

void scan_close(struct scan *scan)
{
	PQfreemem(scan->row);
	scan->row = NULL;
	database_close(&scan->database);
}

bool scan_spellings(struct database *database, void (*tell_url)(void *context, const char *url),
                    void *context)
{
	enum { BEGIN, LIMITS, URLS, STATEMENTS };
	PGresult *results[STATEMENTS] = { NULL };
	bool good;

	if (!database_renew(database))
		return false;
	database_queue_begin(database, BY_QUESTION);
	database_queue(database, sql_spellings, 0, NULL);
	good = database_finish(database, results, STATEMENTS, BY_QUESTION);
	for (int row = 0; good && row < PQntuples(results[URLS]); row++)
		tell_url(context, PQgetvalue(results[URLS], row, 0));
	database_clear(results, STATEMENTS);
	database_rollback(database);
	return good;
}

bool scan_identity(struct database *database, char *identity, size_t size)
{
	PGresult *result = database_query(database, sql_identity, 0, NULL);

	if (result)
		snprintf(identity, size, "%s", PQgetvalue(result, 0, 0));
	PQclear(result);
	return result != NULL;
}
