/* SPDX-License-Identifier: ISC */
/* The contract's tables: the status and the words of each outcome, for each request. */
#include "config.h"

#include "productos_answers.h"

#include "web/refusals.h"

#include <stddef.h>

static const char not_updated[] = "Error al actualizar el producto";
static const char not_removed[] = "Error al intentar eliminar";
static const char not_read[] = "Error al obtener productos";
static const char not_erased[] =
	"El archivo se retiró de su ubicación pública y se borrará más tarde";
static const char shared[] = "El archivo se conserva porque otra imagen lo utiliza";
static const char absent[] = "El archivo ya no existía en el disco";
static const char external[] = "La URL es externa y no tiene archivo en el disco";
static const char not_ours[] = "La URL no corresponde a ningún archivo de la tienda";
static const char allow_list[] = "Allow: GET, HEAD, OPTIONS\r\n";
static const char allow_one[] = "Allow: GET, HEAD, PUT, DELETE, OPTIONS\r\n";

#define BAD "400 Bad Request"
#define OURS "500 Internal Server Error"

/* clang-format off */
static const struct answer of_all[OUTCOMES] = {
	[OUTCOME_ID_INVALID] = { "id-invalid", BAD, "El ID del producto debe ser un número válido", NULL, NULL },
	[OUTCOME_NOT_FOUND] = { "not-found", "404 Not Found", "Producto no encontrado", NULL, NULL },
	[OUTCOME_METHOD_NOT_ALLOWED] = { "method-not-allowed", "405 Method Not Allowed",
		"Método no permitido", NULL, allow_one },
	[OUTCOME_OPTIONS] = { "options", "204 No Content", NULL, NULL, allow_one },
	[OUTCOME_DISK_ERROR] = { "disk-error", OURS, "Error al eliminar la imagen del disco", NULL, NULL },
};

static const struct answer of_list[OUTCOMES] = {
	[OUTCOME_SUCCESS] = { "listed", "200 OK", "", NULL, NULL },
	[OUTCOME_DATABASE_ERROR] = { "database-error", OURS, not_read, NULL, NULL },
	[OUTCOME_OUT_OF_MEMORY] = { "out-of-memory", OURS, not_read, NULL, NULL },
	[OUTCOME_METHOD_NOT_ALLOWED] = { "method-not-allowed", "405 Method Not Allowed",
		"Método no permitido", NULL, allow_list },
	[OUTCOME_OPTIONS] = { "options", "204 No Content", NULL, NULL, allow_list },
};

static const struct answer of_read[OUTCOMES] = {
	[OUTCOME_SUCCESS] = { "read", "200 OK", "", NULL, NULL },
	[OUTCOME_DATABASE_ERROR] = { "database-error", OURS, not_read, NULL, NULL },
	[OUTCOME_OUT_OF_MEMORY] = { "out-of-memory", OURS, not_read, NULL, NULL },
};

#define SAVED "200 OK", "Producto actualizado exitosamente"
static const struct answer of_save[OUTCOMES] = {
	[OUTCOME_SUCCESS] = { "saved", SAVED, NULL, NULL },
	[OUTCOME_FILE_ABSENT] = { "saved-file-absent", SAVED, absent, NULL },
	[OUTCOME_FILE_SHARED] = { "saved-file-shared", SAVED, shared, NULL },
	[OUTCOME_URL_EXTERNAL] = { "saved-url-external", SAVED, external, NULL },
	[OUTCOME_URL_NOT_OURS] = { "saved-url-not-ours", SAVED, not_ours, NULL },
	[OUTCOME_NOT_ERASED] = { "saved-not-erased", SAVED, not_erased, NULL },
	[OUTCOME_NOT_BACK] = { "saved-file-not-back", SAVED,
		"El archivo de una imagen aún no volvió a su ubicación pública", NULL },
	[OUTCOME_DATABASE_ERROR] = { "database-error", OURS, not_updated, NULL, NULL },
	[OUTCOME_OUT_OF_MEMORY] = { "out-of-memory", OURS, not_updated, NULL, NULL },
	[OUTCOME_TYPE_UNSUPPORTED] = { "type-unsupported", "415 Unsupported Media Type",
		not_updated, "El cuerpo de la petición debe ser application/json", NULL },
	[OUTCOME_BODY_INVALID] = { "body-invalid", BAD, not_updated,
		"El cuerpo de la petición debe ser un objeto JSON", NULL },
	[OUTCOME_FIELD_INVALID] = { "field-invalid", BAD, not_updated,
		"El campo \"%s\" no tiene un valor válido", NULL },
	[OUTCOME_FIELD_TOO_LONG] = { "field-too-long", BAD, not_updated,
		"El campo \"%s\" es demasiado largo", NULL },
	[OUTCOME_FIELD_OUT_OF_RANGE] = { "field-out-of-range", BAD, not_updated,
		"El campo \"%s\" tiene un número fuera de rango", NULL },
	[OUTCOME_TOO_MANY] = { "too-many", BAD, not_updated,
		"El campo \"%s\" tiene demasiados elementos", NULL },
	[OUTCOME_PRICE_INVALID] = { "price-invalid", BAD, "El precio debe ser un número positivo", NULL, NULL },
	[OUTCOME_IMAGES_NOT_ARRAY] = { "images-not-array", BAD,
		"El campo \"imagenes\" debe ser un arreglo", NULL, NULL },
	[OUTCOME_IMAGE_URL_INVALID] = { "image-url-invalid", BAD,
		"Cada imagen debe tener un campo \"url\" válido", NULL, NULL },
	[OUTCOME_IMAGE_FILE_MISSING] = { "image-file-missing", BAD,
		"Cada imagen debe tener un campo \"url\" válido", "El archivo no existe en el disco", NULL },
	[OUTCOME_VARIANTS_NOT_ARRAY] = { "variants-not-array", BAD,
		"El campo \"variantes\" debe ser un arreglo", NULL, NULL },
	[OUTCOME_VARIANT_INCOMPLETE] = { "variant-incomplete", BAD,
		"Cada variante debe tener \"talle_id\" y \"color_id\"", NULL, NULL },
	[OUTCOME_STOCK_INVALID] = { "stock-invalid", BAD,
		"El stock de cada variante debe ser un número no negativo", NULL, NULL },
	[OUTCOME_INCONSISTENT] = { "inconsistent", BAD, "Error de consistencia: La categoría, talle o color"
		" especificado no existen", NULL, NULL },
};

#define REMOVED "200 OK", "Producto eliminado definitivamente de la base de datos"
static const struct answer of_removal[OUTCOMES] = {
	[OUTCOME_SUCCESS] = { "removed", REMOVED, NULL, NULL },
	[OUTCOME_FILE_ABSENT] = { "removed-file-absent", REMOVED, absent, NULL },
	[OUTCOME_FILE_SHARED] = { "removed-file-shared", REMOVED, shared, NULL },
	[OUTCOME_URL_EXTERNAL] = { "removed-url-external", REMOVED, external, NULL },
	[OUTCOME_URL_NOT_OURS] = { "removed-url-not-ours", REMOVED, not_ours, NULL },
	[OUTCOME_NOT_ERASED] = { "removed-not-erased", REMOVED, not_erased, NULL },
	[OUTCOME_DATABASE_ERROR] = { "database-error", OURS, not_removed, NULL, NULL },
	[OUTCOME_OUT_OF_MEMORY] = { "out-of-memory", OURS, not_removed, NULL, NULL },
	[OUTCOME_SOLD] = { "sold", "409 Conflict", "No se puede eliminar definitivamente porque el producto"
		" ya tiene ventas registradas. Te recomendamos desactivarlo.", NULL, NULL },
};
/* clang-format on */

const struct answer *productos_answer(enum productos_request request, enum outcome outcome)
{
	static const struct answer *const of_request[PRODUCTOS_REQUESTS] = {
		[PRODUCTOS_LIST] = of_list,
		[PRODUCTOS_READ] = of_read,
		[PRODUCTOS_SAVE] = of_save,
		[PRODUCTOS_REMOVE] = of_removal
	};

	if (of_request[request][outcome].status)
		return &of_request[request][outcome];
	return of_all[outcome].status ? &of_all[outcome] : refusals_answer(outcome);
}
