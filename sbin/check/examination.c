/* SPDX-License-Identifier: ISC */
/* What an operator may want to know about the database: questions, and trials that are undone. */
#include "config.h"

#include "examination.h"

#include "shop/standing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char sql_facts[] =
	"SELECT current_user, current_database(), current_setting('server_version'),"
	" current_setting('transaction_read_only')::bool,"
	" current_setting('is_superuser')::bool,"
	" EXISTS (SELECT FROM pg_index AS i JOIN pg_attribute AS a"
	" ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]"
	" WHERE i.indrelid = to_regclass('producto_imagenes') AND a.attname = 'url'"
	" AND i.indisvalid AND i.indpred IS NULL), pg_backend_pid(),"
	" (SELECT string_agg(format('%s, which calls %s()', tgname, tgfoid::regproc), '; ')"
	" FROM pg_trigger WHERE tgrelid = to_regclass('producto_imagenes')"
	" AND NOT tgisinternal AND tgenabled <> 'D' AND tgtype & 8 <> 0)"; /* 8: DELETE */

/* What the programs need, as sql/grants.sql grants it. Each fault has its number and a subquery. */
#define NEEDED                                                                                     \
	"WITH needed (name, attribute, privilege) AS (VALUES"                                      \
	" ('producto_imagenes', 'id', 'SELECT'), ('producto_imagenes', 'url', 'SELECT'),"          \
	" ('producto_imagenes', NULL, 'DELETE'), ('usuarios', 'id', 'SELECT'),"                    \
	" ('usuarios', 'activo', 'SELECT'), ('usuarios', 'sesion_id', 'SELECT'),"                  \
	" ('usuarios', 'rol_id', 'SELECT')),"                                                      \
	" tables AS (SELECT DISTINCT name, to_regclass(name)::oid AS oid FROM needed"              \
	" WHERE $1::bool OR name <> 'usuarios'),"                                                  \
	" columns AS (SELECT name, tables.oid, attribute, privilege, attnum"                       \
	" FROM needed JOIN tables USING (name) LEFT JOIN pg_attribute"                             \
	" ON attrelid = tables.oid AND attname = attribute AND NOT attisdropped"                   \
	" WHERE tables.oid IS NOT NULL)"
static const char sql_find[] = NEEDED
	/* the name does not lead to the table */
	" SELECT CASE WHEN count(relname) = 0 THEN 0"
	" WHEN bool_or(has_schema_privilege(relnamespace, 'USAGE')) THEN 2 ELSE 1 END AS fault,"
	" name, string_agg(relnamespace::regnamespace::text, ', ')"
	" FROM tables LEFT JOIN pg_class ON relname = name AND relkind IN ('r', 'p', 'v')"
	" WHERE tables.oid IS NULL GROUP BY name"
	" UNION ALL SELECT 3, name, string_agg(attribute, ', ' ORDER BY attribute) FROM columns"
	" WHERE attribute IS NOT NULL AND attnum IS NULL GROUP BY name"
	" UNION ALL SELECT 4, name, string_agg(privilege || coalesce(' (' || attribute || ')', ''),"
	" ', ' ORDER BY privilege, attribute) FROM columns WHERE NOT CASE WHEN attribute IS NULL"
	" THEN has_table_privilege(oid, privilege)"
	" ELSE has_column_privilege(oid, attnum, privilege) END GROUP BY name"
	" UNION ALL SELECT 5, name, NULL FROM tables WHERE row_security_active(oid)"
	" UNION ALL SELECT 6, name, NULL FROM tables JOIN pg_class USING (oid)"
	" WHERE relkind NOT IN ('r', 'p') AND name = 'producto_imagenes'"
	" ORDER BY fault, name";

static const char sql_sample[] =
	"SELECT id, url FROM (SELECT id, url FROM producto_imagenes"
	" ORDER BY id DESC LIMIT 1000) AS newest ORDER BY url COLLATE \"C\"";

static const char sql_administrator[] =
	"SELECT EXISTS (SELECT FROM usuarios WHERE activo AND rol_id = ANY ($1::int4[]))";

/* Copies a value of the first row, cut to size. */
static void copy(char *text, size_t size, const PGresult *result, int column)
{
	snprintf(text, size, "%s", PQgetvalue(result, 0, column));
}

static bool is_true(const PGresult *result, int column)
{
	return PQgetvalue(result, 0, column)[0] == 't';
}

bool examination_look(struct catalogue *catalogue, struct examination_facts *facts)
{
	PGresult *result = database_query(&catalogue->database, sql_facts, 0, NULL);

	if (!result)
		return false;
	copy(facts->user, sizeof facts->user, result, 0);
	copy(facts->database, sizeof facts->database, result, 1);
	copy(facts->server, sizeof facts->server, result, 2);
	facts->read_only = is_true(result, 3);
	facts->superuser = is_true(result, 4);
	facts->url_index = is_true(result, 5);
	/* A pooler makes up the process id that it tells its clients. */
	facts->pooled = strtol(PQgetvalue(result, 0, 6), NULL, 10) !=
	                PQbackendPID(catalogue->database.connection);
	copy(facts->triggers, sizeof facts->triggers, result, 7);
	PQclear(result);
	return true;
}

int examination_find(struct catalogue *catalogue, bool sessions,
                     struct examination_finding *findings, int size)
{
	const char *const values[] = { sessions ? "true" : "false" };
	PGresult *result = database_query(&catalogue->database, sql_find, 1, values);
	int count = 0;

	if (!result)
		return -1;
	for (; count < PQntuples(result) && count < size; count++) {
		struct examination_finding *finding = &findings[count];

		finding->fault =
			(enum examination_fault)strtol(PQgetvalue(result, count, 0), NULL, 10);
		snprintf(finding->table, sizeof finding->table, "%s", PQgetvalue(result, count, 1));
		snprintf(finding->detail, sizeof finding->detail, "%s",
		         PQgetvalue(result, count, 2));
	}
	PQclear(result);
	return count;
}

/* Copies the n-th row. Returns false if out of memory. */
static bool copy_row(struct examination_sample *sample, const PGresult *rows, int n)
{
	struct record *image = &sample->images[sample->count];

	image->id = (int32_t)strtol(PQgetvalue(rows, n, 0), NULL, 10);
	image->url = strdup(PQgetvalue(rows, n, 1));
	sample->count += image->url != NULL;
	return image->url != NULL;
}

bool examination_take_sample(struct catalogue *catalogue, struct examination_sample *sample)
{
	PGresult *rows = database_query(&catalogue->database, sql_sample, 0, NULL);
	int count = PQntuples(rows);
	bool taken = rows != NULL;

	if (count > 0) {
		sample->images = calloc((size_t)count, sizeof *sample->images);
		taken = sample->images != NULL;
	}
	for (int n = 0; taken && n < count; n++)
		taken = copy_row(sample, rows, n);
	if (rows && !taken)
		diagnosis_cause(catalogue->database.diagnosis, "out of memory");
	PQclear(rows);
	return taken;
}

void examination_release_sample(struct examination_sample *sample)
{
	for (size_t n = 0; n < sample->count; n++)
		free((char *)sample->images[n].url);
	free(sample->images);
	*sample = (struct examination_sample){ NULL, 0 };
}

/* By SQLSTATE (PostgreSQL manual, appendix A). */
static enum examination_trial judge(const struct catalogue *catalogue)
{
	const char *sqlstate = catalogue->database.diagnosis->sqlstate;

	if (strcmp(sqlstate, "55P03") == 0 /* lock_not_available */ ||
	    strcmp(sqlstate, "57014") == 0 /* query_canceled, by statement_timeout */)
		return EXAMINATION_BUSY;
	if (strncmp(sqlstate, "23", 2) == 0) /* integrity constraint violation */
		return EXAMINATION_REFUSED;
	return EXAMINATION_FAILED;
}

enum examination_trial examination_try_deletion(struct catalogue *catalogue, int32_t id)
{
	struct record record = { .id = id };
	enum outcome outcome = catalogue_delete(catalogue, NULL, &record, 1);
	PGresult *fired = NULL;
	enum examination_trial trial;

	if (outcome == OUTCOME_SUCCESS)
		fired = database_query(&catalogue->database, "SET CONSTRAINTS ALL IMMEDIATE", 0,
		                       NULL);
	trial = outcome == OUTCOME_NOT_FOUND || fired ? EXAMINATION_WENT_WELL : judge(catalogue);
	PQclear(fired);
	catalogue_rollback(catalogue);
	return trial;
}

enum examination_trial examination_try_session(struct catalogue *catalogue)
{
	static const struct caller nobody = { 0, "" };
	struct record record = { .id = 0 };

	return catalogue_delete(catalogue, &nobody, &record, 1) == OUTCOME_SESSION_REVOKED
	               ? EXAMINATION_WENT_WELL
	               : judge(catalogue);
}

int examination_any_administrator(struct catalogue *catalogue)
{
	char roles[STANDING_ROLES_SIZE];
	const char *const values[] = { roles };
	PGresult *result;
	int any;

	standing_write_roles(catalogue->settings, roles);
	result = database_query(&catalogue->database, sql_administrator, 1, values);
	if (!result)
		return -1;
	any = is_true(result, 0);
	PQclear(result);
	return any;
}
