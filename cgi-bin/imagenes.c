/* SPDX-License-Identifier: ISC */
/* DELETE /api/v1/admin/imagenes/:id over CGI: the contract's five steps, then the answer. */
#include "config.h"

#include "base/clock.h"
#include "base/confinement.h"
#include "base/diagnosis.h"
#include "base/settings.h"
#include "imagenes_answers.h"
#include "shop/removal.h"
#include "web/body.h"
#include "web/log.h"
#include "web/request.h"
#include "web/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char endpoint[] = "/api/v1/admin/imagenes";

/* What the steps share. */
struct program {
	struct request request;
	struct settings settings;
	struct session session;
	struct budget budget;
	struct diagnosis diagnosis;
	struct log_line line;
};

/* The steps for a caller who may: each goes on where the one before has succeeded. */
static enum outcome remove_image(struct program *program)
{
	struct record record = { 0 };
	struct image image;
	struct removal removal = { .settings = &program->settings,
		                   .budget = &program->budget,
		                   .diagnosis = &program->diagnosis,
		                   .caller = session_caller(&program->session),
		                   .records = &record,
		                   .images = &image,
		                   .count = 1 };
	enum outcome outcome = request_id(&program->request); /* 1. the id is a valid integer */

	if (outcome != OUTCOME_SUCCESS)
		return outcome;
	record.id = program->request.id;
	outcome = removal_look_up(&removal); /* 2. its record, for the url */
	if (record.url)
		snprintf(program->line.url, sizeof program->line.url, "%s", record.url);
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

static enum outcome handle(struct program *program)
{
	const struct request *request = &program->request;
	struct settings *settings = &program->settings;
	bool usable = settings_load(settings, &program->diagnosis) == 0;
	enum outcome outcome = check_method(request_method(request, settings->method_override));
	enum outcome body;

	program->line.to = settings->log; /* where a refusal goes, too */
	program->budget.total = settings->timeout;
	confinement_limit_time(settings->timeout);
	body = body_discard(request->content_length, settings->max_body,
	                    budget_deadline(&program->budget, 25));
	if (outcome == OUTCOME_SUCCESS && !usable)
		outcome = OUTCOME_SETTINGS_UNUSABLE;
	if (outcome == OUTCOME_SUCCESS) {
		outcome = session_check(&program->session, settings, request, &program->diagnosis);
		program->line.user = program->session.user;
	}
	if (outcome == OUTCOME_SUCCESS)
		outcome = body;
	if (outcome == OUTCOME_SUCCESS)
		outcome = remove_image(program);
	settings_release(settings);
	return outcome;
}

int main(void)
{
	struct program program = { .budget = { .start = clock_now() } };
	const struct answer *answer;

	if (confinement_enter() != 0)
		return EXIT_FAILURE;
	request_read(&program.request, endpoint);
	program.line.start = program.budget.start;
	program.line.method = program.request.method;
	program.line.id = program.request.id_text;
	program.line.user = program.request.user;
	answer = imagenes_answer(handle(&program));
	log_write(&program.line, &program.diagnosis, answer);
	return response_send(answer, program.request.head) == 0 ? EXIT_SUCCESS
	                                                        : EXIT_FAILURE; /* 5. */
}
