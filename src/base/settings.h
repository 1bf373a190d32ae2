/* SPDX-License-Identifier: ISC */
/*
 * What the operator decided: the environment counts first, then a JSON file, then a default. The
 * file is there because suexec passes on no variables but its own.
 *
 *   environment                key              value                       default
 *   DATABASE_URL               database         connection string or URI    libpq's own
 *   BALSAMOA_PUBLIC_ROOT       public_root      absolute path               DOCUMENT_ROOT
 *   BALSAMOA_AUTH              auth             session, server, none       unusable
 *   FIRMA_JWT                  jwt_secret       needed by session           none
 *   BALSAMOA_ADMIN_ROLES       admin_roles      ids of roles: 1,3 ([1, 3])  1
 *   BALSAMOA_GRACE             grace            0, or 30m, 12h, 7d, …       0
 *   BALSAMOA_TIME_ZONE         time_zone        a name of tzdata's          UTC
 *   BALSAMOA_LOG               log              stderr, syslog              stderr
 *   BALSAMOA_TIMEOUT_MS        timeout_ms       3000 to 60000               10000
 *   BALSAMOA_METHOD_OVERRIDE   method_override  true (1), false (0)         false
 *   BALSAMOA_MAX_BODY          max_body         bytes, 0 to 16777216        1048576
 *
 * An empty value counts as unset. In the file timeout_ms and max_body are integers,
 * method_override is a boolean, admin_roles is an array of integers, and the rest
 * are strings.
 */
#ifndef SETTINGS_H
#define SETTINGS_H

#include "base/diagnosis.h"

#include <json-c/json.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* Who signs users in. */
enum auth {
	AUTH_UNSET,   /* the operator has not said: refuse everything */
	AUTH_SESSION, /* the shop's own sign-in */
	AUTH_SERVER,  /* the web server; REMOTE_USER says who */
	AUTH_NONE     /* nobody: everybody may delete, because the operator says so */
};

/* Where the log goes. */
enum settings_log {
	SETTINGS_STDERR,
	SETTINGS_SYSLOG /* facility daemon: some servers throw stderr away */
};

enum { SETTINGS_MOST_ROLES = 16 };

/* Strings belong to the environment or to the document, until settings_release(). */
struct settings {
	const char *database;    /* libpq connection string or URI; NULL: libpq's defaults */
	const char *public_root; /* absolute path; a record's file is at public_root + url */
	const char *jwt_secret;  /* what the shop signs its tokens with; set for AUTH_SESSION */
	enum auth auth;
	enum settings_log log;
	int32_t admin_roles[SETTINGS_MOST_ROLES]; /* usuarios.rol_id of those who may delete */
	size_t admin_role_count;                  /* 1 or more; the rest of the array is unused */
	time_t grace;          /* for how many seconds a removed file stays staged */
	const char *time_zone; /* of the shop's timestamps without one */
	int timeout;           /* whole request, in milliseconds */
	int max_body;          /* bytes of a request's body, at most */
	bool method_override;  /* POST may say that it is a DELETE or a PUT */
	char file[PATH_MAX];   /* the file that was read; empty: none */
	json_object *document;
};

/*
 * Reads the settings. The file is $BALSAMOA_CONFIG. If that is unset, it is the first that exists
 * of ~/.config/balsamoa/imagenes.json, in the effective user's home as passwd(5) has it, and
 * balsamoa/imagenes.json in the configured sysconfdir. Such files hold secrets. So a file is
 * refused if anybody but its owner can write it, if others can read it, or if it belongs neither to
 * the effective user nor to root. Its group may read it if root owns it: that is how root gives a
 * web server its settings.
 *
 * Returns 0, or -1 after telling the diagnosis which setting is unusable and why. The words quote
 * neither the database nor a secret. After -1, use the settings only to refuse the request. The log
 * is read first, so that it is known even then. Call settings_release(), whatever this returned.
 */
int settings_load(struct settings *settings, struct diagnosis *diagnosis);

/* The same without auth and jwt_secret, for commands, where nobody signs in. */
int settings_load_stores(struct settings *settings, struct diagnosis *diagnosis);

/*
 * Reads a number and s, m, h, d or w, such as 7d, as seconds. Returns -1 if the text is anything
 * else.
 */
time_t settings_parse_age(const char *text);

/* Where a setting is set. If it is set in both, the environment counts. */
struct settings_key {
	const char *variable;
	const char *name; /* in the file */
	bool in_environment, in_file;
};

/* Describes the n-th setting, from 0, of loaded settings. Returns false after the last one. */
bool settings_key(const struct settings *settings, size_t n, struct settings_key *key);

/* Frees what the settings hold, including their strings. */
void settings_release(struct settings *settings);

/* The word for it in the settings, such as "session". A constant. */
const char *settings_auth_name(enum auth auth);

#endif
