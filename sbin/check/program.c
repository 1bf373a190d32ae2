/* SPDX-License-Identifier: ISC */
/*
 * The CGI program and the web server's password file: who owns them, and who may do what with them.
 */
#include "config.h"

#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The mode and the owners, in words. */
static const char *describe_owner(const struct stat *status, char text[256])
{
	char owner[CHECK_NAME_SIZE], group[CHECK_NAME_SIZE];

	snprintf(text, 256, "mode %04o, owner %s, group %s", (unsigned)status->st_mode & 07777,
	         check_user_name(status->st_uid, owner), check_group_name(status->st_gid, group));
	return text;
}

/* --- the program --- */

/*
 * Whether users other than root and the owner may replace it, or read it from a server that fails
 * to run it.
 */
static void check_mode(struct check *check, const char *program, const struct stat *status)
{
	char word[CHECK_WORD_SIZE];

	check_word(program, word);
	if (status->st_mode & (S_IWGRP | S_IWOTH)) {
		check_say(check, ERROR, "program %s: users other than its owner can change it",
		          program);
		check_hint("`chmod 711 %s`", word);
	} else if (status->st_mode & (S_IRGRP | S_IROTH)) {
		check_say(check, WARNING,
		          "program %s: a server that fails to run it can hand it out", program);
		check_hint("`chmod 711 %s`", word);
	}
	if (status->st_uid != 0 && status->st_uid != geteuid()) {
		char owner[CHECK_NAME_SIZE];

		check_say(check, WARNING, "program %s: %s can change it", program,
		          check_user_name(status->st_uid, owner));
		check_hint("As root: `chown root %s`", word);
	}
}

/* Lets it answer an OPTIONS request, which needs neither settings nor stores. */
static bool answers(const char *program, struct check_result *result)
{
	const char *const arguments[] = { program, NULL };
	static const char *const environment[] = {
		"REQUEST_METHOD=OPTIONS",    "PATH_INFO=/2147483647", "GATEWAY_INTERFACE=CGI/1.1",
		"BALSAMOA_CONFIG=/dev/null", "BALSAMOA_LOG=stderr",   NULL
	};

	check_run(result, arguments, environment);
	return strncmp(result->output, "Status: 204 ", 12) == 0;
}

/* A name without a directory is not to be searched for in PATH. */
static void find_program(const char *named, char program[PATH_MAX])
{
	snprintf(program, PATH_MAX, "%s%s", strchr(named, '/') ? "" : "./", named);
}

bool check_wants_products(const struct check *check)
{
	struct check_result result;
	char program[PATH_MAX];

	if (check->options.productos || !check->options.program)
		return check->options.productos;
	find_program(check->options.program, program);
	return answers(program, &result) && strstr(result.output, "\nAllow: GET, HEAD, PUT, ");
}

static void check_that_it_runs(struct check *check, const char *program, const char *description)
{
	struct check_result result;

	if (answers(program, &result)) {
		check_say(check, OK, "program: %s (%s)", program, description);
		return;
	}
	check_say(check, ERROR, "program %s: does not run here: %s", program,
	          result.error[0] ? result.error : "it says nothing");
	check_hint("Build it for this system, or as the standalone program.");
}

static void check_one(struct check *check, const char *named)
{
	char program[PATH_MAX], text[256];
	struct stat status;

	find_program(named, program);
	if (stat(program, &status) != 0) {
		if (errno == EACCES && !check_directory_of(check, program))
			return;
		check_say(check, ERROR, "program %s: %s", program, strerror(errno));
		check_hint("`make install` puts it there; `--program FILE` checks another.");
		return;
	}
	if (!S_ISREG(status.st_mode) || faccessat(AT_FDCWD, program, X_OK, AT_EACCESS) != 0) {
		char word[CHECK_WORD_SIZE];

		check_say(check, ERROR, "program %s: %s cannot run it (%s)", program, check->user,
		          describe_owner(&status, text));
		check_hint("`chmod 711 %s`, and do not mount its file system noexec.",
		           check_word(program, word));
		return;
	}
	check_mode(check, program, &status);
	check_that_it_runs(check, program, describe_owner(&status, text));
}

void check_program(struct check *check)
{
	if (check->options.program) {
		check_one(check, check->options.program);
		return;
	}
	check_one(check, CGIDIR "/imagenes");
	if (check->products)
		check_one(check, CGIDIR "/productos");
}

/* --- the password file --- */

/* Checks one line, NAME:HASH. Returns whether it is an entry. Prints what is wrong with it. */
static bool check_password_line(struct check *check, const char *file, int number, const char *line)
{
	size_t name = strcspn(line, ":");
	char word[CHECK_WORD_SIZE];

	if (!*line || *line == '#')
		return false;
	if (!line[name]) {
		check_say(check, WARNING, "password file %s: line %d is not NAME:HASH", file,
		          number);
		return false;
	}
	if (strncmp(line + name, ":$2", 3) == 0)
		return true;
	check_say(check, WARNING, "password file %s: line %d, of %.*s, is not bcrypt", file, number,
	          (int)name, line);
	check_hint("`htpasswd -B %s %.*s`", check_word(file, word), (int)name, line);
	return true;
}

static void check_entries(struct check *check, const char *file)
{
	FILE *entries = fopen(file, "re");
	char line[1024], word[CHECK_WORD_SIZE];
	int number = 0, count = 0;

	while (entries && fgets(line, sizeof line, entries)) {
		line[strcspn(line, "\r\n")] = '\0';
		count += check_password_line(check, file, ++number, line);
	}
	if (entries)
		fclose(entries);
	if (count > 0) {
		check_say(check, OK, "password file: %s, %d user%s", file, count,
		          count == 1 ? "" : "s");
		return;
	}
	check_say(check, ERROR, "password file %s: nobody is in it", file);
	check_hint("`htpasswd -B %s NAME`", check_word(file, word));
}

/* The file that was given, or else the recipes' own, if the recipe uses it. */
static const char *find_password_file(const struct check *check)
{
	static const char usual[] = SYSCONFDIR "/balsamoa/imagenes.htpasswd";

	if (check->options.htpasswd)
		return check->options.htpasswd;
	return check->settings.auth == AUTH_SERVER && access(usual, F_OK) == 0 ? usual : NULL;
}

void check_htpasswd(struct check *check)
{
	const char *file = find_password_file(check);
	char word[CHECK_WORD_SIZE], text[256];
	struct stat status;

	if (!file)
		return;
	check_word(file, word);
	if (stat(file, &status) != 0) {
		if (errno == EACCES && !check_directory_of(check, file))
			return;
		check_say(check, ERROR, "password file %s: %s", file, strerror(errno));
		check_hint("`htpasswd -B -c %s NAME`", word);
		return;
	}
	if (check_is_public(check, file)) {
		check_say(check, ERROR,
		          "password file %s: beneath the public root, where the web "
		          "server may hand it out",
		          file);
		check_hint("Move it to " SYSCONFDIR "/balsamoa/imagenes.htpasswd.");
	}
	if (status.st_mode & (S_IROTH | S_IWOTH | S_IWGRP))
		check_say(check, ERROR, "password file %s: others can read or change it (%s)", file,
		          describe_owner(&status, text));
	else if (faccessat(AT_FDCWD, file, R_OK, AT_EACCESS) != 0)
		check_say(check, ERROR, "password file %s: %s cannot read it (%s)", file,
		          check->user, describe_owner(&status, text));
	else {
		check_entries(check, file);
		return;
	}
	check_hint("As root: `chown root:%s %s && chmod 640 %s`", check->group, word, word);
}
