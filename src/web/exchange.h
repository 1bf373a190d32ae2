/* SPDX-License-Identifier: ISC */
/* One request and its answer, with all that each program needs of them in the same way. */
#ifndef EXCHANGE_H
#define EXCHANGE_H

#include "base/clock.h"
#include "base/diagnosis.h"
#include "base/outcome.h"
#include "base/settings.h"
#include "web/log.h"
#include "web/request.h"
#include "web/response.h"
#include "web/session.h"

#include <stdbool.h>

struct exchange {
	struct request request;
	struct settings settings;
	bool usable; /* the settings; if not, the diagnosis says why */
	struct session session;
	struct budget budget;
	struct diagnosis diagnosis;
	struct log_line line;
};

/*
 * Confines the process, reads the request to this endpoint ("/api/v1/admin/x") and the settings,
 * and starts the clock. Returns 0, or -1 if it cannot open the standard descriptors: then nobody
 * can be answered. If it returns 0, call exchange_close().
 */
int exchange_open(struct exchange *exchange, const char *endpoint);

/*
 * Decides whether the caller may go on. Returns the first refusal, in the contract's order: method,
 * the program's own verdict on the request's method; the settings; the session; body, the program's
 * verdict on the request's body.
 */
enum outcome exchange_admit(struct exchange *exchange, enum outcome method, enum outcome body);

/* Writes the log's line, sends the answer, and releases all. Returns the exit status. */
int exchange_close(struct exchange *exchange, const struct answer *answer);

/* The same in two parts, for an answer with a body of the program's: before and after it is sent.
 */
void exchange_log(const struct exchange *exchange, const struct answer *answer);
int exchange_release(struct exchange *exchange, int sent);

#endif
