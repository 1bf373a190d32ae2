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

/* What is known of whoever has signed in. */
struct session {
	struct caller caller;
	bool to_be_confirmed; /* there is a caller, and only the database knows whether he may */
	const char *user;     /* for the log, borrowed from the request or the session; or NULL */
	char digits[12];
};

/*
 * Returns OUTCOME_SUCCESS if the caller may go on, else the refusal. Does not ask the database:
 * that the session is alive, and that the user's role may do what he asks for, is for the shop to
 * confirm.
 */
enum outcome session_check(struct session *session, const struct settings *settings,
                           const struct request *request, struct diagnosis *diagnosis);

/* The caller whom the database still has to confirm, or NULL if there is none. */
const struct caller *session_caller(const struct session *session);

#endif
