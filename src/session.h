/* SPDX-License-Identifier: ISC */
/* Who the caller is. */
#ifndef SESSION_H
#define SESSION_H

#include "request.h"
#include "settings.h"
#include "token.h"

/* What the caller's token says, if the shop signs users in. */
struct session {
	struct token_claims claims; /* id 0: no token was asked for, or it was refused */
	char user[12];              /* the id in digits, for the log */
};

/*
 * Returns OUTCOME_PENDING if the caller may go on, else the refusal. Does not ask the database: the
 * removal asks it to confirm the claims, that is, that the session is alive and that the user's
 * role may delete.
 */
enum outcome session_check(struct session *session, const struct settings *settings,
                           const struct request *request, struct audit *audit);

/* The claims that the database still has to confirm, or NULL if there are none. */
const struct token_claims *session_claims(const struct session *session);

#endif
