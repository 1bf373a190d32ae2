/* SPDX-License-Identifier: ISC */
/* What the operator decided. */
#ifndef SETTINGS_H
#define SETTINGS_H

#include "audit.h"

/* Who vouches for the caller. */
enum auth {
	AUTH_UNSET,   /* nobody said: refuse everything */
	AUTH_SESSION, /* the shop's own sign-in */
	AUTH_SERVER,  /* the web server; REMOTE_USER says who */
	AUTH_NONE     /* nobody: the operator says that is fine */
};

/* Strings belong to the environment and live as long as the process. */
struct settings {
	const char *database;    /* libpq connection string or URI; NULL: libpq's defaults */
	const char *public_root; /* absolute path; a record's file is at public_root + url */
	const char
		*jwt_secret; /* what the shop signs its tokens with; never NULL for AUTH_SESSION */
	enum auth auth;
	int timeout; /* whole request, in milliseconds */
};

/*
 * Reads the settings. Returns 0, or -1 after telling the audit which setting is
 * unusable and why; the settings are then not to be used.
 */
int settings_load(struct settings *settings, struct audit *audit);

#endif
