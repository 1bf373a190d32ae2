/* SPDX-License-Identifier: ISC */
/* The shop's sign-in token: a JWT (RFC 7519) in JWS compact serialization (RFC 7515, 7.1). */
#ifndef TOKEN_H
#define TOKEN_H

#include "base/caller.h"

#include <stddef.h>

/* Why a token is refused. */
enum token_verdict {
	TOKEN_GOOD,
	TOKEN_MALFORMED,     /* not three base64url parts, or too long */
	TOKEN_FORGED,        /* not signed with this secret */
	TOKEN_NOT_HS256,     /* its header names another algorithm, or extensions (`crit`) */
	TOKEN_CLAIMS,        /* its claims are not the shop's */
	TOKEN_EXPIRED,       /* `exp` has come */
	TOKEN_NOT_YET_VALID, /* `nbf` has not */
	TOKEN_VERDICTS
};

/*
 * Checks a token of so many bytes and reads the caller from its claims. It checks the signature
 * before it parses anything else, and always as HMAC-SHA256, whatever the token's header says (RFC
 * 8725, 3.1). now is in seconds since the epoch. `exp` must be there; `exp` and `nbf` may have
 * fractions, and count exactly (RFC 7519, 4.1.4 and 4.1.5). A token with an audience is refused
 * (4.1.3). Other claims are ignored. The caller is valid only if it returns TOKEN_GOOD.
 */
enum token_verdict token_read(const char *text, size_t length, const char *secret, double now,
                              struct caller *caller);

/* The verdict in words, for the log. A constant. */
const char *token_verdict_words(enum token_verdict verdict);

#endif
