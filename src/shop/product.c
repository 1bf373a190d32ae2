/* SPDX-License-Identifier: ISC */
/* A product with its images: the statements that read, save and remove it, and their order. */
#include "config.h"

#include "shop/product.h"

#include "base/array.h"
#include "shop/locks.h"
#include "shop/standing.h"
#include "shop/url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How values are written as text, whatever the database's settings. */
#define STYLES                                                                                     \
	"(VALUES ('DateStyle', 'ISO, YMD'), ('TimeZone', 'UTC'), ('IntervalStyle', 'postgres'),"   \
	" ('bytea_output', 'hex'), ('extra_float_digits', '1')) AS style (name, value)"
static const char sql_style[] = "SELECT set_config(name, value, true) FROM " STYLES;
/* And as the shop has it, for the shop's defaults and triggers. */
static const char sql_own_style[] =
	"SELECT set_config(name, reset_val, true) FROM pg_settings JOIN " STYLES " USING (name)";

#define SELECT_CATALOGUE                                                                           \
	"SELECT catalogue.*, (SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object("   \
	"'id', id, 'url', url, 'orden', orden) ORDER BY orden, id), '[]') FROM producto_imagenes"  \
	" WHERE producto_id = catalogue.id) AS imagenes"                                           \
	" FROM vista_catalogo_productos AS catalogue WHERE " CALLER_IS_ALLOWED
static const char sql_read[] = SELECT_CATALOGUE " AND catalogue.id = $1::int4";
static const char sql_list[] =
	SELECT_CATALOGUE " AND catalogue.id < $1::int8 ORDER BY catalogue.id DESC LIMIT $2::int8";

/*
 * Comes first, so that a removal whose commit is under way sees a save that still waits for the
 * product, and waits for it (writers.h): the save may name the file that it removes.
 */
static const char sql_announce[] = "LOCK TABLE producto_imagenes IN ROW EXCLUSIVE MODE";

/* By which to find out whether a commit is done, if it does not tell. */
static const char sql_transaction[] = "SELECT txid_current()";

/* Saves change no key; a removal waits for all who refer to the product. */
static const char sql_lock_to_save[] =
	"SELECT id FROM productos WHERE id = $1 AND " CALLER_IS_ALLOWED " FOR NO KEY UPDATE";
static const char sql_lock_to_remove[] =
	"SELECT id FROM productos WHERE id = $1 AND " CALLER_IS_ALLOWED " FOR UPDATE";

/* In ascending order, each kind, as all who take these locks. */
static const char sql_lock_images[] =
	"SELECT pg_advisory_xact_lock(" LOCK_OF_ID ", id)"
	" FROM (SELECT id FROM producto_imagenes WHERE producto_id = $1 AND " CALLER_IS_ALLOWED
	" ORDER BY id) AS image_ids";
static const char sql_lock_urls[] =
	"SELECT id, url, pg_advisory_xact_lock(" LOCK_OF_URL ", hashtext(url))"
	" FROM (SELECT id, url FROM (SELECT id, url::text FROM producto_imagenes"
	" WHERE producto_id = $1 UNION ALL SELECT NULL, new.url FROM"
	" pg_catalog.unnest($2::text[]) AS new (url)) AS both_lists WHERE " CALLER_IS_ALLOWED
	" ORDER BY hashtext(url)) AS images";

static const char sql_update[] =
	"UPDATE productos SET nombre = coalesce($2, nombre),"
	" descripcion = coalesce($3, descripcion), precio = coalesce($4::numeric, precio),"
	" categoria_id = coalesce($5::int4, categoria_id),"
	" destacado = coalesce($6::bool, destacado), activo = coalesce($7::bool, activo)"
	" WHERE id = $1 AND " CALLER_IS_ALLOWED;

/*
 * A trigger may leave rows as they are, without an error. So the statements that write say whether
 * all rows were written.
 */
#define ALL_ARE_DONE(rows) " SELECT (SELECT count(*) FROM " rows ") = (SELECT count(*) FROM done)"

/* If a variant comes twice, the last one counts. */
static const char sql_variants[] =
	"WITH new AS (SELECT DISTINCT ON (talle_id, color_id) product.id, list.*"
	" FROM productos AS product, ROWS FROM (pg_catalog.unnest($2::int4[]),"
	" pg_catalog.unnest($3::int4[]), pg_catalog.unnest($4::int4[]),"
	" pg_catalog.unnest($5::bool[])) WITH ORDINALITY"
	" AS list (talle_id, color_id, stock, activo, n)"
	" WHERE product.id = $1 AND " CALLER_IS_ALLOWED " ORDER BY talle_id, color_id, n DESC),"
	" done AS (INSERT INTO variantes (producto_id, talle_id, color_id, stock, activo)"
	" SELECT id, talle_id, color_id, stock, activo FROM new"
	" ON CONFLICT (producto_id, talle_id, color_id)"
	" DO UPDATE SET stock = excluded.stock, activo = excluded.activo"
	" RETURNING 1)" ALL_ARE_DONE("new");

/*
 * A url that is in a list several times has as many images: the first of the one list is the first
 * of the other.
 */
#define OLD_LIST                                                                                   \
	"(SELECT id, url::text, orden,"                                                            \
	" row_number() OVER (PARTITION BY url::text ORDER BY id) AS copy"                          \
	" FROM producto_imagenes WHERE producto_id = $1) AS old"
#define NEW_LIST                                                                                   \
	"(SELECT url, orden, n, row_number() OVER (PARTITION BY url ORDER BY n) AS copy"           \
	" FROM ROWS FROM (pg_catalog.unnest($2::text[]), pg_catalog.unnest($3::int4[]))"           \
	" WITH ORDINALITY AS list (url, orden, n)) AS new"
static const char sql_keep[] =
	"WITH moved AS (SELECT id, new.orden FROM " OLD_LIST " JOIN " NEW_LIST " USING (url, copy)"
	" WHERE old.orden IS DISTINCT FROM new.orden AND " CALLER_IS_ALLOWED "),"
	" done AS (UPDATE producto_imagenes AS image SET orden = moved.orden FROM moved"
	" WHERE image.id = moved.id RETURNING 1)" ALL_ARE_DONE("moved");
static const char sql_add[] =
	"INSERT INTO producto_imagenes (producto_id, url, orden)"
	" SELECT product.id, new.url, new.orden FROM productos AS product, " NEW_LIST
	" LEFT JOIN " OLD_LIST " USING (url, copy)"
	" WHERE product.id = $1 AND old.id IS NULL AND " CALLER_IS_ALLOWED " ORDER BY n";

/* After the additions, so that a url that is in both lists counts as shared. */
static const char sql_drop[] =
	"WITH dropped AS (SELECT old.id FROM " OLD_LIST " LEFT JOIN " NEW_LIST " USING (url, copy)"
	" WHERE new.n IS NULL AND $2::text[] IS NOT NULL)"
	" DELETE FROM producto_imagenes AS image WHERE id IN (SELECT id FROM dropped)"
	" AND " CALLER_IS_ALLOWED
	" RETURNING id, url, EXISTS (SELECT FROM producto_imagenes AS other"
	" WHERE other.url::text = image.url::text AND other.id NOT IN (SELECT id FROM dropped))";

/* Whether the new list, if there is one, is the product's list now. */
static const char sql_is_saved[] =
	"SELECT $2::text[] IS NULL OR NOT EXISTS (SELECT FROM " OLD_LIST " FULL JOIN " NEW_LIST
	" USING (url, copy) WHERE old.id IS NULL OR new.n IS NULL)";
static const char sql_is_removed[] =
	"SELECT NOT EXISTS (SELECT FROM productos WHERE id = $1)"
	" AND NOT EXISTS (SELECT FROM producto_imagenes WHERE producto_id = $1)";

static const char sql_row[] = "SELECT * FROM productos WHERE id = $1 AND " CALLER_IS_ALLOWED;
static const char sql_remove[] = "DELETE FROM productos WHERE id = $1 AND " CALLER_IS_ALLOWED;

/* Which value is longer than its column. */
static const char sql_too_long[] =
	"SELECT attname FROM pg_attribute WHERE attrelid = 'productos'::regclass::oid"
	" AND atttypmod > 4 AND length(CASE attname WHEN 'nombre' THEN $1::text"
	" WHEN 'descripcion' THEN $2::text END) > atttypmod - 4"
	" UNION ALL SELECT attname FROM pg_attribute"
	" WHERE attrelid = 'producto_imagenes'::regclass::oid AND attname = 'url'"
	" AND atttypmod > 4 AND EXISTS (SELECT FROM pg_catalog.unnest($3::text[]) AS new (url)"
	" WHERE length(url) > atttypmod - 4)";

/* --- reading --- */

enum outcome product_open(struct product *product)
{
	product->below = (int64_t)INT32_MAX + 1;
	return removal_open(&product->removal);
}

static struct database *database_of(struct product *product)
{
	return &product->removal.catalogue.database;
}

static void queue_beginning(struct product *product, int percent)
{
	struct database *database = database_of(product);

	database_queue_begin(database, percent);
	standing_queue(database, product->removal.settings, product->removal.caller);
}

/* What is queued at the beginning, and then what locks a product and its images. */
enum {
	BEGIN,
	LIMITS,
	CALLER,
	BEGUN,
	ANNOUNCE = BEGUN,
	TRANSACTION,
	LOCK_PRODUCT,
	LOCK_IDS,
	LOCK_URLS,
	LOCKED
};

/* Keeps the rows for the caller. */
static void keep(struct product *product, PGresult **rows, bool with_images)
{
	product->row_count = (size_t)PQntuples(*rows);
	product->with_images = with_images;
	database_keep(database_of(product), *rows);
	*rows = NULL;
}

static enum outcome read_rows(struct product *product, const char *sql, int count,
                              const char *const *values)
{
	enum { STYLE = BEGUN, ROWS, COMMIT, STATEMENTS };
	struct database *database = database_of(product);
	PGresult *results[STATEMENTS] = { NULL };
	enum outcome outcome;
	bool good;

	product->row_count = 0;
	queue_beginning(product, BY_QUESTION);
	database_queue(database, sql_style, 0, NULL);
	database_queue(database, sql, count, values);
	database_queue(database, "COMMIT", 0, NULL);
	good = database_finish(database, results, STATEMENTS, BY_QUESTION);
	outcome = standing_read(database, database_first_value(results[CALLER]));
	if (outcome == OUTCOME_SUCCESS && !good)
		outcome = OUTCOME_DATABASE_ERROR;
	if (outcome == OUTCOME_SUCCESS)
		keep(product, &results[ROWS], true);
	database_clear(results, STATEMENTS);
	return outcome;
}

enum outcome product_read(struct product *product, int32_t id)
{
	char digits[12];
	const char *const values[] = { digits };
	enum outcome outcome;

	snprintf(digits, sizeof digits, "%ld", (long)id);
	outcome = read_rows(product, sql_read, 1, values);
	return outcome == OUTCOME_SUCCESS && product->row_count == 0 ? OUTCOME_NOT_FOUND : outcome;
}

enum outcome product_list(struct product *product)
{
	char below[24], page[12];
	const char *const values[] = { below, page };
	const PGresult *rows;
	enum outcome outcome;

	snprintf(below, sizeof below, "%lld", (long long)product->below);
	snprintf(page, sizeof page, "%d", PRODUCT_PAGE);
	outcome = read_rows(product, sql_list, 2, values);
	rows = database_of(product)->kept;
	if (outcome == OUTCOME_SUCCESS && product->row_count > 0)
		product->below = strtoll(
			PQgetvalue(rows, (int)product->row_count - 1, PQfnumber(rows, "id")), NULL,
			10);
	return outcome;
}

/* The view's own list of images has no ids: the last column, of the same name, replaces it. */
static void replace_images(struct product *product, const PGresult *rows)
{
	size_t last = product->value_count - 1;
	size_t first = (size_t)PQfnumber(rows, PQfname(rows, (int)last));

	if (first == last)
		return;
	product->values[first] = product->values[last];
	product->value_count = last;
}

bool product_row(struct product *product, size_t row)
{
	const PGresult *rows = database_of(product)->kept;
	int columns = PQnfields(rows);

	if (!product->values)
		product->values = calloc((size_t)columns, sizeof *product->values);
	if (!product->values)
		return false;
	for (int i = 0; i < columns; i++)
		product->values[i] = database_value(rows, (int)row, i);
	product->value_count = (size_t)columns;
	if (product->with_images)
		replace_images(product, rows);
	return true;
}

/* --- one attempt to save or remove --- */

/* The parameters of the statements: arrays as text. */
struct parameters {
	char id[12];
	struct array urls, orders;
	struct array sizes, colours, stocks, active;
	const char *lists[3]; /* id, urls, orders; the last two NULL: the product keeps its list */
	const char *variants[5]; /* id, sizes, colours, stocks, active */
};

static void free_parameters(struct parameters *parameters)
{
	array_free(&parameters->urls);
	array_free(&parameters->orders);
	array_free(&parameters->sizes);
	array_free(&parameters->colours);
	array_free(&parameters->stocks);
	array_free(&parameters->active);
}

/* Whether there was enough memory. The caller calls free_parameters() in any case. */
static bool make_parameters(struct parameters *parameters, int32_t id,
                            const struct product_changes *changes)
{
	*parameters = (struct parameters){ 0 };
	snprintf(parameters->id, sizeof parameters->id, "%ld", (long)id);
	for (size_t i = 0; i < changes->image_count; i++) {
		array_add_text(&parameters->urls, changes->images[i].url);
		array_add_number(&parameters->orders, changes->images[i].orden);
	}
	for (size_t i = 0; i < changes->variant_count; i++) {
		const struct product_variant *variant = &changes->variants[i];

		array_add_number(&parameters->sizes, variant->talle_id);
		array_add_number(&parameters->colours, variant->color_id);
		array_add_number(&parameters->stocks, variant->stock);
		array_add_text(&parameters->active, variant->activo ? "t" : "f");
	}
	parameters->lists[0] = parameters->variants[0] = parameters->id;
	parameters->lists[1] = array_end(&parameters->urls);
	parameters->lists[2] = array_end(&parameters->orders);
	parameters->variants[1] = array_end(&parameters->sizes);
	parameters->variants[2] = array_end(&parameters->colours);
	parameters->variants[3] = array_end(&parameters->stocks);
	parameters->variants[4] = array_end(&parameters->active);
	if (!parameters->lists[1] || !parameters->lists[2] || !parameters->variants[1] ||
	    !parameters->variants[2] || !parameters->variants[3] || !parameters->variants[4])
		return false;
	if (!changes->has_images)
		parameters->lists[1] = parameters->lists[2] = NULL;
	return true;
}

/* What an attempt queues after the locks, and which of its results are which. */
enum {
	UPDATE = LOCKED,
	VARIANTS,
	KEEP,
	ADD,
	DROP,
	IS_SAVED,
	SAVED_STYLE,
	SAVED_ROW,
	SAVE_STATEMENTS,
	REMOVED_STYLE = LOCKED,
	REMOVED_ROW,
	OWN_STYLE,
	REMOVE_IMAGES,
	REMOVE,
	IS_REMOVED,
	REMOVE_STATEMENTS,
	MOST_STATEMENTS = SAVE_STATEMENTS
};

struct attempt {
	const struct product_changes *changes; /* NULL: remove the product */
	const struct parameters *parameters;
	PGresult *results[MOST_STATEMENTS];
	size_t count;
	int row, dropped;     /* the results with the product's row, and with the images that go */
	char transaction[24]; /* its id */
	bool incomplete;      /* nothing was refused, but not all was written */
};

static void queue_locks(struct product *product, const struct attempt *attempt)
{
	struct database *database = database_of(product);
	const struct parameters *parameters = attempt->parameters;

	queue_beginning(product, BY_DELETION);
	database_queue(database, sql_announce, 0, NULL);
	database_queue(database, sql_transaction, 0, NULL);
	database_queue(database, attempt->changes ? sql_lock_to_save : sql_lock_to_remove, 1,
	               parameters->lists);
	database_queue(database, sql_lock_images, 1, parameters->lists);
	database_queue(database, sql_lock_urls, 2, parameters->lists);
}

static void queue_save(struct product *product, const struct attempt *attempt)
{
	struct database *database = database_of(product);
	const struct product_changes *changes = attempt->changes;
	const struct parameters *parameters = attempt->parameters;
	const char *const update[] = { parameters->id,  changes->nombre,       changes->descripcion,
		                       changes->precio, changes->categoria_id, changes->destacado,
		                       changes->activo };

	database_queue(database, sql_update, 7, update);
	database_queue(database, sql_variants, 5, parameters->variants);
	database_queue(database, sql_keep, 3, parameters->lists);
	database_queue(database, sql_add, 3, parameters->lists);
	database_queue(database, sql_drop, 3, parameters->lists);
	database_queue(database, sql_is_saved, 3, parameters->lists);
	database_queue(database, sql_style, 0, NULL);
	database_queue(database, sql_row, 1, parameters->lists);
}

static void queue_removal(struct product *product, const struct attempt *attempt)
{
	struct database *database = database_of(product);
	const char *const *lists = attempt->parameters->lists;

	database_queue(database, sql_style, 0, NULL);
	database_queue(database, sql_row, 1, lists);
	database_queue(database, sql_own_style, 0, NULL);
	database_queue(database, sql_drop, 3, lists);
	database_queue(database, sql_remove, 1, lists);
	database_queue(database, sql_is_removed, 1, lists);
}

/* Whether each image that goes was locked, with this url. */
static bool are_locked(const PGresult *locked, const PGresult *dropped)
{
	for (int row = 0; row < PQntuples(dropped); row++) {
		int i = 0;

		while (i < PQntuples(locked) &&
		       (strcmp(PQgetvalue(locked, i, 0), PQgetvalue(dropped, row, 0)) != 0 ||
		        strcmp(PQgetvalue(locked, i, 1), PQgetvalue(dropped, row, 1)) != 0))
			i++;
		if (i == PQntuples(locked))
			return false;
	}
	return true;
}

/* Whether one of the product's images had this url before. */
static bool had_url(const PGresult *locked, const char *url)
{
	for (int row = 0; row < PQntuples(locked); row++)
		if (!PQgetisnull(locked, row, 0) && strcmp(PQgetvalue(locked, row, 1), url) == 0)
			return true;
	return false;
}

/*
 * A url beneath /recursos/ names a file that exists, unless the product has had it before. (The
 * form may be older than the removal of that file.)
 */
static enum outcome check_urls(struct product *product, const struct product_changes *changes,
                               const PGresult *locked)
{
	enum outcome outcome = OUTCOME_SUCCESS;

	for (size_t i = 0; changes && i < changes->image_count && outcome == OUTCOME_SUCCESS; i++) {
		const char *url = changes->images[i].url;

		if (!url_is_in_recursos(url) || had_url(locked, url))
			continue;
		outcome = url_classify(url) == URL_OURS ? removal_find_file(&product->removal, url)
		                                        : OUTCOME_IMAGE_URL_INVALID;
	}
	return outcome;
}

static bool is_true(const PGresult *result)
{
	return database_first_value(result)[0] == 't';
}

/* Whether all was written that was to be written. */
static bool is_whole(const struct attempt *attempt)
{
	PGresult *const *results = attempt->results;

	if (PQntuples(results[attempt->row]) != 1)
		return false;
	return attempt->changes ? is_true(results[VARIANTS]) && is_true(results[KEEP]) &&
	                                  is_true(results[IS_SAVED]) &&
	                                  strcmp(PQcmdTuples(results[UPDATE]), "1") == 0
	                        : is_true(results[IS_REMOVED]);
}

static bool has_state(const PGresult *result, const char *state)
{
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	return sqlstate && strcmp(sqlstate, state) == 0;
}

/* A foreign key: PostgreSQL 18 has a state of its own for RESTRICT. */
static bool is_foreign_key(const PGresult *result)
{
	return has_state(result, "23503") || has_state(result, "23001");
}

/* Why the database has refused. */
static enum outcome explain_refusal(struct product *product, const struct attempt *attempt)
{
	PGresult *const *results = attempt->results;

	if (!attempt->changes)
		return is_foreign_key(results[REMOVE]) ? OUTCOME_SOLD : OUTCOME_DATABASE_ERROR;
	if (is_foreign_key(results[UPDATE]) || is_foreign_key(results[VARIANTS]))
		return OUTCOME_INCONSISTENT;
	if (has_state(results[UPDATE], "22003")) {
		/* No other number was not checked before. */
		snprintf(product->field, sizeof product->field, "precio");
		return OUTCOME_FIELD_OUT_OF_RANGE;
	}
	if (has_state(results[UPDATE], "22001") || has_state(results[ADD], "22001"))
		return OUTCOME_FIELD_TOO_LONG;
	return OUTCOME_DATABASE_ERROR;
}

/* One round trip. Sets *again if another attempt may succeed. */
static enum outcome try_once(struct product *product, struct attempt *attempt, bool *again)
{
	struct database *database = database_of(product);
	PGresult **results = attempt->results;
	enum outcome outcome;
	bool good;

	*again = false;
	queue_locks(product, attempt);
	(attempt->changes ? queue_save : queue_removal)(product, attempt);
	good = database_finish(database, results, attempt->count, BY_DELETION);
	outcome = standing_read(database, database_first_value(results[CALLER]));
	if (outcome != OUTCOME_SUCCESS)
		return outcome;
	if (!good) {
		*again = database_is_transient(results, attempt->count);
		return explain_refusal(product, attempt);
	}
	if (PQntuples(results[LOCK_PRODUCT]) == 0)
		return OUTCOME_NOT_FOUND;
	snprintf(attempt->transaction, sizeof attempt->transaction, "%s",
	         database_first_value(results[TRANSACTION]));
	attempt->incomplete = !is_whole(attempt);
	*again = !are_locked(results[LOCK_URLS], results[attempt->dropped]) || attempt->incomplete;
	return *again ? OUTCOME_DATABASE_ERROR
	              : check_urls(product, attempt->changes, results[LOCK_URLS]);
}

static enum outcome try_repeatedly(struct product *product, struct attempt *attempt)
{
	enum { TRIES = 3 };
	struct database *database = database_of(product);
	const struct diagnosis before = *database->diagnosis;
	bool again;
	enum outcome outcome = try_once(product, attempt, &again);

	for (int i = 1; i < TRIES && again; i++) {
		database_rollback(database);
		if (!database->connection || budget_left(database->budget, BY_DELETION) <= 0)
			return outcome;
		database_clear(attempt->results, attempt->count);
		memset(attempt->results, 0, sizeof attempt->results);
		*database->diagnosis = before;
		outcome = try_once(product, attempt, &again);
	}
	if (again)
		diagnosis_cause(database->diagnosis,
		                "the product keeps changing, or a trigger keeps a row as it is");
	return outcome;
}

/* --- the whole --- */

/*
 * Makes the records of images of which a result has the ids and urls, and perhaps whether another
 * record shares the file. Returns false if out of memory.
 */
static bool take_records(struct product *product, const PGresult *rows)
{
	struct removal *removal = &product->removal;
	size_t count = (size_t)PQntuples(rows);

	removal->records = calloc(count + 1, sizeof *removal->records);
	removal->images = calloc(count + 1, sizeof *removal->images);
	for (size_t row = 0; removal->records && removal->images && row < count; row++) {
		struct record *record = &removal->records[removal->count];

		if (PQgetisnull(rows, (int)row, 0))
			continue; /* a url of the new list */
		record->id = (int32_t)strtol(PQgetvalue(rows, (int)row, 0), NULL, 10);
		record->shared = PQgetvalue(rows, (int)row, 2)[0] == 't';
		record->url = strdup(PQgetvalue(rows, (int)row, 1));
		if (!record->url)
			return false;
		removal->images[removal->count++] = IMAGE_NONE;
	}
	return removal->records && removal->images;
}

static void out_of_memory(struct product *product)
{
	diagnosis_cause(product->removal.diagnosis, "out of memory");
}

/* Asks which value is longer than its column. Returns whether there is one. */
static bool name_long_field(struct product *product, const struct attempt *attempt)
{
	const char *const values[] = { attempt->changes->nombre, attempt->changes->descripcion,
		                       attempt->parameters->lists[1] };
	PGresult *answer = database_query(database_of(product), sql_too_long, 3, values);

	snprintf(product->field, sizeof product->field, "%s", database_first_value(answer));
	PQclear(answer);
	return product->field[0] != '\0';
}

/*
 * Why nothing has changed. A value that is too long is refused, but PostgreSQL cuts blanks off its
 * end in silence (manual, 8.3), and then another list is saved than was asked for.
 */
static enum outcome explain_length(struct product *product, const struct attempt *attempt,
                                   enum outcome outcome)
{
	bool too_long = outcome == OUTCOME_FIELD_TOO_LONG;

	if (!attempt->changes || (!too_long && !attempt->incomplete))
		return outcome;
	return database_of(product)->connection && name_long_field(product, attempt)
	               ? OUTCOME_FIELD_TOO_LONG
	               : OUTCOME_DATABASE_ERROR;
}

/* Nothing has changed. What earlier removals of these images left staged goes back. */
static enum outcome be_refused(struct product *product, const struct attempt *attempt,
                               enum outcome outcome)
{
	database_rollback(database_of(product));
	outcome = explain_length(product, attempt, outcome);
	if (outcome == OUTCOME_DATABASE_ERROR || outcome == OUTCOME_SOLD) {
		if (take_records(product, attempt->results[LOCK_URLS]))
			removal_settle_earlier(&product->removal);
		else
			out_of_memory(product);
	}
	return outcome;
}

/* Writes everything in a transaction that stays open, unless that is refused. */
static enum outcome write_rows(struct product *product, struct attempt *attempt)
{
	enum outcome outcome = try_repeatedly(product, attempt);

	if (outcome == OUTCOME_SUCCESS &&
	    !take_records(product, attempt->results[attempt->dropped])) {
		out_of_memory(product);
		outcome = OUTCOME_DATABASE_ERROR;
		database_rollback(database_of(product));
	} else if (outcome == OUTCOME_SUCCESS) {
		keep(product, &attempt->results[attempt->row], false);
	} else {
		outcome = be_refused(product, attempt, outcome);
	}
	database_clear(attempt->results, attempt->count);
	return outcome;
}

/* The files of the new list that are staged come back: a record names them now. */
static bool bring_back(struct product *product, const struct product_changes *changes)
{
	bool back = true;

	for (size_t i = 0; i < changes->image_count; i++)
		back = removal_bring_back(&product->removal, changes->images[i].url) && back;
	return back;
}

/* Whether the commit is certain: then the outcome speaks of the files only. */
static bool is_committed(enum outcome outcome)
{
	return outcome != OUTCOME_DATABASE_ERROR && outcome != OUTCOME_DISK_ERROR;
}

/*
 * The images' records tell only what became of the images: somebody else may have removed them
 * since. Whether the rest is saved, only the transaction can tell.
 */
static enum outcome settle_doubt(struct product *product, const struct attempt *attempt,
                                 enum outcome outcome)
{
	if (!catalogue_confirm(&product->removal.catalogue, attempt->transaction))
		return OUTCOME_DATABASE_ERROR;
	return outcome == OUTCOME_DATABASE_ERROR ? OUTCOME_NOT_ERASED : outcome;
}

static enum outcome perform(struct product *product, struct attempt *attempt)
{
	enum outcome outcome = write_rows(product, attempt);

	if (outcome == OUTCOME_SUCCESS)
		outcome = removal_stage(&product->removal);
	if (outcome != OUTCOME_SUCCESS)
		return outcome;
	outcome = removal_commit(&product->removal);
	if (product->removal.in_doubt)
		outcome = settle_doubt(product, attempt, outcome);
	if (attempt->changes && is_committed(outcome) && !bring_back(product, attempt->changes))
		outcome = OUTCOME_NOT_BACK;
	return outcome;
}

enum outcome product_save(struct product *product, int32_t id,
                          const struct product_changes *changes)
{
	struct parameters parameters;
	struct attempt attempt = { .changes = changes,
		                   .parameters = &parameters,
		                   .count = SAVE_STATEMENTS,
		                   .row = SAVED_ROW,
		                   .dropped = DROP };
	enum outcome outcome = OUTCOME_DATABASE_ERROR;

	if (make_parameters(&parameters, id, changes))
		outcome = perform(product, &attempt);
	else
		out_of_memory(product);
	free_parameters(&parameters);
	return outcome;
}

enum outcome product_remove(struct product *product, int32_t id)
{
	const struct product_changes no_images = { .has_images = true };
	struct parameters parameters;
	struct attempt attempt = { .parameters = &parameters,
		                   .count = REMOVE_STATEMENTS,
		                   .row = REMOVED_ROW,
		                   .dropped = REMOVE_IMAGES };
	enum outcome outcome = OUTCOME_DATABASE_ERROR;

	if (make_parameters(&parameters, id, &no_images))
		outcome = perform(product, &attempt);
	else
		out_of_memory(product);
	free_parameters(&parameters);
	return outcome;
}

void product_close(struct product *product)
{
	struct removal *removal = &product->removal;

	for (size_t i = 0; removal->records && i < removal->count; i++)
		free((char *)removal->records[i].url);
	removal_close(removal);
	free(removal->records);
	free(removal->images);
	free(product->values);
}
