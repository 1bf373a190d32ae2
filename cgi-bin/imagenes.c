/* SPDX-License-Identifier: ISC */
/* DELETE /api/v1/admin/imagenes/:id over CGI: the contract's five steps, then the answer. */
#include "config.h"

#include "audit.h"
#include "body.h"
#include "confinement.h"
#include "removal.h"
#include "request.h"
#include "response.h"
#include "session.h"
#include "settings.h"

#include <stdlib.h>

/* The steps for a caller who may: each goes on where the one before left the answer pending. */
static enum outcome remove_image(const struct settings *settings, struct request *request,
                                 const struct session *session, struct audit *audit)
{
	struct record record = { 0 };
	struct image image;
	struct removal removal = { .settings = settings,
		                   .audit = audit,
		                   .records = &record,
		                   .images = &image,
		                   .count = 1,
		                   .claims = session_claims(session) };
	enum outcome outcome = request_id(request); /* 1. the id is a valid integer */

	if (outcome != OUTCOME_PENDING)
		return outcome;
	record.id = request->id;
	outcome = removal_look_up(&removal); /* 2. its record, for the url */
	if (outcome == OUTCOME_PENDING)
		outcome = removal_stage(&removal); /* 3. the file leaves the public disk */
	if (outcome == OUTCOME_PENDING)
		outcome = removal_commit(&removal); /* 4. the record goes, and the file for good */
	removal_close(&removal);
	return outcome;
}

static enum outcome handle(struct request *request, struct session *session, struct audit *audit)
{
	struct settings settings;
	bool usable = settings_load(&settings, audit) == 0; /* a refusal is logged by them, too */
	enum outcome outcome = request_method(request, settings.method_override);
	enum outcome body;

	confinement_limit_time(settings.timeout);
	body = body_discard(request->content_length, settings.max_body,
	                    audit->start + settings.timeout / 4);
	if (outcome == OUTCOME_PENDING && !usable)
		outcome = OUTCOME_SETTINGS_UNUSABLE;
	if (outcome == OUTCOME_PENDING)
		outcome = session_check(session, &settings, request, audit);
	if (outcome == OUTCOME_PENDING)
		outcome = body;
	if (outcome == OUTCOME_PENDING)
		outcome = remove_image(&settings, request, session, audit);
	settings_release(&settings);
	return outcome;
}

int main(void)
{
	struct request request;
	struct session session;
	struct audit audit = { .start = audit_clock() };
	enum outcome outcome;

	if (confinement_enter() != 0)
		return EXIT_FAILURE;
	request_read(&request);
	audit.method = request.method;
	audit.id = request.id_text;
	audit.user = request.user;
	outcome = handle(&request, &session, &audit);
	audit_write(&audit, outcome);
	return response_send(outcome, request.head) == 0 ? EXIT_SUCCESS : EXIT_FAILURE; /* 5. */
}
