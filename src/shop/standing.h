/* SPDX-License-Identifier: ISC */
/* Whether a caller who has signed in may delete. */
#ifndef STANDING_H
#define STANDING_H

#include "base/caller.h"
#include "base/database.h"
#include "base/outcome.h"
#include "base/settings.h"

/*
 * The condition of every later statement of the transaction, which otherwise does nothing (a
 * one-time filter: see EXPLAIN).
 */
#define CALLER_IS_ALLOWED "current_setting('imagenes.caller') = 'allowed'"

/*
 * Queues the statement that checks the caller: the session is alive, and the user's role is among
 * the settings' admin_roles. Without a caller there is nothing to check: everybody may delete.
 */
void standing_queue(struct database *database, const struct settings *settings,
                    const struct caller *caller);

/*
 * Reads the answer, a word; "" if there is none. Returns OUTCOME_SUCCESS; OUTCOME_SESSION_REVOKED
 * or OUTCOME_NOT_ALLOWED after telling the diagnosis; OUTCOME_DATABASE_ERROR if there is no answer.
 */
enum outcome standing_read(struct database *database, const char *word);

/* The settings' admin_roles as a PostgreSQL array: {1,3}. */
enum {
	STANDING_LONGEST_ID = sizeof ",2147483647",
	STANDING_ROLES_SIZE = SETTINGS_MOST_ROLES * (size_t)STANDING_LONGEST_ID + sizeof "{}"
};
void standing_write_roles(const struct settings *settings, char roles[STANDING_ROLES_SIZE]);

#endif
