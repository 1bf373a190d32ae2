/* SPDX-License-Identifier: ISC */
/* The contract's table: the status and the words of each outcome that is this program's own. */
#include "config.h"

#include "imagenes_answers.h"

#include "web/refusals.h"

#include <stddef.h>

static const char removed[] = "Imagen eliminada del disco y de la base de datos";
static const char allow[] = "Allow: DELETE, OPTIONS\r\n";

/* clang-format off */
static const struct answer answers[OUTCOMES] = {
	[OUTCOME_SUCCESS] = { "removed", "200 OK", removed, NULL, NULL },
	[OUTCOME_FILE_ABSENT] = { "removed-file-absent", "200 OK", removed,
		"El archivo ya no existía en el disco", NULL },
	[OUTCOME_FILE_SHARED] = { "removed-file-shared", "200 OK", removed,
		"El archivo se conserva porque otra imagen lo utiliza", NULL },
	[OUTCOME_URL_EXTERNAL] = { "removed-url-external", "200 OK", removed,
		"La URL es externa y no tiene archivo en el disco", NULL },
	[OUTCOME_URL_NOT_OURS] = { "removed-url-not-ours", "200 OK", removed,
		"La URL no corresponde a ningún archivo de la tienda", NULL },
	[OUTCOME_NOT_ERASED] = { "removed-not-erased", "200 OK", removed,
		"El archivo se retiró de su ubicación pública y se borrará más tarde", NULL },
	[OUTCOME_ID_INVALID] = { "id-invalid", "400 Bad Request",
		"El ID de imagen debe ser un número válido", NULL, NULL },
	[OUTCOME_NOT_FOUND] = { "not-found", "404 Not Found", "Imagen no encontrada", NULL, NULL },
	[OUTCOME_DATABASE_ERROR] = { "database-error", "500 Internal Server Error",
		"Error al eliminar la imagen de la base de datos", NULL, NULL },
	[OUTCOME_DISK_ERROR] = { "disk-error", "500 Internal Server Error",
		"Error al eliminar la imagen del disco", NULL, NULL },
	[OUTCOME_METHOD_NOT_ALLOWED] = { "method-not-allowed", "405 Method Not Allowed",
		"Método no permitido", NULL, allow },
	[OUTCOME_OPTIONS] = { "options", "204 No Content", NULL, NULL, allow },
};
/* clang-format on */

const struct answer *imagenes_answer(enum outcome outcome)
{
	return answers[outcome].status ? &answers[outcome] : refusals_answer(outcome);
}
