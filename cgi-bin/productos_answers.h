/* SPDX-License-Identifier: ISC */
/* What /api/v1/admin/productos and /api/v1/admin/productos/:id answer. */
#ifndef PRODUCTOS_ANSWERS_H
#define PRODUCTOS_ANSWERS_H

#include "base/outcome.h"
#include "web/response.h"

/* What is asked. */
enum productos_request {
	PRODUCTOS_LIST,
	PRODUCTOS_READ,
	PRODUCTOS_SAVE,
	PRODUCTOS_REMOVE,
	PRODUCTOS_REQUESTS
};

/*
 * The answer for this outcome. A constant. If it has nothing to say itself, its detalle may have
 * one %s, for the name of a field.
 */
const struct answer *productos_answer(enum productos_request request, enum outcome outcome);

#endif
