/* SPDX-License-Identifier: ISC */
/* The database: the connection, the rights that a removal needs, and a deletion that is undone. */
#include "config.h"

#include "check.h"
#include "connection.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One connection, and what the server says of itself. */
struct server {
	struct check *check;
	struct catalogue catalogue;
	struct examination_facts facts;
	bool try_images, try_products; /* these trials make sense */
};

/* Connects. */
static bool reach(struct server *server)
{
	struct check *check = server->check;
	enum outcome outcome = catalogue_open(&server->catalogue, &check->settings, &check->budget,
	                                      &check->diagnosis);
	struct diagnosis told = check->diagnosis;

	check_conclude(check, outcome == OUTCOME_SUCCESS, "database");
	if (outcome == OUTCOME_SETTINGS_UNUSABLE)
		connection_explain_malformed(check);
	else if (outcome != OUTCOME_SUCCESS)
		connection_explain(check, told.cause);
	return outcome == OUTCOME_SUCCESS;
}

static void tell_index(const struct server *server, const char *column, bool present,
                       const char *who_reads)
{
	if (present) {
		check_say(server->check, OK, "index on %s: present", column);
		return;
	}
	check_say(server->check, WARNING, "index on %s: missing, so %s the whole table", column,
	          who_reads);
	check_hint("As root, where the server is: `" CHECK_PSQL " -d %s -f " CHECK_SQL
	           "indexes.sql`",
	           server->facts.database);
}

static void tell_facts(const struct server *server)
{
	const struct examination_facts *facts = &server->facts;
	struct check *check = server->check;

	check_say(check, OK, "database: %s, as %s, on PostgreSQL %s%s", facts->database,
	          facts->user, facts->server, facts->pooled ? ", through a pooler" : "");
	if (facts->read_only) {
		check_say(check, ERROR, "database: read-only");
		check_hint(
			"Connect to the primary: target_session_attrs=read-write. If it is that, "
			"see default_transaction_read_only of the role and the database.");
	}
	if (facts->superuser) {
		check_say(check, WARNING,
		          "role %s: a superuser, which may do far more than the program needs",
		          facts->user);
		connection_hint_at_grants(facts->database, "imagenes", "grants.sql");
	}
	tell_index(server, "url", facts->url_index, "each removal reads");
	if (check->products)
		tell_index(server, "producto_id", facts->product_index,
		           "productos reads, for each product,");
}

/* Prints which of libpq's own variables may make it connect to another database here. */
static void compare_libpq_environment(struct check *check)
{
	PQconninfoOption *options = check->settings.file[0] ? PQconndefaults() : NULL;

	for (const PQconninfoOption *o = options; o && o->keyword; o++)
		if (o->envvar && getenv(o->envvar)) {
			check_say(check, WARNING,
			          "%s: set in this environment, where libpq takes it for \"%s\"",
			          o->envvar, o->keyword);
			check_hint("Unless the web server sets it, too: `unset %s`.", o->envvar);
		}
	PQconninfoFree(options);
}

/* --- rights --- */

static void hint_at_schema(void)
{
	check_hint("Has the shop changed its schema? See " CHECK_SQL "schema.sql.");
}

static void tell_absence(const struct server *server, const struct examination_finding *finding)
{
	check_say(server->check, ERROR, "%s: database %s has no such %s", finding->table,
	          server->facts.database, finding->products ? "table or view" : "table");
	if (finding->products) {
		hint_at_schema();
	} else {
		char source[CHECK_SOURCE_SIZE];

		check_hint("Correct the database's name in %s.",
		           check_source(server->check, "database", source));
	}
}

static void tell_where(const struct server *server, const struct examination_finding *finding)
{
	const char *user = server->facts.user;

	switch (finding->fault) {
	case EXAMINATION_NO_TABLE:
		tell_absence(server, finding);
		break;
	case EXAMINATION_NO_USAGE:
		check_say(server->check, ERROR, "%s: in schema %s, which role %s may not use",
		          finding->table, finding->detail, user);
		check_hint("As its owner: `GRANT USAGE ON SCHEMA %s TO \"%s\"`", finding->detail,
		           user);
		break;
	default:
		check_say(server->check, ERROR,
		          "%s: in schema %s, which the search_path of role %s leaves out",
		          finding->table, finding->detail, user);
		check_hint("`ALTER ROLE \"%s\" IN DATABASE \"%s\" SET search_path = %s`", user,
		           server->facts.database, finding->detail);
		break;
	}
}

static void tell_finding(const struct server *server, const struct examination_finding *finding)
{
	struct check *check = server->check;
	const char *user = server->facts.user;

	switch (finding->fault) {
	case EXAMINATION_NO_COLUMN:
		check_say(check, ERROR, "%s: without the columns: %s", finding->table,
		          finding->detail);
		hint_at_schema();
		break;
	case EXAMINATION_NO_PRIVILEGE:
		check_say(check, ERROR, "%s: role %s lacks %s", finding->table, user,
		          finding->detail);
		connection_hint_at_grants(server->facts.database, user,
		                          finding->products ? "grants-productos.sql"
		                                            : "grants.sql");
		break;
	case EXAMINATION_ROW_SECURITY:
		check_say(check, ERROR,
		          "%s: row-level security may hide rows from role %s, and a hidden row is "
		          "not an absent one",
		          finding->table, user);
		check_hint("As a superuser, or as a provider's administrator: "
		           "`ALTER ROLE \"%s\" BYPASSRLS`. No policy will do.",
		           user);
		break;
	case EXAMINATION_IS_VIEW:
		check_say(check, ERROR,
		          "%s: a view, which hides who is writing to the table behind it",
		          finding->table);
		check_hint("Have the role's search_path lead to the table itself.");
		break;
	case EXAMINATION_NO_UNIQUE:
		check_say(check, ERROR,
		          "%s: no unique constraint on (%s), so no product can be saved",
		          finding->table, finding->detail);
		check_hint("As its owner: `ALTER TABLE %s ADD UNIQUE (%s)`", finding->table,
		           finding->detail);
		break;
	default:
		tell_where(server, finding);
		break;
	}
}

/* Says of which trials it makes sense. */
static void check_rights(struct server *server)
{
	enum { MOST = 32 };
	struct examination_finding findings[MOST];
	struct check *check = server->check;
	int count = examination_find(&server->catalogue, check_wants_sessions(check),
	                             check->products, findings, MOST);

	check_conclude(check, count >= 0, "database");
	server->try_images = count >= 0;
	server->try_products = count == 0 && check->products;
	for (int n = 0; n < count; n++) {
		tell_finding(server, &findings[n]);
		server->try_images = server->try_images && findings[n].products;
	}
}

/* --- trials --- */

static void hint_at_refusal(const struct server *server, const char *sqlstate)
{
	const char *triggers = server->facts.triggers;

	if (strcmp(sqlstate, "08P01") == 0) /* protocol_violation: not from PostgreSQL */
		check_hint("A pooler says so: it has to keep a connection for a transaction "
		           "(pgbouncer: pool_mode = transaction, or session).");
	else if (triggers[0])
		check_hint("A deletion runs the trigger %s. If that lacks rights that its owner "
		           "has: `ALTER FUNCTION NAME() SECURITY DEFINER`",
		           triggers);
}

/* A view reads with its owner's rights, unless it says otherwise. */
static void hint_at_invoker(const struct server *server, const char *sqlstate)
{
	if (strcmp(sqlstate, "42501") == 0) /* insufficient_privilege */
		check_hint("The view may have security_invoker: then role %s needs SELECT on the "
		           "tables behind it, too.",
		           server->facts.user);
}

/* Prints what is wrong after a trial that failed. The hint is for a failure with this SQLSTATE. */
static void tell_failure(struct server *server, enum examination_trial trial, const char *what,
                         void (*hint)(const struct server *server, const char *sqlstate))
{
	struct check *check = server->check;
	struct diagnosis told = check->diagnosis;

	if (trial == EXAMINATION_BUSY)
		check_say(check, WARNING, "%s: no answer in time: %s", what, told.cause);
	if (trial == EXAMINATION_REFUSED)
		check_say(check, WARNING, "%s: refused: %s", what, told.cause);
	check_conclude(check, trial != EXAMINATION_FAILED, what);
	if (trial == EXAMINATION_BUSY)
		check_hint("Somebody else may be at work there: try again.");
	else
		hint(server, told.sqlstate);
}

/* Says how a trial ended. Returns whether nothing refuses it. */
static bool tell_trial(struct server *server, enum examination_trial trial, const char *what,
                       void (*hint)(const struct server *server, const char *sqlstate))
{
	if (trial != EXAMINATION_WENT_WELL) {
		tell_failure(server, trial, what, hint);
		return false;
	}
	check_conclude(server->check, true, what);
	check_say(server->check, OK, "%s: nothing refuses it", what);
	return true;
}

static void try_deletion(struct server *server)
{
	struct examination_sample *sample = &server->check->sample;
	int32_t id = 0;
	char what[80] = "deletion of no image, undone";

	if (sample->count > 0) {
		id = sample->images[0].id;
		snprintf(what, sizeof what, "deletion of image %ld, undone", (long)id);
	}
	tell_trial(server, examination_try_deletion(&server->catalogue, id), what, hint_at_refusal);
}

static void check_administrators(struct server *server)
{
	int any = examination_any_administrator(&server->catalogue);
	char source[CHECK_SOURCE_SIZE];

	check_conclude(server->check, any >= 0, "usuarios");
	if (any != 0)
		return;
	check_say(server->check, WARNING,
	          "admin_roles: no active user has one of them, so nobody may delete images");
	check_hint("Set %s to the usuarios.rol_id of those who may.",
	           check_source(server->check, "admin_roles", source));
}

static void try_session(struct server *server)
{
	enum examination_trial trial = examination_try_session(&server->catalogue);

	if (trial != EXAMINATION_WENT_WELL) {
		tell_failure(server, trial, "usuarios", hint_at_refusal);
		return;
	}
	check_conclude(server->check, true, "usuarios");
	check_say(server->check, OK, "usuarios: role %s can look sessions up", server->facts.user);
	check_administrators(server);
}

/* With a connection of its own, as productos has. */
static void try_products(struct server *server)
{
	struct check *check = server->check;
	struct product product = { .removal = { .settings = &check->settings,
		                                .budget = &check->budget,
		                                .diagnosis = &check->diagnosis } };

	if (tell_trial(server, examination_try_reading(&product), "reading of no product",
	               hint_at_invoker) &&
	    !server->facts.read_only)
		tell_trial(server, examination_try_saving(&product),
		           "saving and removal of no product, undone", hint_at_refusal);
	product_close(&product);
}

static void examine(struct server *server)
{
	struct check *check = server->check;
	bool good = examination_look(&server->catalogue, &server->facts);

	check_conclude(check, good, "database");
	if (!good)
		return;
	tell_facts(server);
	check_rights(server);
	if (!server->try_images)
		return;
	good = examination_take_sample(&server->catalogue, &check->sample);
	check_conclude(check, good, "producto_imagenes");
	if (good && !server->facts.read_only)
		try_deletion(server);
	if (good && check_wants_sessions(check))
		try_session(server);
}

void check_database(struct check *check)
{
	enum { HURRY = 3000 };
	struct server server = { .check = check };

	check->budget.total = check->settings.timeout;
	compare_libpq_environment(check);
	if (reach(&server)) {
		check->budget.total = HURRY; /* a trial must not hold up the shop */
		examine(&server);
	}
	catalogue_close(&server.catalogue);
	if (server.try_products)
		try_products(&server);
}
