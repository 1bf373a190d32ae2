/* SPDX-License-Identifier: ISC */
/* Who the caller is. */
#ifndef SESSION_H
#define SESSION_H

#include "base/caller.h"
#include "base/diagnosis.h"
#include "base/outcome.h"
#include "base/settings.h"
#include "web/request.h"

#include <stdbool.h>

/* What is known of the caller. */
struct session {
	struct caller caller;
	bool to_be_confirmed; /* only the database can say whether the caller may go on */
	const char *user;     /* for the log, borrowed from the request or this session; or NULL */
	char digits[12];
};

/*
 * Returns OUTCOME_SUCCESS if the caller may go on, or the refusal. It does not ask the database:
 * the shop still has to confirm that the session is alive and that the user's role may delete.
 */
enum outcome session_check(struct session *session, const struct settings *settings,
                           const struct request *request, struct diagnosis *diagnosis);

/* The caller whom the database still has to confirm, or NULL if there is none. */
const struct caller *session_caller(const struct session *session);

#endif
