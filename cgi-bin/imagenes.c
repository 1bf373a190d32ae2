/* SPDX-License-Identifier: ISC */
/* DELETE /api/v1/admin/imagenes/:id over CGI: the contract's five steps, then the answer. */
#include "config.h"

#include "base/usage.h"
#include "imagenes_answers.h"
#include "shop/removal.h"
#include "web/body.h"
#include "web/exchange.h"

#include <stdlib.h>
#include <string.h>

static const char endpoint[] = "/api/v1/admin/imagenes";

/* The steps for a caller who may delete. Each follows only if the one before has succeeded. */
static enum outcome remove_image(struct exchange *exchange)
{
	struct record record = { 0 };
	struct image image;
	struct removal removal = { .settings = &exchange->settings,
		                   .budget = &exchange->budget,
		                   .diagnosis = &exchange->diagnosis,
		                   .caller = session_caller(&exchange->session),
		                   .records = &record,
		                   .images = &image,
		                   .count = 1 };
	enum outcome outcome = request_id(&exchange->request); /* 1. the id is a valid integer */

	if (outcome != OUTCOME_SUCCESS)
		return outcome;
	record.id = exchange->request.id;
	outcome = removal_look_up(&removal); /* 2. its record, for the url */
	if (record.url)
		log_add_url(&exchange->line, record.url);
	if (outcome == OUTCOME_SUCCESS)
		outcome = removal_stage(&removal); /* 3. the file leaves the public disk */
	if (outcome == OUTCOME_SUCCESS)
		outcome = removal_commit(&removal); /* 4. the record goes, and the file for good */
	removal_close(&removal);
	return outcome;
}

static enum outcome check_method(const char *method)
{
	if (strcmp(method, "DELETE") == 0)
		return OUTCOME_SUCCESS;
	return strcmp(method, "OPTIONS") == 0 ? OUTCOME_OPTIONS : OUTCOME_METHOD_NOT_ALLOWED;
}

static enum outcome handle(struct exchange *exchange)
{
	const struct settings *settings = &exchange->settings;
	const struct request *request = &exchange->request;
	enum outcome body = body_discard(request->content_length, settings->max_body,
	                                 budget_deadline(&exchange->budget, 25));
	enum outcome outcome = exchange_admit(
		exchange, check_method(request_method(request, settings->method_override)), body);

	return outcome == OUTCOME_SUCCESS ? remove_image(exchange) : outcome;
}

static const char help[] =
	"Usage: imagenes [OPTION]\n"
	"Answers DELETE /api/v1/admin/imagenes/:id over CGI: removes one product image, the\n"
	"file and its record. A web server starts it for each request.\n"
	"\n"
	"  -h, --help     print this\n"
	"  -V, --version  print the version\n"
	"\n"
	"Exit status: 0 if the answer was sent, 1 if not, 2 if the command line is wrong.\n"
	"The manual page imagenes(8) says more.\n";

static const struct usage usage = {
	.program = "imagenes",
	.help = help,
	.wrong = 2,
	.unprinted = EXIT_FAILURE,
};

int main(int argc, char **argv)
{
	struct exchange exchange;

	if (!usage_is_request())
		usage_answer(&usage, argc, argv);
	if (exchange_open(&exchange, endpoint) != 0)
		return EXIT_FAILURE;
	return exchange_close(&exchange, imagenes_answer(handle(&exchange))); /* 5. */
}
