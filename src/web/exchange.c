/* SPDX-License-Identifier: ISC */
/* One request and its answer: what comes before and after a program's own steps. */
#include "config.h"

#include "web/exchange.h"

#include "base/confinement.h"
#include "web/linger.h"

#include <stdlib.h>
#include <string.h>

int exchange_open(struct exchange *exchange, const char *endpoint)
{
	*exchange = (struct exchange){ .budget = { .start = clock_now() } };
	if (confinement_enter() != 0)
		return -1;
	request_read(&exchange->request, endpoint);
	exchange->usable = settings_load(&exchange->settings, &exchange->diagnosis) == 0;
	exchange->budget.total = exchange->settings.timeout;
	confinement_limit_time(exchange->settings.timeout);
	exchange->line = (struct log_line){ .program = strrchr(endpoint, '/') + 1,
		                            .method = exchange->request.method,
		                            .id = exchange->request.id_text,
		                            .user = exchange->request.user,
		                            .start = exchange->budget.start,
		                            .to = exchange->settings.log };
	return 0;
}

enum outcome exchange_admit(struct exchange *exchange, enum outcome method, enum outcome body)
{
	enum outcome outcome = method;

	if (outcome == OUTCOME_SUCCESS && !exchange->usable)
		outcome = OUTCOME_SETTINGS_UNUSABLE;
	if (outcome == OUTCOME_SUCCESS) {
		outcome = session_check(&exchange->session, &exchange->settings, &exchange->request,
		                        &exchange->diagnosis);
		exchange->line.user = exchange->session.user;
	}
	return outcome == OUTCOME_SUCCESS ? body : outcome;
}

int exchange_close(struct exchange *exchange, const struct answer *answer)
{
	exchange_log(exchange, answer);
	return exchange_release(exchange, response_send(answer, exchange->request.head));
}

void exchange_log(const struct exchange *exchange, const struct answer *answer)
{
	log_write(&exchange->line, &exchange->diagnosis, answer);
}

int exchange_release(struct exchange *exchange, int sent)
{
	settings_release(&exchange->settings);
	if (exchange->request.apache)
		linger();
	return sent == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
