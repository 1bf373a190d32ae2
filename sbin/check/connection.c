/* SPDX-License-Identifier: ISC */
/* Why there is no connection to the database, and what to do. */
#include "config.h"

#include "connection.h"

#include <dirent.h>
#include <errno.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The target of the connection, from the settings and libpq's own defaults. */
struct target {
	const struct check *check;
	char source[CHECK_SOURCE_SIZE]; /* where to change it */
	char role[64], database[64], host[256];
};

/* Copies an option's value, if it has one. */
static void copy_option(const PQconninfoOption *options, const char *keyword, char *text,
                        size_t size)
{
	for (; options && options->keyword; options++)
		if (strcmp(options->keyword, keyword) == 0 && options->val && *options->val)
			snprintf(text, size, "%s", options->val);
}

static void copy_options(struct target *target, const PQconninfoOption *options)
{
	copy_option(options, "user", target->role, sizeof target->role);
	copy_option(options, "dbname", target->database, sizeof target->database);
	copy_option(options, "host", target->host, sizeof target->host);
}

static void aim(struct target *target, const struct check *check)
{
	const char *database = check->settings.database;
	PQconninfoOption *defaults = PQconndefaults();
	PQconninfoOption *options = database ? PQconninfoParse(database, NULL) : NULL;

	*target = (struct target){ .check = check };
	check_source(check, "database", target->source);
	snprintf(target->role, sizeof target->role, "%s", check->user);
	copy_options(target, defaults);
	copy_options(target, options);
	if (database && !options)
		snprintf(target->database, sizeof target->database, "%s", database);
	if (!target->database[0])
		snprintf(target->database, sizeof target->database, "%s", target->role);
	PQconninfoFree(defaults);
	PQconninfoFree(options);
}

/* --- the message, and what to do --- */

void connection_hint_at_grants(const char *database, const char *role, const char *script)
{
	check_hint("As root, where the server is: "
	           "`" CHECK_PSQL " -d %s -v role=%s -f " CHECK_SQL "%s`",
	           database, role, script);
}

static void hint_at_password(const struct target *target)
{
	check_hint("Correct the password of role %s in %s, or in the password file of %s, or set "
	           "a new one: `\\password %s` in psql.",
	           target->role, target->source, target->check->user, target->role);
}

static void hint_at_missing_password(const struct target *target)
{
	check_hint("The server wants a password of role %s: put it in %s, or in the password file "
	           "of %s (~/.pgpass, mode 600).",
	           target->role, target->source, target->check->user);
}

/*
 * On a socket, peer authentication failed or the role does not exist. Otherwise it is pg_hba.conf.
 */
static void hint_at_admission(const struct target *target)
{
	if (target->host[0] && target->host[0] != '/') {
		check_hint("Have pg_hba.conf on the server admit role %s to database %s from here; "
		           "where it says hostssl, %s needs sslmode=require.",
		           target->role, target->database, target->source);
		return;
	}
	check_hint("On a socket the server admits the role with the name of the system's user, %s. "
	           "Create it, as root: `" CHECK_PSQL " -d %s -v role=%s -f " CHECK_SQL
	           "grants.sql`, and name "
	           "no other in %s.",
	           target->check->user, target->database, target->check->user, target->source);
}

static void hint_at_name(const struct target *target)
{
	check_hint("Correct the database's name in %s; `psql -l` lists the databases.",
	           target->source);
}

static void hint_at_grants(const struct target *target)
{
	connection_hint_at_grants(target->database, target->role, "grants.sql");
}

static void hint_at_crowd(const struct target *target)
{
	check_hint("Try again; or have the server admit more: max_connections, or "
	           "`" CHECK_PSQL " -d %s -v role=%s -v connections=40 -f " CHECK_SQL "grants.sql`",
	           target->database, target->role);
}

static void hint_at_patience(const struct target *target)
{
	(void)target;
	check_hint("The server is starting or stopping: try again.");
}

static void hint_at_pooler(const struct target *target)
{
	check_hint("A pooler says so, not PostgreSQL: it has to know database %s and role %s, as "
	           "%s names them (a provider's may want ROLE.PROJECT).",
	           target->database, target->role, target->source);
}

static void hint_at_host(const struct target *target)
{
	check_hint("Correct host and port in %s, or start the server.", target->source);
}

static void hint_at_tls(const struct target *target)
{
	check_hint("See sslmode and sslrootcert in %s (PostgreSQL's manual, 34.19).",
	           target->source);
}

/* The port of a server's socket, such as .s.PGSQL.5432; NULL if it is not one. */
static const char *port_of(const char *name)
{
	static const char prefix[] = ".s.PGSQL.";
	const char *port = name + sizeof prefix - 1;

	if (strncmp(name, prefix, sizeof prefix - 1) != 0 || port[strspn(port, "0123456789")])
		return NULL;
	return port;
}

/* Prints how to reach the sockets in a directory. Returns whether there are any. */
static bool list_sockets(const struct target *target, const char *directory)
{
	DIR *entries = opendir(directory);
	const struct dirent *entry;
	bool any = false;

	while (entries && (entry = readdir(entries))) {
		const char *port = port_of(entry->d_name);

		if (port)
			check_hint("There is a server's socket for host=%s port=%s: correct %s.",
			           directory, port, target->source);
		any = any || port;
	}
	if (entries)
		closedir(entries);
	return any;
}

static void hint_at_socket(const struct target *target)
{
	static const char *const usual[] = { "/run/postgresql", "/tmp" };
	bool any = target->host[0] == '/' && list_sockets(target, target->host);

	for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
		if (strcmp(target->host, usual[i]) != 0)
			any = list_sockets(target, usual[i]) || any;
	if (!any)
		check_hint("Start the server, or, where it runs on another host, name that in %s.",
		           target->source);
}

/*
 * The first mark that the message has decides. An SQLSTATE is between colons, as libpq writes it if
 * asked to (see database.c), whatever the language of the rest. libpq's own messages are in English
 * here.
 */
static const struct {
	const char *mark;
	void (*hint)(const struct target *target);
} cures[] = {
	{ ":  28P01: ", hint_at_password },
	{ ":  28000: ", hint_at_admission },
	{ ":  3D000: ", hint_at_name },
	{ ":  42501: ", hint_at_grants },
	{ ":  53300: ", hint_at_crowd },
	{ ":  57P03: ", hint_at_patience },
	{ ":  08P01: ", hint_at_pooler },
	{ ":  XX000: ", hint_at_pooler },
	{ "no password supplied", hint_at_missing_password },
	{ "certificate", hint_at_tls },
	{ "SSL", hint_at_tls },
	{ "on socket", hint_at_socket },
	{ "", hint_at_host },
};

void connection_explain(const struct check *check, const char *message)
{
	struct target target;
	size_t i = 0;

	aim(&target, check);
	while (!strstr(message, cures[i].mark))
		i++;
	cures[i].hint(&target);
}

/* --- the setting is not a connection string --- */

/* Removes from libpq's message what it quotes: that may be a password. */
static void censor(char *message)
{
	char *first = strchr(message, '"'), *last = strrchr(message, '"');

	if (first && strncmp(first, "\"=\"", 3) == 0) /* missing "=" after "..." */
		first = strchr(first + 3, '"');
	if (first && first < last)
		memmove(first + 1, last, strlen(last) + 1);
	message[strcspn(message, "\n")] = '\0';
}

void connection_explain_malformed(const struct check *check)
{
	const char *database = check->settings.database;
	char source[CHECK_SOURCE_SIZE], *message = NULL;

	PQconninfoFree(PQconninfoParse(database, &message));
	check_source(check, "database", source);
	if (message && strpbrk(database, "=") && !strstr(database, "://")) {
		censor(message);
		check_hint("%s: %s. A value with a space in it is written 'so'.", source, message);
	} else {
		check_hint(
			"%s: postgresql://ROLE:PASSWORD@HOST/DATABASE, with each of / ? # @ : %% "
			"in the password as %%2F %%3F %%23 %%40 %%3A %%25.",
			source);
	}
	PQfreemem(message);
}
