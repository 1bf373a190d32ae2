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
		connection_hint_at_grants(facts->database, "imagenes");
	}
	if (facts->url_index) {
		check_say(check, OK, "index on url: present");
		return;
	}
	check_say(check, WARNING, "index on url: missing, so each removal reads the whole table");
	check_hint("As root, where the server is: `" CHECK_PSQL " -d %s -f " CHECK_SQL
	           "indexes.sql`",
	           facts->database);
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

static void tell_where(const struct server *server, const struct examination_finding *finding)
{
	const char *user = server->facts.user;
	char source[CHECK_SOURCE_SIZE];

	switch (finding->fault) {
	case EXAMINATION_NO_TABLE:
		check_say(server->check, ERROR, "%s: database %s has no such table", finding->table,
		          server->facts.database);
		check_hint("Correct the database's name in %s.",
		           check_source(server->check, "database", source));
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
		check_hint("Has the shop changed its schema? See " CHECK_SQL "schema.sql.");
		break;
	case EXAMINATION_NO_PRIVILEGE:
		check_say(check, ERROR, "%s: role %s lacks %s", finding->table, user,
		          finding->detail);
		connection_hint_at_grants(server->facts.database, user);
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
	default:
		tell_where(server, finding);
		break;
	}
}

/* Returns whether a trial makes sense. */
static bool check_rights(struct server *server)
{
	enum { MOST = 16 };
	struct examination_finding findings[MOST];
	int count = examination_find(&server->catalogue, check_wants_sessions(server->check),
	                             findings, MOST);

	check_conclude(server->check, count >= 0, "database");
	for (int n = 0; n < count; n++)
		tell_finding(server, &findings[n]);
	return count == 0;
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

/* Prints what is wrong after a trial that failed. */
static void tell_failure(struct server *server, enum examination_trial trial, const char *what)
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
		hint_at_refusal(server, told.sqlstate);
}

static void try_deletion(struct server *server)
{
	struct examination_sample *sample = &server->check->sample;
	int32_t id = 0;
	char what[80] = "deletion of no image, undone";
	enum examination_trial trial;

	if (sample->count > 0) {
		id = sample->images[0].id;
		snprintf(what, sizeof what, "deletion of image %ld, undone", (long)id);
	}
	trial = examination_try_deletion(&server->catalogue, id);
	if (trial != EXAMINATION_WENT_WELL) {
		tell_failure(server, trial, what);
		return;
	}
	check_conclude(server->check, true, what);
	check_say(server->check, OK, "%s: nothing refuses it", what);
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
		tell_failure(server, trial, "usuarios");
		return;
	}
	check_conclude(server->check, true, "usuarios");
	check_say(server->check, OK, "usuarios: role %s can look sessions up", server->facts.user);
	check_administrators(server);
}

static void examine(struct server *server)
{
	struct check *check = server->check;
	bool good = examination_look(&server->catalogue, &server->facts);

	check_conclude(check, good, "database");
	if (!good)
		return;
	tell_facts(server);
	if (!check_rights(server))
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
}
