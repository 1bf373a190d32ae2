/* SPDX-License-Identifier: ISC */
/* What an operator may want to know about the database: questions, and trials that are undone. */
#include "config.h"

#include "examination.h"

#include "shop/standing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Whether an index of the images begins with a column. */
#define INDEX_ON(column)                                                                           \
	" EXISTS (SELECT FROM pg_index AS i JOIN pg_attribute AS a"                                \
	" ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]"                                   \
	" WHERE i.indrelid = to_regclass('producto_imagenes') AND a.attname = '" column "'"        \
	" AND i.indisvalid AND i.indpred IS NULL)"
#define URL_INDEX INDEX_ON("url")
#define PRODUCT_INDEX INDEX_ON("producto_id")
static const char sql_facts[] =
	"SELECT current_user, current_database(), current_setting('server_version'),"
	" current_setting('transaction_read_only')::bool,"
	" current_setting('is_superuser')::bool," URL_INDEX "," PRODUCT_INDEX ", pg_backend_pid(),"
	" (SELECT string_agg(format('%s, which calls %s()', tgname, tgfoid::regproc), '; ')"
	" FROM pg_trigger WHERE tgrelid = to_regclass('producto_imagenes')"
	" AND NOT tgisinternal AND tgenabled <> 'D' AND tgtype & 8 <> 0)"; /* 8: DELETE */

/*
 * What the programs need, as sql/grants.sql and sql/grants-productos.sql grant it: of a whole
 * table, or of columns. Each fault has its number and a subquery.
 */
#define NEEDED                                                                                     \
	"WITH grants (part, name, privilege, list) AS (VALUES"                                     \
	" ('images', 'producto_imagenes', 'SELECT', '{id,url}'),"                                  \
	" ('images', 'producto_imagenes', 'DELETE', NULL),"                                        \
	" ('sessions', 'usuarios', 'SELECT', '{id,activo,sesion_id,rol_id}'),"                     \
	" ('products', 'vista_catalogo_productos', 'SELECT', NULL),"                               \
	" ('products', 'productos', 'SELECT', NULL), ('products', 'productos', 'DELETE', NULL),"   \
	" ('products', 'productos', 'UPDATE',"                                                     \
	" '{nombre,descripcion,precio,categoria_id,destacado,activo}'),"                           \
	" ('products', 'variantes', 'SELECT', '{producto_id,talle_id,color_id}'),"                 \
	" ('products', 'variantes', 'INSERT', '{producto_id,talle_id,color_id,stock,activo}'),"    \
	" ('products', 'variantes', 'UPDATE', '{stock,activo}'),"                                  \
	" ('products', 'variantes', 'USAGE', '{id}'),"                                             \
	" ('products', 'producto_imagenes', 'SELECT', '{producto_id,orden}'),"                     \
	" ('products', 'producto_imagenes', 'INSERT', '{producto_id,url,orden}'),"                 \
	" ('products', 'producto_imagenes', 'UPDATE', '{orden}'),"                                 \
	" ('products', 'producto_imagenes', 'USAGE', '{id}')),"                                    \
	" needed AS (SELECT part = 'products' AS products, name, privilege, attribute FROM grants" \
	" LEFT JOIN LATERAL unnest(list::text[]) AS attribute ON true"                             \
	" WHERE part = 'images' OR part = 'sessions' AND $1::bool"                                 \
	" OR part = 'products' AND $2::bool),"                                                     \
	" tables AS (SELECT name, to_regclass(name)::oid AS oid, bool_and(products) AS products"   \
	" FROM needed GROUP BY name),"                                                             \
	" columns AS (SELECT needed.*, tables.oid, attnum,"                                        \
	" CASE WHEN privilege = 'USAGE' AND attidentity = '' THEN" /* of the column's sequence */  \
	" pg_get_serial_sequence(tables.oid::regclass::text, attribute) END AS sequence"           \
	" FROM needed JOIN tables USING (name) LEFT JOIN pg_attribute"                             \
	" ON attrelid = tables.oid AND attname = attribute AND NOT attisdropped"                   \
	" WHERE tables.oid IS NOT NULL)"
static const char sql_find[] = NEEDED
	/* the name does not lead to the table */
	" SELECT CASE WHEN count(relname) = 0 THEN 0"
	" WHEN bool_or(has_schema_privilege(relnamespace, 'USAGE')) THEN 2 ELSE 1 END AS fault,"
	" name, string_agg(relnamespace::regnamespace::text, ', '), products"
	" FROM tables LEFT JOIN pg_class ON relname = name AND relkind IN ('r', 'p', 'v')"
	" WHERE tables.oid IS NULL GROUP BY name, products"
	" UNION ALL SELECT 3, name, string_agg(DISTINCT attribute, ', ' ORDER BY attribute),"
	" bool_and(products) FROM columns"
	" WHERE attribute IS NOT NULL AND attnum IS NULL GROUP BY name"
	" UNION ALL SELECT 4, name, string_agg(privilege"
	" || coalesce(' (' || coalesce(sequence, attribute) || ')', ''),"
	" ', ' ORDER BY privilege, attribute), products"
	" FROM columns WHERE NOT CASE WHEN privilege = 'USAGE'"
	" THEN has_sequence_privilege(sequence, privilege) WHEN attribute IS NULL"
	" THEN has_table_privilege(oid, privilege)"
	" ELSE has_column_privilege(oid, attnum, privilege) END GROUP BY name, products"
	" UNION ALL SELECT 5, name, NULL, products FROM tables WHERE row_security_active(oid)"
	" UNION ALL SELECT 6, name, NULL, products FROM tables JOIN pg_class USING (oid)"
	" WHERE relkind NOT IN ('r', 'p') AND name = 'producto_imagenes'"
	/* one that ON CONFLICT takes */
	" UNION ALL SELECT 7, name, 'producto_id, talle_id, color_id', products FROM tables"
	" WHERE name = 'variantes' AND oid IS NOT NULL AND NOT EXISTS (SELECT FROM pg_index"
	" WHERE indrelid = oid AND indisunique AND indimmediate AND indisvalid"
	" AND indpred IS NULL AND indnkeyatts = 3 AND 3 = (SELECT count(*) FROM pg_attribute"
	" WHERE attrelid = indrelid AND attnum = ANY ((indkey::int2[])[0:2])"
	" AND attname IN ('producto_id', 'talle_id', 'color_id')))"
	" ORDER BY fault, name, products";

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
	facts->product_index = is_true(result, 6);
	facts->pooled = database_is_pooled(&catalogue->database, PQgetvalue(result, 0, 7));
	copy(facts->triggers, sizeof facts->triggers, result, 8);
	PQclear(result);
	return true;
}

int examination_find(struct catalogue *catalogue, bool sessions, bool products,
                     struct examination_finding *findings, int size)
{
	const char *const values[] = { sessions ? "true" : "false", products ? "true" : "false" };
	PGresult *result = database_query(&catalogue->database, sql_find, 2, values);
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
		finding->products = PQgetvalue(result, count, 3)[0] == 't';
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

/* Whether this is what comes of a product that there is not, when nothing refuses it. */
static enum examination_trial judge_product(const struct product *product, enum outcome outcome)
{
	return outcome == OUTCOME_NOT_FOUND ? EXAMINATION_WENT_WELL
	                                    : judge(&product->removal.catalogue);
}

enum examination_trial examination_try_reading(struct product *product)
{
	enum outcome outcome = product_open(product);

	return judge_product(product,
	                     outcome == OUTCOME_SUCCESS ? product_read(product, 0) : outcome);
}

enum examination_trial examination_try_saving(struct product *product)
{
	static const struct product_changes changes = { .has_images = true };
	enum outcome outcome = product_save(product, 0, &changes);

	return judge_product(product,
	                     outcome == OUTCOME_NOT_FOUND ? product_remove(product, 0) : outcome);
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
