/* SPDX-License-Identifier: ISC */
/*
 * A product with its images: read, saved, removed. An image that a save drops leaves in the same
 * two phases as one that is removed by itself (removal.h), in the same transaction as the product.
 *
 * A save locks the product first, so that two saves of one product come one after the other; then
 * the ids of its images; then the urls of the old list and of the new one.
 */
#ifndef PRODUCT_H
#define PRODUCT_H

#include "base/outcome.h"
#include "base/value.h"
#include "shop/removal.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct product_image {
	const char *url;
	int32_t orden;
};

struct product_variant {
	int32_t talle_id, color_id, stock;
	bool activo;
};

/* What a save changes. Texts are as PostgreSQL reads them. NULL keeps what is there. */
struct product_changes {
	const char *nombre, *descripcion, *precio, *categoria_id, *destacado, *activo;
	bool has_images; /* images are the product's new list; else it keeps its list */
	const struct product_image *images;
	size_t image_count;
	const struct product_variant *variants; /* each is added, or changed if it is there */
	size_t variant_count;
};

/* One connection. The caller sets settings, budget, diagnosis and caller of removal. */
struct product {
	struct removal removal;
	char field[64];       /* after OUTCOME_FIELD_…: the column that the value does not fit */
	int64_t below;        /* where the list goes on: products with a smaller id */
	struct value *values; /* of the row that product_row() has read */
	size_t value_count;
	size_t row_count; /* of what was read */
	bool with_images; /* the rows' last column has the images, with their ids */
};

/* Connects. The caller must call product_close(), whatever this returned. */
enum outcome product_open(struct product *product);

/* Reads one product as the shop's view has it, but each of its images with its id. */
enum outcome product_read(struct product *product, int32_t id);

/*
 * Reads the next products in the same way, from the greatest id to the smallest: a hundred, or
 * fewer at the end of the list.
 */
enum { PRODUCT_PAGE = 100 };
enum outcome product_list(struct product *product);

/*
 * Saves the changes, all of them or none. Returns OUTCOME_SUCCESS, or an outcome that says what has
 * become of a dropped image's file; then the row read is the product's new one. Else nothing has
 * changed: OUTCOME_NOT_FOUND; OUTCOME_INCONSISTENT; OUTCOME_IMAGE_URL_INVALID if a new url beneath
 * /recursos/ is not canonical, OUTCOME_IMAGE_FILE_MISSING if it has no file;
 * OUTCOME_FIELD_TOO_LONG; OUTCOME_FIELD_OUT_OF_RANGE; or what removal_look_up() and removal_stage()
 * return.
 */
enum outcome product_save(struct product *product, int32_t id,
                          const struct product_changes *changes);

/*
 * Removes the product and its images in the same way. Returns OUTCOME_SOLD if the product was sold.
 * The row read is the product's last one.
 */
enum outcome product_remove(struct product *product, int32_t id);

/* Points values at a row that was read. Returns false if out of memory. */
bool product_row(struct product *product, size_t row);

void product_close(struct product *product);

#endif
