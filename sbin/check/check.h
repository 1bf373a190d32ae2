/* SPDX-License-Identifier: ISC */
/*
 * What imagenes-check looks at, a subject a file, and how it says what it has found: a
 * line that begins with `ok: `, `warning: ` or `error: `, and, where there is something
 * to do about it, one that begins with `hint: `.
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

/* What the command line says; NULL: nothing. */
struct check_options {
	const char *program;     /* where the CGI program is, if not where it is installed */
	const char *htpasswd;    /* the web server's password file */
	const char *url;         /* the shop as a browser reaches it */
	const char *curl_config; /* a file of options for curl, such as how to sign in */
};

/* A directory that has been looked at. */
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
	struct examination_sample sample; /* empty where the database does not give any */
	struct check_seen *seen;
	size_t seen_count;
	char user[64];  /* who we are */
	char group[64]; /* and our own group */
	bool failed;
};

enum check_level { OK, WARNING, ERROR };

/* Prints a finding; an error makes the whole check fail. What a terminal would obey is a `?`. */
void check_say(struct check *check, enum check_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Prints what to do about the finding before. */
void check_hint(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Prints what the diagnosis was told: notices as warnings and, where it is not good, the
 * cause as an error. Then forgets it: each step has its own time.
 */
void check_conclude(struct check *check, bool good, const char *what);

/* How hints have PostgreSQL's superuser run something, and where that is. */
#define CHECK_PSQL "runuser -u postgres -- psql"
#define CHECK_SQL PKGDATADIR "/sql/"

/* A path as one word of a shell's command. Returns text. */
enum { CHECK_WORD_SIZE = 8192 };
const char *check_word(const char *path, char text[CHECK_WORD_SIZE]);

/* --- the subjects, in their order --- */

/* Who we are. The others need it. */
void check_user(struct check *check);

/* Loads the settings. Returns whether they are of any use; the others need them. */
bool check_settings(struct check *check);

/* The database, its rights, and a deletion that is undone. Takes the sample. */
void check_database(struct check *check);

/* The public root and the directories of the images. */
void check_files(struct check *check);

/* The CGI program, and who may change, read or run it. */
void check_program(struct check *check);

/* The web server's password file. */
void check_htpasswd(struct check *check);

/* Whether what answers at the url is the program. */
void check_outside(struct check *check);

/* --- what more than one of them needs --- */

/*
 * Says where a setting, as the file names it, is or should be set: `DATABASE_URL`, or
 * `database in FILE`. Returns text.
 */
enum { CHECK_SOURCE_SIZE = 4200 };
const char *check_source(const struct check *check, const char *name, char text[CHECK_SOURCE_SIZE]);

/* Whether the shop's own sign-in is used, or may be, for all that is said here. */
bool check_wants_sessions(const struct check *check);

/* What a user needs of a directory (access(2)). */
enum { CHECK_SEARCH = 1, CHECK_READ = 4 | 1, CHECK_WRITE = 4 | 2 | 1 };

/*
 * Whether we may do this with a directory, given by its absolute path. If not, or not with
 * one above it, says so and what to do, once.
 */
bool check_directory(struct check *check, const char *path, int need);

/* Whether this has not been told of a directory yet; from here on it has. */
bool check_tell_once(struct check *check, const char *path, int need);

/* The directories' end. */
void check_release_directories(struct check *check);

/* Likewise whether we may enter the directory that a file is in. */
bool check_directory_of(struct check *check, const char *file);

/* The length of the public root without a slash at its end. */
int check_root_length(const struct check *check);

/* Whether a file lies beneath the public root, where the web server may hand it out. */
bool check_is_public(const struct check *check, const char *path);

/* A name, or the number of who has none. */
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
 * Runs a command, with no more of an environment than is given, or with ours for NULL.
 * Waits for its end, and takes nothing from standard input. Returns result->status.
 */
int check_run(struct check_result *result, const char *const *arguments,
              const char *const *environment);

#endif
