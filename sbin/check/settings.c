/* SPDX-License-Identifier: ISC */
/* The settings: whether they can be read, and whether the program will have the same ones. */
#include "config.h"

#include "check.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is known of a setting, by its name in the file. */
static struct settings_key key_of(const struct check *check, const char *name)
{
	struct settings_key key;

	for (size_t n = 0; settings_key(&check->settings, n, &key); n++)
		if (strcmp(key.name, name) == 0)
			break;
	return key;
}

const char *check_source(const struct check *check, const char *name, char text[CHECK_SOURCE_SIZE])
{
	struct settings_key key = key_of(check, name);

	if (key.in_environment)
		snprintf(text, CHECK_SOURCE_SIZE, "%s", key.variable);
	else
		snprintf(text, CHECK_SOURCE_SIZE, "\"%s\" in %s", name,
		         check->settings.file[0] ? check->settings.file
		                                 : SYSCONFDIR "/balsamoa/imagenes.json");
	return text;
}

/* Loads the settings. Only the web server's configuration may say who signs users in. */
static bool load(struct check *check)
{
	struct settings_key auth;

	if (settings_load(&check->settings, &check->diagnosis) == 0)
		return true;
	auth = key_of(check, "auth");
	if (auth.in_environment || auth.in_file)
		return false;
	settings_release(&check->settings);
	check->diagnosis = (struct diagnosis){ .cause = "" };
	return settings_load_stores(&check->settings, &check->diagnosis) == 0;
}

/* Prints how to make the file readable and trusted, depending on its owner. */
static void hint_at_file(struct check *check)
{
	const char *file = check->settings.file;
	char word[CHECK_WORD_SIZE];
	struct stat status;

	if (!file[0]) {
		check_hint("There is no settings file, neither ~/.config/balsamoa/imagenes.json of "
		           "this user nor " SYSCONFDIR "/balsamoa/imagenes.json.");
		return;
	}
	if (stat(file, &status) != 0) {
		if (errno == EACCES)
			check_directory_of(check, file);
		return;
	}
	if (access(file, R_OK) == 0 && (status.st_uid == 0 || status.st_uid == geteuid()))
		return;
	check_hint("If %s is who runs the program, as root: "
	           "`chown root:%s %s && chmod 640 %s`. If not, run this as who does, "
	           "on Debian `runuser -u www-data -- imagenes-check`.",
	           check->user, check->group, check_word(file, word), word);
}

static void describe_file(struct check *check)
{
	const char *file = check->settings.file;
	char owner[CHECK_NAME_SIZE], group[CHECK_NAME_SIZE];
	struct stat status;

	if (!file[0])
		check_say(check, OK, "settings file: none, the environment says it all");
	else if (stat(file, &status) == 0)
		check_say(check, OK, "settings file: %s (mode %04o, owner %s, group %s)", file,
		          (unsigned)status.st_mode & 07777, check_user_name(status.st_uid, owner),
		          check_group_name(status.st_gid, group));
	if (file[0] && check_is_public(check, file)) {
		check_say(
			check, ERROR,
			"settings file: beneath the public root, where the web server may hand it "
			"out");
		check_hint("Move it to " SYSCONFDIR "/balsamoa/imagenes.json.");
	}
}

/*
 * A variable that is set here may not be set where the web server runs the program. The recipes set
 * BALSAMOA_AUTH.
 */
static void compare_environment(struct check *check)
{
	struct settings_key key;

	if (!check->settings.file[0])
		return;
	for (size_t n = 0; settings_key(&check->settings, n, &key); n++) {
		if (!key.in_environment || strcmp(key.name, "auth") == 0)
			continue;
		if (key.in_file)
			check_say(
				check, WARNING,
				"%s: set in this environment, so that \"%s\" in %s does not count",
				key.variable, key.name, check->settings.file);
		else
			check_say(check, WARNING, "%s: set in this environment, and not in %s",
			          key.variable, check->settings.file);
		check_hint("Unless the web server sets it, too, leave it to the file: `unset %s`.",
		           key.variable);
	}
}

bool check_wants_sessions(const struct check *check)
{
	struct settings_key secret = key_of(check, "jwt_secret");

	return check->settings.auth == AUTH_SESSION ||
	       (check->settings.auth == AUTH_UNSET && (secret.in_environment || secret.in_file));
}

static void check_auth(struct check *check)
{
	const struct settings *settings = &check->settings;
	enum { HASH_SIZE = 32 }; /* the key of HS256 should be that long at least (RFC 7518, 3.2) */

	if (settings->auth == AUTH_UNSET) {
		check_say(check, WARNING,
		          "auth: unset here, so the web server has to set BALSAMOA_AUTH");
		check_hint("To check the sign-in, too, set it as the web server does: "
		           "`env BALSAMOA_AUTH=session imagenes-check`.");
		return;
	}
	check_say(check, OK, "auth: %s", settings_auth_name(settings->auth));
	if (settings->auth == AUTH_NONE)
		check_say(check, WARNING, "auth: whoever reaches the program can delete images");
	if (settings->auth == AUTH_SESSION && strlen(settings->jwt_secret) < HASH_SIZE)
		check_say(check, WARNING, "jwt_secret: shorter than %d bytes, so easier to guess",
		          HASH_SIZE);
}

static void check_rest(struct check *check)
{
	if (check->settings.log == SETTINGS_SYSLOG)
		check_say(check, OK, "log: syslog, facility daemon");
	else
		check_say(check, OK, "log: standard error, wherever the web server sends that");
	if (check->settings.method_override)
		check_say(check, WARNING, "method_override: a POST can be a DELETE");
}

bool check_settings(struct check *check)
{
	bool good = load(check);

	if (good)
		describe_file(check);
	check_conclude(check, good, "settings");
	if (!good) {
		hint_at_file(check);
		return false;
	}
	compare_environment(check);
	check_auth(check);
	check_rest(check);
	return true;
}
