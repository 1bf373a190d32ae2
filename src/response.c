/* SPDX-License-Identifier: ISC */
/* The answer: one table of outcomes, and the only writer of standard output. */
#include "config.h"

#include "response.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char removed[] = "Imagen eliminada del disco y de la base de datos";
static const char denied[] = "Acceso denegado. Se requiere iniciar sesión.";
static const char bad_token[] = "Token inválido o expirado.";
static const char allow[] = "Allow: DELETE, OPTIONS\r\n";

struct answer {
	const char *name;    /* in the log */
	const char *status;  /* code and reason phrase */
	const char *mensaje; /* NULL: no body */
	const char *detalle; /* NULL: nothing more to say */
	const char *fields;  /* more header fields, or NULL */
};

/* clang-format off */
static const struct answer answers[OUTCOMES] = {
	[OUTCOME_REMOVED] = { "removed", "200 OK", removed, NULL, NULL },
	[OUTCOME_REMOVED_FILE_ABSENT] = { "removed-file-absent", "200 OK", removed,
		"El archivo ya no existía en el disco", NULL },
	[OUTCOME_REMOVED_FILE_SHARED] = { "removed-file-shared", "200 OK", removed,
		"El archivo se conserva porque otra imagen lo utiliza", NULL },
	[OUTCOME_REMOVED_URL_EXTERNAL] = { "removed-url-external", "200 OK", removed,
		"La URL es externa y no tiene archivo en el disco", NULL },
	[OUTCOME_REMOVED_URL_NOT_OURS] = { "removed-url-not-ours", "200 OK", removed,
		"La URL no corresponde a ningún archivo de la tienda", NULL },
	[OUTCOME_REMOVED_NOT_ERASED] = { "removed-not-erased", "200 OK", removed,
		"El archivo se retiró de su ubicación pública y se borrará más tarde", NULL },
	[OUTCOME_ID_INVALID] = { "id-invalid", "400 Bad Request",
		"El ID de imagen debe ser un número válido", NULL, NULL },
	[OUTCOME_NOT_FOUND] = { "not-found", "404 Not Found", "Imagen no encontrada", NULL, NULL },
	[OUTCOME_NO_ENDPOINT] = { "no-endpoint", "404 Not Found", "Endpoint no encontrado", NULL, NULL },
	[OUTCOME_DATABASE_ERROR] = { "database-error", "500 Internal Server Error",
		"Error al eliminar la imagen de la base de datos", NULL, NULL },
	[OUTCOME_DISK_ERROR] = { "disk-error", "500 Internal Server Error",
		"Error al eliminar la imagen del disco", NULL, NULL },
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
	[OUTCOME_METHOD_NOT_ALLOWED] = { "method-not-allowed", "405 Method Not Allowed",
		"Método no permitido", NULL, allow },
	[OUTCOME_OPTIONS] = { "options", "204 No Content", NULL, NULL, allow },
	[OUTCOME_SETTINGS_UNUSABLE] = { "settings-unusable", "500 Internal Server Error",
		"Error de configuración del servidor", NULL, NULL },
};
/* clang-format on */

int response_status(enum outcome outcome)
{
	return (int)strtol(answers[outcome].status, NULL, 10);
}

const char *response_name(enum outcome outcome)
{
	return answers[outcome].name;
}

const char *response_words(enum outcome outcome)
{
	return answers[outcome].mensaje;
}

/* Adds one member, whose key is not copied; a failed allocation shows as false. */
static bool add(json_object *body, const char *key, const char *words)
{
	json_object *value;

	if (!words)
		return true;
	value = json_object_new_string(words);
	if (value) /* for which a new object has room */
		json_object_object_add_ex(body, key, value, JSON_C_OBJECT_KEY_IS_CONSTANT);
	return value != NULL;
}

/* Writes it all, whatever signals and short writes come between. */
static int write_all(const char *text, size_t length)
{
	while (length > 0) {
		ssize_t n = write(STDOUT_FILENO, text, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		text += n;
		length -= (size_t)n;
	}
	return 0;
}

/* Joins header fields and body, and writes them. */
static int deliver(const struct answer *answer, const char *body, bool head_only)
{
	char text[1024];
	int length;

	length = snprintf(text, sizeof text, "Status: %s\r\n", answer->status);
	length += snprintf(text + length, sizeof text - (size_t)length,
	                   "Content-Type: application/json; charset=utf-8\r\n"
	                   "Cache-Control: no-store\r\n%s\r\n%s",
	                   answer->fields ? answer->fields : "",
	                   answer->mensaje && !head_only ? body : "");
	if (length >= (int)sizeof text) { /* GCOVR_EXCL_BR_LINE: our own words, and few */
		errno = EMSGSIZE;
		return -1;
	}
	return write_all(text, (size_t)length);
}

/* How long a member is: no word of ours has anything in it to escape. */
static size_t length_of(const char *key, const char *words)
{
	return words ? strlen(key) + strlen("\"\":\"\"") + strlen(words) : 0;
}

/* Whether a body is complete: json-c leaves out, without a word, what it has no memory for. */
static bool is_whole(const char *body, const struct answer *answer)
{
	return body && strlen(body) == strlen("{}") + length_of("mensaje", answer->mensaje) +
	                                       length_of(",detalle", answer->detalle);
}

int response_send(enum outcome outcome, bool head_only)
{
	const struct answer *answer = &answers[outcome];
	json_object *object = json_object_new_object();
	const char *body = NULL;
	int status = -1;

	if (object && add(object, "mensaje", answer->mensaje) &&
	    add(object, "detalle", answer->detalle))
		body = json_object_to_json_string_ext(
			object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	if (is_whole(body, answer))
		status = deliver(answer, body, head_only);
	else
		errno = ENOMEM;
	json_object_put(object);
	return status;
}
