/* SPDX-License-Identifier: ISC */
/* Who the caller is, according to whom the operator trusts. */
#include "config.h"

#include "web/session.h"

#include "web/token.h"

#include <stdio.h>
#include <time.h>

/* Seconds since the epoch. */
static double now(void)
{
	struct timespec time = { 0 };

	clock_gettime(CLOCK_REALTIME, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Does not tell the client why: that would help only a forger. */
static enum outcome refuse_token(enum token_verdict verdict, struct diagnosis *diagnosis)
{
	diagnosis_cause(diagnosis, "%s", token_verdict_words(verdict));
	if (verdict == TOKEN_EXPIRED || verdict == TOKEN_NOT_YET_VALID)
		return OUTCOME_TOKEN_OUT_OF_TIME;
	return OUTCOME_TOKEN_INVALID;
}

static enum outcome check_token(struct session *session, struct slice token, const char *secret,
                                struct diagnosis *diagnosis)
{
	enum token_verdict verdict =
		token_read(token.text, token.length, secret, now(), &session->caller);

	if (verdict != TOKEN_GOOD)
		return refuse_token(verdict, diagnosis);
	session->to_be_confirmed = true;
	snprintf(session->digits, sizeof session->digits, "%ld", (long)session->caller.id);
	session->user = session->digits;
	return OUTCOME_SUCCESS;
}

/* Checks the shop's own sign-in: exactly one cookie, which holds a token. */
static enum outcome check_cookie(struct session *session, const struct settings *settings,
                                 const struct request *request, struct diagnosis *diagnosis)
{
	struct slice token = { 0 };
	int count = request_cookie(request, "token", &token);

	session->user = NULL; /* REMOTE_USER does not count here */
	if (count > 1)
		diagnosis_cause(diagnosis, "%d cookies have the name token", count);
	if (count != 1 || token.length == 0)
		return OUTCOME_NOT_SIGNED_IN;
	return check_token(session, token, settings->jwt_secret, diagnosis);
}

enum outcome session_check(struct session *session, const struct settings *settings,
                           const struct request *request, struct diagnosis *diagnosis)
{
	*session = (struct session){ .user = request->user };
	/*
	 * A browser adds cookies and Basic credentials to whatever any site makes it send. With
	 * `none`, it reaches what only its own network can reach.
	 */
	if (request_is_cross_site(request))
		return OUTCOME_CROSS_SITE;
	switch (settings->auth) { /* GCOVR_EXCL_BR_LINE: settings have no other */
	case AUTH_NONE:
		return OUTCOME_SUCCESS;
	case AUTH_SERVER:
		return request->user && *request->user ? OUTCOME_SUCCESS : OUTCOME_NOT_SIGNED_IN;
	case AUTH_SESSION:
		return check_cookie(session, settings, request, diagnosis);
	default:
		return OUTCOME_SETTINGS_UNUSABLE;
	}
}

const struct caller *session_caller(const struct session *session)
{
	return session->to_be_confirmed ? &session->caller : NULL;
}
