/* SPDX-License-Identifier: ISC */
/* Whether a caller may delete. The database keeps the answer, a word, for later statements. */
#include "config.h"

#include "shop/standing.h"

#include "base/array.h"

#include <stdio.h>
#include <string.h>

static const char sql_session[] =
	"SELECT set_config('imagenes.caller', coalesce((SELECT CASE WHEN rol_id = ANY ($3::int4[])"
	" THEN 'allowed' ELSE 'role' END FROM usuarios"
	" WHERE id = $1 AND activo AND sesion_id::text = $2::text), 'revoked'), true)";
static const char sql_anybody[] = "SELECT set_config('imagenes.caller', 'allowed', true)";

void standing_write_roles(const struct settings *settings, char roles[STANDING_ROLES_SIZE])
{
	size_t length = 0;

	for (size_t i = 0; i < settings->admin_role_count; i++)
		length += array_write_number(roles, STANDING_ROLES_SIZE, length,
		                             settings->admin_roles[i]);
	memcpy(roles + length, "}", sizeof "}");
}

void standing_queue(struct database *database, const struct settings *settings,
                    const struct caller *caller)
{
	char id[12], roles[STANDING_ROLES_SIZE];
	const char *values[] = { id, NULL, roles };

	if (!caller) {
		database_queue(database, sql_anybody, 0, NULL);
		return;
	}
	standing_write_roles(settings, roles);
	snprintf(id, sizeof id, "%ld", (long)caller->id);
	values[1] = caller->sesion_id;
	database_queue(database, sql_session, 3, values);
}

enum outcome standing_read(struct database *database, const char *word)
{
	if (strcmp(word, "allowed") == 0)
		return OUTCOME_SUCCESS;
	if (strcmp(word, "revoked") == 0) {
		diagnosis_cause(database->diagnosis, "no active user has this session");
		return OUTCOME_SESSION_REVOKED;
	}
	if (strcmp(word, "role") == 0) {
		diagnosis_cause(database->diagnosis,
		                "the user's role is not among the admin_roles");
		return OUTCOME_NOT_ALLOWED;
	}
	return OUTCOME_DATABASE_ERROR;
}
