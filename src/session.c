/* SPDX-License-Identifier: ISC */
/* Who the caller is, by the word of whom the operator trusts. */
#include "config.h"

#include "session.h"

enum outcome session_check(const struct settings *settings, const struct request *request)
{
	switch (settings->auth) {
	case AUTH_NONE:
		return OUTCOME_PENDING;
	case AUTH_SERVER:
		return request->user && *request->user ? OUTCOME_PENDING : OUTCOME_NOT_SIGNED_IN;
	default:
		return OUTCOME_SETTINGS_UNUSABLE;
	}
}
