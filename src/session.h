/* SPDX-License-Identifier: ISC */
/* Who the caller is. */
#ifndef SESSION_H
#define SESSION_H

#include "request.h"
#include "settings.h"

/* OUTCOME_PENDING where the caller may go on, else the refusal. */
enum outcome session_check(const struct settings *settings, const struct request *request);

#endif
