/* SPDX-License-Identifier: ISC */
/* What the operator decided. Only this file reads the settings' variables and their file. */
#include "config.h"

#include "base/settings.h"

#include "base/json_text.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The longest is below the time-outs of Apache, lighttpd and nginx; libpq wants 2 s to connect. */
enum { SHORTEST_TIMEOUT = 3000, DEFAULT_TIMEOUT = 10000, LONGEST_TIMEOUT = 60000 };
enum { DEFAULT_BODY = 1 << 20, LARGEST_BODY = 16 << 20 };
enum { LARGEST_FILE = 64 << 10 };
enum { ADMINISTRATOR = 1 }; /* the shop's only role */

enum key {
	DATABASE,
	PUBLIC_ROOT,
	AUTH,
	JWT_SECRET,
	ADMIN_ROLES,
	GRACE,
	TIME_ZONE,
	LOG,
	TIMEOUT,
	OVERRIDE,
	MAX_BODY,
	KEYS
};

static const struct {
	const char *variable;
	const char *name; /* in the file */
	json_type type;
} keys[KEYS] = {
	[DATABASE] = { "DATABASE_URL", "database", json_type_string },
	[PUBLIC_ROOT] = { "BALSAMOA_PUBLIC_ROOT", "public_root", json_type_string },
	[AUTH] = { "BALSAMOA_AUTH", "auth", json_type_string },
	[JWT_SECRET] = { "FIRMA_JWT", "jwt_secret", json_type_string },
	[ADMIN_ROLES] = { "BALSAMOA_ADMIN_ROLES", "admin_roles", json_type_array },
	[GRACE] = { "BALSAMOA_GRACE", "grace", json_type_string },
	[TIME_ZONE] = { "BALSAMOA_TIME_ZONE", "time_zone", json_type_string },
	[LOG] = { "BALSAMOA_LOG", "log", json_type_string },
	[TIMEOUT] = { "BALSAMOA_TIMEOUT_MS", "timeout_ms", json_type_int },
	[OVERRIDE] = { "BALSAMOA_METHOD_OVERRIDE", "method_override", json_type_boolean },
	[MAX_BODY] = { "BALSAMOA_MAX_BODY", "max_body", json_type_int },
};

/* A variable's value; one that is set but empty counts as unset. */
static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

/* A setting as text, whatever its type (an array as JSON). NULL: unset. */
static const char *value_of(const struct settings *settings, enum key key)
{
	const char *value = variable(keys[key].variable);
	json_object *member;

	if (!value && json_object_object_get_ex(settings->document, keys[key].name, &member))
		value = keys[key].type == json_type_string
		                ? json_object_get_string(member)
		                : json_object_to_json_string_ext(member, JSON_C_TO_STRING_PLAIN);
	return value && *value ? value : NULL;
}

/* Tells the diagnosis what is wrong with a setting, and where it is set. Returns -1. */
static int complain(const struct settings *settings, enum key key, struct diagnosis *diagnosis,
                    const char *what)
{
	if (variable(keys[key].variable) || !settings->file[0])
		diagnosis_cause(diagnosis, "%s %s", keys[key].variable, what);
	else
		diagnosis_cause(diagnosis, "%s: %s %s", settings->file, keys[key].name, what);
	return -1;
}

/* --- the file --- */

/* Refuses a file that the wrong people can read, or may have written. */
static int check_status(const struct settings *settings, int fd, struct diagnosis *diagnosis)
{
	const char *fault = NULL;
	struct stat status;

	if (fstat(fd, &status) != 0)
		fault = strerror(errno);
	else if (!S_ISREG(status.st_mode))
		fault = "it is not a regular file";
	else if (status.st_uid != geteuid() && status.st_uid != 0) /* GCOVR_EXCL_BR_LINE: root's */
		fault = "it belongs to another user";
	else if (status.st_mode & (S_IROTH | S_IWOTH | S_IWGRP))
		fault = "others can read or write it (chmod g-w,o=)";
	else if ((status.st_mode & S_IRGRP) && status.st_uid != 0) /* GCOVR_EXCL_BR_LINE: root's */
		fault = "its group can read it, and its owner is not root (chmod 600)";
	else if (status.st_size > LARGEST_FILE)
		fault = "it is too large";
	if (!fault)
		return 0;
	diagnosis_cause(diagnosis, "%s: %s", settings->file, fault);
	return -1;
}

/* Reads at most size bytes. Returns how many, or -1. */
static ssize_t read_all(int fd, char *text, size_t size)
{
	size_t length = 0;
	ssize_t n = 1;

	while (length < size && n > 0) {
		n = read(fd, text + length, size - length);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n > 0)
			length += (size_t)n;
	}
	return n < 0 ? -1 : (ssize_t)length;
}

/* How many letters to insert, delete or replace to turn one name into the other (Levenshtein). */
static size_t distance(const char *from, const char *to)
{
	enum { ROOM = 32 }; /* enough for each setting's name */
	size_t row[ROOM] = { 0 }, length = strlen(to);

	for (size_t i = 1; i <= length; i++)
		row[i] = i;
	for (; *from; from++) {
		size_t diagonal = row[0]++;

		for (size_t i = 1; i <= length; i++) {
			size_t change = diagonal + (*from != to[i - 1]);
			size_t shift = (row[i] < row[i - 1] ? row[i] : row[i - 1]) + 1;

			diagonal = row[i];
			row[i] = change < shift ? change : shift;
		}
	}
	return row[length];
}

/*
 * The setting that a wrong name may stand for: it is the variable's name, or mistyped. KEYS: none.
 */
static enum key nearest(const char *name)
{
	enum { FAR = 4 };
	size_t best = FAR;
	enum key found = KEYS;

	for (enum key key = 0; key < KEYS; key++) {
		size_t far =
			strcmp(name, keys[key].variable) == 0 ? 0 : distance(name, keys[key].name);

		if (far < best && far <= strlen(name) / 2) {
			best = far;
			found = key;
		}
	}
	return found;
}

static int refuse_name(const struct settings *settings, const char *name,
                       struct diagnosis *diagnosis)
{
	enum key meant = nearest(name);

	if (meant < KEYS)
		diagnosis_cause(diagnosis, "%s: unknown setting \"%s\"; did you mean \"%s\"?",
		                settings->file, name, keys[meant].name);
	else
		diagnosis_cause(diagnosis, "%s: unknown setting \"%s\"", settings->file, name);
	return -1;
}

/* Whether a member of the file is a setting, and of the right type. */
static int check_member(const struct settings *settings, const char *name, json_object *value,
                        struct diagnosis *diagnosis)
{
	for (int key = 0; key < KEYS; key++) {
		if (strcmp(name, keys[key].name) != 0)
			continue;
		if (json_object_is_type(value, keys[key].type))
			return 0;
		diagnosis_cause(diagnosis, "%s: %s is not of type %s", settings->file, name,
		                json_type_to_name(keys[key].type));
		return -1;
	}
	return refuse_name(settings, name, diagnosis);
}

static int check_members(const struct settings *settings, struct diagnosis *diagnosis)
{
	struct json_object_iterator end = json_object_iter_end(settings->document);

	for (struct json_object_iterator i = json_object_iter_begin(settings->document);
	     !json_object_iter_equal(&i, &end); json_object_iter_next(&i))
		if (check_member(settings, json_object_iter_peek_name(&i),
		                 json_object_iter_peek_value(&i), diagnosis) != 0)
			return -1;
	return 0;
}

/*
 * Reads and parses the open file into settings->document. On the stack, the buffer would cost a
 * page fault for each of its pages (-fstack-clash-protection); of the heap's, only what is read.
 */
static int parse_file(struct settings *settings, int fd, struct diagnosis *diagnosis)
{
	struct json_text_error error;
	char *text = malloc(LARGEST_FILE);
	ssize_t length = text ? read_all(fd, text, LARGEST_FILE) : -1;

	if (length < 0) {
		diagnosis_cause(diagnosis, "%s: %s", settings->file,
		                text ? "it cannot be read" : "out of memory");
	} else {
		settings->document = json_text_parse(text, (size_t)length, 4, &error);
		if (!settings->document)
			diagnosis_cause(diagnosis, "%s:%d:%d: %s", settings->file, error.line,
			                error.column, error.reason);
	}
	free(text);
	return settings->document ? 0 : -1;
}

/* Reads the open file, if it may be trusted. Closes it. */
static int read_file(struct settings *settings, int fd, struct diagnosis *diagnosis)
{
	int status = check_status(settings, fd, diagnosis);

	if (status == 0)
		status = parse_file(settings, fd, diagnosis);
	close(fd);
	return status == 0 ? check_members(settings, diagnosis) : -1;
}

/*
 * Opens directory/name as the settings' file, or directory itself if name is NULL. Returns 0 with a
 * descriptor, or with -1 for it if there is no file and none is required. Returns -1 after telling
 * the diagnosis. A terminal or a FIFO can neither block nor take over the program.
 */
static int open_file(struct settings *settings, int *fd, const char *directory, const char *name,
                     struct diagnosis *diagnosis)
{
	const bool required = !name;
	int length = snprintf(settings->file, sizeof settings->file, "%s%s", directory,
	                      name ? name : "");

	errno = ENAMETOOLONG;
	*fd = length < (int)sizeof settings->file
	              ? open(settings->file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
	              : -1;
	if (*fd >= 0)
		return 0;
	if (required || (errno != ENOENT && errno != ENOTDIR)) {
		diagnosis_cause(diagnosis, "%s: %s", settings->file, strerror(errno));
		return -1;
	}
	settings->file[0] = '\0';
	return 0;
}

static int find_file(struct settings *settings, int *fd, struct diagnosis *diagnosis)
{
	const char *config = variable("BALSAMOA_CONFIG");
	const struct passwd *user;

	*fd = -1;
	if (config)
		return open_file(settings, fd, config, NULL, diagnosis);
	user = getpwuid(geteuid());
	if (user && user->pw_dir[0] == '/') {
		setenv("HOME", user->pw_dir, 0); /* or libpq would look it up again */
		if (open_file(settings, fd, user->pw_dir, "/.config/balsamoa/imagenes.json",
		              diagnosis) != 0)
			return -1;
	}
	if (*fd >= 0)
		return 0;
	return open_file(settings, fd, SYSCONFDIR, "/balsamoa/imagenes.json", diagnosis);
}

static int load_file(struct settings *settings, struct diagnosis *diagnosis)
{
	int fd;

	if (find_file(settings, &fd, diagnosis) != 0)
		return -1;
	return fd >= 0 ? read_file(settings, fd, diagnosis) : 0;
}

/* --- the settings --- */

static int load_log(struct settings *settings, struct diagnosis *diagnosis)
{
	const char *value = value_of(settings, LOG);

	if (!value || strcmp(value, "stderr") == 0)
		return 0;
	if (strcmp(value, "syslog") != 0)
		return complain(settings, LOG, diagnosis, "is neither stderr nor syslog");
	settings->log = SETTINGS_SYSLOG;
	return 0;
}

/* Reads an integer within the bounds. The whole text must be digits. */
static int load_integer(const struct settings *settings, enum key key, int least, int most,
                        int *number, struct diagnosis *diagnosis)
{
	const char *text = value_of(settings, key);
	long long value = 0;
	char what[80];

	if (!text)
		return 0;
	snprintf(what, sizeof what, "is not an integer from %d to %d", least, most);
	for (; *text && value <= most; text++) {
		if (*text < '0' || *text > '9')
			return complain(settings, key, diagnosis, what);
		value = value * 10 + (*text - '0');
	}
	if (value < least || value > most)
		return complain(settings, key, diagnosis, what);
	*number = (int)value;
	return 0;
}

/* Reads the digits of a role's id. Returns where they end, or NULL. */
static const char *read_role(const char *text, int32_t *role)
{
	int64_t value = 0;

	for (; *text >= '0' && *text <= '9' && value <= INT32_MAX; text++)
		value = value * 10 + (*text - '0');
	*role = (int32_t)value;
	return value >= 1 && value <= INT32_MAX ? text : NULL;
}

/* Reads ids separated by commas: 1,3 or [1,3]. */
static int load_admin_roles(struct settings *settings, struct diagnosis *diagnosis)
{
	const char *c = value_of(settings, ADMIN_ROLES);
	const bool array = c && *c == '[';
	size_t count = 0;

	if (!c)
		return 0;
	c += array;
	do
		c = count < SETTINGS_MOST_ROLES ? read_role(c, &settings->admin_roles[count++])
		                                : NULL;
	while (c && *c++ == ',');
	if (!c || c[-1] != (array ? ']' : '\0') || (array && *c))
		return complain(settings, ADMIN_ROLES, diagnosis,
		                "is not a list of 1 to 16 role ids");
	settings->admin_role_count = count;
	return 0;
}

time_t settings_parse_age(const char *text)
{
	static const char units[] = "smhdw";
	static const time_t seconds[] = { 1, 60, 3600, 86400, 604800 };
	char *end;
	long value = strtol(text, &end, 10);
	const char *unit = *end ? strchr(units, *end) : NULL;

	if (*text < '0' || *text > '9' || value > 100000 || !unit || end[1])
		return -1;
	return value * seconds[unit - units];
}

static int load_grace(struct settings *settings, struct diagnosis *diagnosis)
{
	const char *value = value_of(settings, GRACE);

	settings->grace = value && strcmp(value, "0") != 0 ? settings_parse_age(value) : 0;
	if (settings->grace >= 0)
		return 0;
	settings->grace = 0;
	return complain(settings, GRACE, diagnosis,
	                "is neither 0 nor a number and s, m, h, d or w");
}

/* Whether it names a file of tzdata's: letters, digits and a few signs, and no way out of there. */
static bool is_time_zone(const char *name)
{
	char path[128];
	int length = snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", name);

	return name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	                         "0123456789_+-/")] == '\0' &&
	       name[0] != '/' && length < (int)sizeof path && access(path, R_OK) == 0;
}

static int load_time_zone(struct settings *settings, struct diagnosis *diagnosis)
{
	const char *value = value_of(settings, TIME_ZONE);

	if (!value || strcmp(value, settings->time_zone) == 0)
		return 0;
	if (!is_time_zone(value))
		return complain(
			settings, TIME_ZONE, diagnosis,
			"is no file in /usr/share/zoneinfo (Debian: apt-get install tzdata)");
	settings->time_zone = value;
	return 0;
}

static int load_override(struct settings *settings, struct diagnosis *diagnosis)
{
	const char *value = value_of(settings, OVERRIDE);

	if (!value || strcmp(value, "0") == 0 || strcmp(value, "false") == 0)
		return 0;
	if (strcmp(value, "1") != 0 && strcmp(value, "true") != 0)
		return complain(settings, OVERRIDE, diagnosis, "is neither true (1) nor false (0)");
	settings->method_override = true;
	return 0;
}

static int load_public_root(struct settings *settings, struct diagnosis *diagnosis)
{
	const char *root = value_of(settings, PUBLIC_ROOT);
	const char *document_root = variable("DOCUMENT_ROOT");

	settings->public_root = root ? root : document_root;
	if (!settings->public_root)
		return complain(settings, PUBLIC_ROOT, diagnosis,
		                "is unset, and so is DOCUMENT_ROOT");
	if (settings->public_root[0] == '/')
		return 0;
	if (root)
		return complain(settings, PUBLIC_ROOT, diagnosis, "is not an absolute path");
	diagnosis_cause(diagnosis, "DOCUMENT_ROOT is not an absolute path");
	return -1;
}

static int load_auth(struct settings *settings, struct diagnosis *diagnosis)
{
	const char *value = value_of(settings, AUTH);

	if (!value)
		return complain(settings, AUTH, diagnosis, "is unset: say session, server or none");
	for (int auth = AUTH_SESSION; auth <= AUTH_NONE; auth++)
		if (strcmp(value, settings_auth_name((enum auth)auth)) == 0)
			settings->auth = (enum auth)auth;
	if (settings->auth == AUTH_UNSET) {
		char what[80];

		snprintf(what, sizeof what, "is %.20s: say session, server or none", value);
		return complain(settings, AUTH, diagnosis, what);
	}
	settings->jwt_secret = value_of(settings, JWT_SECRET);
	if (settings->auth == AUTH_SESSION && !settings->jwt_secret)
		return complain(settings, JWT_SECRET, diagnosis, "is unset, and auth is session");
	return 0;
}

int settings_load_stores(struct settings *settings, struct diagnosis *diagnosis)
{
	int file;

	*settings = (struct settings){ .timeout = DEFAULT_TIMEOUT,
		                       .max_body = DEFAULT_BODY,
		                       .time_zone = "UTC",
		                       .admin_roles = { ADMINISTRATOR },
		                       .admin_role_count = 1 };
	file = load_file(settings, diagnosis);
	settings->database = value_of(settings, DATABASE);
	/*
	 * The log comes first, because complaints go there. Next come the settings that a refusal
	 * needs.
	 */
	if (load_log(settings, diagnosis) != 0 || file != 0 ||
	    load_integer(settings, TIMEOUT, SHORTEST_TIMEOUT, LONGEST_TIMEOUT, &settings->timeout,
	                 diagnosis) != 0 ||
	    load_integer(settings, MAX_BODY, 0, LARGEST_BODY, &settings->max_body, diagnosis) !=
	            0 ||
	    load_grace(settings, diagnosis) != 0 || load_time_zone(settings, diagnosis) != 0 ||
	    load_admin_roles(settings, diagnosis) != 0 || load_override(settings, diagnosis) != 0)
		return -1;
	return load_public_root(settings, diagnosis);
}

int settings_load(struct settings *settings, struct diagnosis *diagnosis)
{
	if (settings_load_stores(settings, diagnosis) != 0)
		return -1;
	return load_auth(settings, diagnosis);
}

bool settings_key(const struct settings *settings, size_t n, struct settings_key *key)
{
	json_object *member = NULL;
	const char *text;

	if (n >= KEYS)
		return false;
	key->variable = keys[n].variable;
	key->name = keys[n].name;
	key->in_environment = variable(key->variable) != NULL;
	json_object_object_get_ex(settings->document, key->name, &member);
	text = json_object_get_string(member);
	key->in_file = text && *text;
	return true;
}

void settings_release(struct settings *settings)
{
	json_object_put(settings->document);
	*settings = (struct settings){ .auth = AUTH_UNSET };
}

const char *settings_auth_name(enum auth auth)
{
	static const char *const names[] = { [AUTH_UNSET] = "unset",
		                             [AUTH_SESSION] = "session",
		                             [AUTH_SERVER] = "server",
		                             [AUTH_NONE] = "none" };

	return names[auth];
}
