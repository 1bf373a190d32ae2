/* SPDX-License-Identifier: ISC */
/* What the panel's form sends: a product's changes as JSON. */
#ifndef PRODUCT_FORM_H
#define PRODUCT_FORM_H

#include "base/outcome.h"
#include "shop/product.h"

#include <json-c/json.h>
#include <stddef.h>

enum { PRODUCT_FORM_MOST_IMAGES = 100, PRODUCT_FORM_MOST_VARIANTS = 1000 };

/* Needs product_form_release(), whatever product_form_read() returned. */
struct product_form {
	struct product_changes changes; /* its strings and lists belong to the form */
	const char *field; /* which one is wrong, after OUTCOME_FIELD_INVALID or TOO_MANY */
	json_object *body;
	char categoria_id[12];
	struct product_image *images;
	struct product_variant *variants;
};

/*
 * Reads the body and checks it, as far as that is possible without the database. A number may also
 * be a string that holds one, as an HTML form sends it. Unknown members are ignored. Returns
 * OUTCOME_SUCCESS, OUTCOME_BODY_INVALID, OUTCOME_OUT_OF_MEMORY, or which of the contract's demands
 * is not met.
 */
enum outcome product_form_read(struct product_form *form, const char *text, size_t length);

void product_form_release(struct product_form *form);

#endif
