/* SPDX-License-Identifier: ISC */
/* imagenes-check: tells an operator whether the program would work here, as this user. */
#include "config.h"

#include "catalogue.h"
#include "confinement.h"
#include "recursos.h"
#include "settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
	"Usage: imagenes-check [--help | --version]\n"
	"Checks the settings, the database and the disk, as the user who runs it: make that\n"
	"the one that the web server runs the program as. Changes nothing.\n"
	"\n"
	"Prints `ok: ...`, `warning: ...` and `error: ...`, a line each. Exit status: 0 if\n"
	"there was no error, else 1. Variables that the web server sets (BALSAMOA_AUTH, ...)\n"
	"must be set here, too; where the public root is its DOCUMENT_ROOT, set that.\n";

struct check {
	struct settings settings;
	struct audit audit;
	bool failed;
};

enum level { OK, WARNING, ERROR };

/* Prints one line, in which whatever a terminal would obey is a question mark. */
__attribute__((format(printf, 3, 4))) static void say(struct check *check, enum level level,
                                                      const char *format, ...)
{
	static const char *const names[] = {
		[OK] = "ok", [WARNING] = "warning", [ERROR] = "error"
	};
	char line[2048];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof line, format, arguments);
	va_end(arguments);
	for (char *c = line; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	printf("%s: %s\n", names[level], line);
	check->failed = check->failed || level == ERROR;
}

/* Prints, and forgets, what the audit was told; each step has its own time. */
static void conclude(struct check *check, bool good, const char *what)
{
	if (check->audit.notice[0])
		say(check, WARNING, "%s: %s", what, check->audit.notice);
	if (!good)
		say(check, ERROR, "%s: %s", what, check->audit.cause);
	check->audit = (struct audit){ .log = check->audit.log, .start = audit_clock() };
}

static void check_user(struct check *check)
{
	if (geteuid() == 0) /* GCOVR_EXCL_BR_LINE: tests refuse root */
		say(check, WARNING,
		    "user: root, who may do everything: run this as the web server's user");
	else
		say(check, OK, "user: number %ld", (long)geteuid());
}

static bool check_settings(struct check *check)
{
	bool good = settings_load(&check->settings, &check->audit) == 0;

	if (check->settings.file[0])
		say(check, OK, "settings file: %s", check->settings.file);
	else
		say(check, OK, "settings file: none, the environment says it all");
	conclude(check, good, "settings");
	return good;
}

static void check_auth(struct check *check)
{
	const struct settings *settings = &check->settings;
	enum { HASH_SIZE = 32 }; /* the key of HS256 has that size or more (RFC 7518, 3.2) */

	say(check, OK, "auth: %s", settings_auth_name(settings->auth));
	if (settings->auth == AUTH_NONE)
		say(check, WARNING, "auth: whoever reaches the program can delete images");
	if (settings->auth == AUTH_SESSION && strlen(settings->jwt_secret) < HASH_SIZE)
		say(check, WARNING, "jwt_secret: shorter than %d bytes, so easier to guess",
		    HASH_SIZE);
	if (settings->method_override)
		say(check, WARNING, "method_override: a POST can be a DELETE");
}

static void check_log(struct check *check)
{
	if (check->audit.log == AUDIT_SYSLOG)
		say(check, OK, "log: syslog, facility daemon");
	else
		say(check, OK, "log: standard error, wherever the web server sends that");
}

static void check_files(struct check *check)
{
	static const char productos[] = "imagenes/productos";
	const char *root = check->settings.public_root;
	int recursos = recursos_open(root, &check->audit);

	conclude(check, recursos >= 0, "public root");
	if (recursos < 0)
		return;
	say(check, OK, "public root: %s", root);
	if (faccessat(recursos, productos, R_OK | W_OK | X_OK, AT_EACCESS) == 0)
		say(check, OK, "images: %s/recursos/%s is writable", root, productos);
	else
		say(check, ERROR, "images: %s/recursos/%s: %s", root, productos, strerror(errno));
	close(recursos);
}

static void check_rights(struct check *check, struct catalogue *catalogue)
{
	bool good = catalogue_may_delete(catalogue);

	conclude(check, good, "producto_imagenes");
	if (good)
		say(check, OK, "producto_imagenes: this role may delete from it");
	if (check->settings.auth != AUTH_SESSION)
		return;
	good = catalogue_may_confirm(catalogue);
	conclude(check, good, "usuarios");
	if (good)
		say(check, OK, "usuarios: this role may look sessions up in it");
}

static void check_facts(struct check *check, const struct catalogue_facts *facts)
{
	say(check, OK, "database: %s, as %s, on PostgreSQL %s", facts->database, facts->user,
	    facts->server);
	if (facts->read_only)
		say(check, ERROR, "database: read-only");
	if (facts->url_index)
		say(check, OK, "index on url: present");
	else
		say(check, WARNING,
		    "index on url: missing, so each removal reads the whole table "
		    "(sql/indexes.sql makes it)");
}

static void check_database(struct check *check)
{
	struct catalogue_facts facts;
	struct catalogue catalogue;
	bool good = catalogue_open(&catalogue, &check->settings, &check->audit) == OUTCOME_PENDING;

	conclude(check, good, "database");
	if (good) {
		good = catalogue_look(&catalogue, &facts);
		conclude(check, good, "database");
	}
	if (good) {
		check_facts(check, &facts);
		check_rights(check, &catalogue);
	}
	catalogue_close(&catalogue);
}

static int check_all(void)
{
	struct check check = { .audit = { .start = audit_clock() } };

	check_user(&check);
	if (check_settings(&check)) {
		check_auth(&check);
		check_log(&check);
		check_files(&check);
		check_database(&check);
	}
	settings_release(&check.settings);
	fflush(stdout);
	if (ferror(stdout))
		check.failed = true;
	return check.failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	if (confinement_enter() != 0) {
		perror("imagenes-check: /dev/null");
		return EXIT_FAILURE;
	}
	/* A CGI host turns ?--help into an argument, and what we say is for the operator alone. */
	if (getenv("GATEWAY_INTERFACE")) {
		fputs("imagenes-check: not a CGI program\n", stderr);
		return EXIT_FAILURE;
	}
	if (argc == 1)
		return check_all();
	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		fputs(usage, stdout);
	} else if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		puts("imagenes-check " PACKAGE_VERSION);
	} else {
		fputs(usage, stderr);
		return EXIT_FAILURE;
	}
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
