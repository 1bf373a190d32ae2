/* SPDX-License-Identifier: ISC */
/* Who the caller is, by the word of whom the operator trusts. */
#include "config.h"

#include "session.h"

#include <stdio.h>
#include <time.h>

/* Seconds since the epoch. */
static double now(void)
{
	struct timespec time = { 0 };

	clock_gettime(CLOCK_REALTIME, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Without a word to the client on why: what is wrong with a token helps only its forger. */
static enum outcome refuse(enum token_verdict verdict, struct audit *audit)
{
	audit_cause(audit, "%s", token_verdict_words(verdict));
	if (verdict == TOKEN_EXPIRED || verdict == TOKEN_NOT_YET_VALID)
		return OUTCOME_TOKEN_OUT_OF_TIME;
	return OUTCOME_TOKEN_INVALID;
}

static enum outcome check_token(struct session *session, struct slice token, const char *secret,
                                struct audit *audit)
{
	struct token_claims claims;
	enum token_verdict verdict = token_read(token.text, token.length, secret, now(), &claims);

	if (verdict != TOKEN_GOOD)
		return refuse(verdict, audit);
	session->claims = claims;
	snprintf(session->user, sizeof session->user, "%ld", (long)claims.id);
	audit->user = session->user;
	return OUTCOME_PENDING;
}

/* The shop's own sign-in: exactly one cookie, and a token in it. */
static enum outcome check_cookie(struct session *session, const struct settings *settings,
                                 const struct request *request, struct audit *audit)
{
	struct slice token = { 0 };
	int count = request_cookie(request, "token", &token);

	audit->user = NULL; /* REMOTE_USER is nobody's word here */
	if (count > 1)
		audit_cause(audit, "%d cookies are called token", count);
	if (count != 1 || token.length == 0)
		return OUTCOME_NOT_SIGNED_IN;
	return check_token(session, token, settings->jwt_secret, audit);
}

enum outcome session_check(struct session *session, const struct settings *settings,
                           const struct request *request, struct audit *audit)
{
	*session = (struct session){ .user = "" };
	/*
	 * A browser adds cookies and Basic credentials to whatever any site makes it
	 * send, and reaches what only its own network can (none).
	 */
	if (request_is_cross_site(request))
		return OUTCOME_CROSS_SITE;
	switch (settings->auth) { /* GCOVR_EXCL_BR_LINE: settings have no other */
	case AUTH_NONE:
		return OUTCOME_PENDING;
	case AUTH_SERVER:
		return request->user && *request->user ? OUTCOME_PENDING : OUTCOME_NOT_SIGNED_IN;
	case AUTH_SESSION:
		return check_cookie(session, settings, request, audit);
	default:
		return OUTCOME_SETTINGS_UNUSABLE;
	}
}

const struct token_claims *session_claims(const struct session *session)
{
	return session->claims.id > 0 ? &session->claims : NULL;
}
