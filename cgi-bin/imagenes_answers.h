/* SPDX-License-Identifier: ISC */
/* What DELETE /api/v1/admin/imagenes/:id answers. */
#ifndef IMAGENES_ANSWERS_H
#define IMAGENES_ANSWERS_H

#include "base/outcome.h"
#include "web/response.h"

/* The answer for this outcome. A constant. */
const struct answer *imagenes_answer(enum outcome outcome);

#endif
