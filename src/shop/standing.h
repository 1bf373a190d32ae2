/* SPDX-License-Identifier: ISC */
/* Whether the shop lets a caller who has signed in do what he asks for. */
#ifndef STANDING_H
#define STANDING_H

#include "base/caller.h"
#include "base/database.h"
#include "base/outcome.h"
#include "base/settings.h"

/* Without this a statement of the same transaction does nothing (a one-time filter: see EXPLAIN).
 */
#define CALLER_IS_ALLOWED "current_setting('imagenes.caller') = 'allowed'"

/*
 * Queues the statement that says whether the caller may: whether his session is alive, and his role
 * among the settings' admin_roles. Without a caller there is nothing to ask: all may.
 */
void standing_queue(struct database *database, const struct settings *settings,
                    const struct caller *caller);

/*
 * Takes its answer, a word; "" if there is none. Returns OUTCOME_SUCCESS; OUTCOME_SESSION_REVOKED
 * or OUTCOME_NOT_ALLOWED after telling the diagnosis; OUTCOME_DATABASE_ERROR if nobody has said.
 */
enum outcome standing_read(struct database *database, const char *word);

/* The settings' admin_roles as a PostgreSQL array: {1,3}. */
enum {
	STANDING_LONGEST_ID = sizeof ",2147483647",
	STANDING_ROLES_SIZE = SETTINGS_MOST_ROLES * (size_t)STANDING_LONGEST_ID + sizeof "{}"
};
void standing_write_roles(const struct settings *settings, char roles[STANDING_ROLES_SIZE]);

#endif
