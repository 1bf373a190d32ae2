/* SPDX-License-Identifier: ISC */
/* Who the caller is. */
#ifndef SESSION_H
#define SESSION_H

#include "request.h"
#include "settings.h"
#include "token.h"

/* What the caller's token says, where the shop's own sign-in is asked for. */
struct session {
	struct token_claims claims; /* id 0: no token was asked for, or it was refused */
	char user[12];              /* the id in digits, for the log */
};

/*
 * OUTCOME_PENDING where the caller may go on, else the refusal. Asks no database: the
 * removal has it confirm the claims, that the session is alive and its user's role allowed.
 */
enum outcome session_check(struct session *session, const struct settings *settings,
                           const struct request *request, struct audit *audit);

/* The claims that the database has yet to confirm, or NULL where there are none. */
const struct token_claims *session_claims(const struct session *session);

#endif
