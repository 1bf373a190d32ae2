/* SPDX-License-Identifier: ISC */
/*
 * The parts of imagenes-check, a subject a file, and how it prints a finding: a line that begins
 * with `ok: `, `warning: ` or `error: `, and, if something can be done about it, a line that begins
 * with `hint: `.
 */
#ifndef CHECK_H
#define CHECK_H

#include "base/clock.h"
#include "base/diagnosis.h"
#include "examination.h"
#include "base/settings.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The options of the command line. NULL: not given. */
struct check_options {
	const char *program;     /* the CGI program, if not where it is installed */
	const char *htpasswd;    /* the web server's password file */
	const char *url;         /* the shop as a browser reaches it */
	const char *curl_config; /* a file of options for curl, such as how to sign in */
	bool productos;          /* productos is in use */
};

/* A directory that has been checked. */
struct check_seen {
	char *path;
	int need;
	bool good;
};

struct check {
	struct check_options options;
	struct settings settings;
	struct budget budget; /* of the step under way */
	struct diagnosis diagnosis;
	struct examination_sample sample; /* empty if the database gives none */
	struct check_seen *seen;
	size_t seen_count;
	char user[64];  /* the user who runs this */
	char group[64]; /* and that user's own group */
	bool products;  /* what productos needs is checked, too */
	bool failed;
};

enum check_level { OK, WARNING, ERROR };

/*
 * Prints a finding. An error makes the whole check fail. Prints `?` for what a terminal would obey.
 */
void check_say(struct check *check, enum check_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Prints what to do about the last finding. */
void check_hint(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Prints what the diagnosis was told: notices as warnings and, unless the step went well, the cause
 * as an error. Then clears it and restarts the budget: each step has its own time.
 */
void check_conclude(struct check *check, bool good, const char *what);

/* How hints run a command as PostgreSQL's superuser, and the directory of its scripts. */
#define CHECK_PSQL "runuser -u postgres -- psql"
#define CHECK_SQL PKGDATADIR "/sql/"

/* A path as one word of a shell's command. Returns text. */
enum { CHECK_WORD_SIZE = 8192 };
const char *check_word(const char *path, char text[CHECK_WORD_SIZE]);

/* --- the subjects, in their order --- */

/* Who runs this. The other subjects need it. */
void check_user(struct check *check);

/* Loads the settings. Returns whether they are usable. The other subjects need them. */
bool check_settings(struct check *check);

/* The database, its rights, and a deletion that is undone. Takes the sample. */
void check_database(struct check *check);

/* The public root and the directories of the images. */
void check_files(struct check *check);

/* The CGI programs, and who may change, read or run them. */
void check_program(struct check *check);

/* The web server's password file. */
void check_htpasswd(struct check *check);

/* Whether the program answers at the url. */
void check_outside(struct check *check);

/* --- shared by several of them --- */

/*
 * Writes where a setting, by its name in the file, is or should be set: `DATABASE_URL`, or
 * `database in FILE`. Returns text.
 */
enum { CHECK_SOURCE_SIZE = 4200 };
const char *check_source(const struct check *check, const char *name, char text[CHECK_SOURCE_SIZE]);

/* Whether the shop's own sign-in is used, or may be used: the settings here do not rule it out. */
bool check_wants_sessions(const struct check *check);

/* Whether productos is in use: the options say so, or name it as the program. */
bool check_wants_products(const struct check *check);

/* What a user needs of a directory (access(2)). */
enum { CHECK_SEARCH = 1, CHECK_READ = 4 | 1, CHECK_WRITE = 4 | 2 | 1 };

/*
 * Whether we may do this with a directory, given by its absolute path. If not, or if a directory
 * above it is in the way, says so and what to do, but only once.
 */
bool check_directory(struct check *check, const char *path, int need);

/* Returns true the first time that it is called for this directory and need. */
bool check_tell_once(struct check *check, const char *path, int need);

/* Frees the directories. */
void check_release_directories(struct check *check);

/* Like check_directory(), for the directory of a file: whether we may enter it. */
bool check_directory_of(struct check *check, const char *file);

/* The length of the public root without a slash at its end. */
int check_root_length(const struct check *check);

/* Whether a file lies beneath the public root, where the web server may hand it out. */
bool check_is_public(const struct check *check, const char *path);

/* The name of a user or group, or the number if there is no name. */
enum { CHECK_NAME_SIZE = 64 };
const char *check_user_name(uid_t user, char name[CHECK_NAME_SIZE]);
const char *check_group_name(gid_t group, char name[CHECK_NAME_SIZE]);

/* Whether we are in this group. */
bool check_in_group(gid_t group);

/* What a command has printed, cut to size, and how it ended. */
struct check_result {
	char output[16384];
	char error[512]; /* the first line */
	int status;      /* the exit status; -1: killed, or never started */
};

/*
 * Runs a command in the given environment, or in ours if that is NULL. Waits for its end. The
 * command's standard input is empty. Returns result->status.
 */
int check_run(struct check_result *result, const char *const *arguments,
              const char *const *environment);

#endif
