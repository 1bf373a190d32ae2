/* SPDX-License-Identifier: ISC */
/* The answers that all programs give in the same words. */
#include "config.h"

#include "web/refusals.h"

#include <stddef.h>

static const char denied[] = "Acceso denegado. Se requiere iniciar sesión.";
static const char bad_token[] = "Token inválido o expirado.";

/* clang-format off */
static const struct answer answers[OUTCOMES] = {
	[OUTCOME_NO_ENDPOINT] = { "no-endpoint", "404 Not Found", "Endpoint no encontrado", NULL, NULL },
	[OUTCOME_NOT_SIGNED_IN] = { "not-signed-in", "401 Unauthorized", denied, NULL, NULL },
	[OUTCOME_TOKEN_INVALID] = { "token-invalid", "401 Unauthorized", bad_token, NULL, NULL },
	[OUTCOME_TOKEN_OUT_OF_TIME] = { "token-out-of-time", "401 Unauthorized", bad_token, NULL, NULL },
	[OUTCOME_SESSION_REVOKED] = { "session-revoked", "401 Unauthorized",
		"Sesión inválida o revocada.", NULL, NULL },
	[OUTCOME_NOT_ALLOWED] = { "not-allowed", "403 Forbidden", denied, NULL, NULL },
	[OUTCOME_CROSS_SITE] = { "cross-site", "403 Forbidden", denied, NULL, NULL },
	[OUTCOME_LENGTH_INVALID] = { "length-invalid", "400 Bad Request",
		"Content-Length inválido", NULL, NULL },
	[OUTCOME_BODY_TOO_LARGE] = { "body-too-large", "413 Content Too Large",
		"Cuerpo de la petición demasiado grande", NULL, NULL },
	[OUTCOME_SETTINGS_UNUSABLE] = { "settings-unusable", "500 Internal Server Error",
		"Error de configuración del servidor", NULL, NULL },
};
/* clang-format on */

const struct answer *refusals_answer(enum outcome outcome)
{
	return &answers[outcome];
}
