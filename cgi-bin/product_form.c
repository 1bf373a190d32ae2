/* SPDX-License-Identifier: ISC */
/* What the panel's form sends: a product's changes, member by member. */
#include "config.h"

#include "product_form.h"

#include "base/json_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 16 };

/* A member of an object. NULL: it is absent or null. */
static json_object *member(json_object *object, const char *name)
{
	json_object *value = NULL;

	json_object_object_get_ex(object, name, &value);
	return value;
}

static enum outcome refuse(struct product_form *form, const char *field, enum outcome outcome)
{
	form->field = field;
	return outcome;
}

/* The text of a number, or of a string; else NULL. */
static const char *text_of_number(json_object *value)
{
	switch (json_object_get_type(value)) {
	case json_type_int:
	case json_type_double: /* as it was written */
	case json_type_string:
		return json_object_get_string(value);
	default:
		return NULL;
	}
}

/*
 * Reads a decimal number as JavaScript's Number() and PostgreSQL both do: blanks around it are
 * ignored, and it has an exponent if need be. Returns false if the text is anything else.
 */
static bool read_decimal(const char *text, double *number)
{
	static const char blanks[] = " \t\r\n";
	char *end;

	text += strspn(text, blanks);
	if (!text[strspn(text, "+-")] || !strchr("0123456789.", text[strspn(text, "+-")]) ||
	    strpbrk(text, "xX"))
		return false;
	*number = strtod(text, &end);
	return end != text && end[strspn(end, blanks)] == '\0' && isfinite(*number);
}

/* Reads a whole number that an int4 can hold. */
static bool read_integer(json_object *value, int32_t *integer)
{
	const char *text = text_of_number(value);
	double number;

	if (!text || !read_decimal(text, &number) || number < INT32_MIN || number > INT32_MAX)
		return false;
	*integer = (int32_t)number;
	return *integer == number; /* there was no fraction */
}

/* --- the product itself --- */

static enum outcome read_text(struct product_form *form, const char *name, const char **text)
{
	json_object *value = member(form->body, name);

	if (value && !json_object_is_type(value, json_type_string))
		return refuse(form, name, OUTCOME_FIELD_INVALID);
	*text = value ? json_object_get_string(value) : NULL;
	return OUTCOME_SUCCESS;
}

static enum outcome read_flag(struct product_form *form, const char *name, const char **text)
{
	json_object *value = member(form->body, name);

	if (value && !json_object_is_type(value, json_type_boolean))
		return refuse(form, name, OUTCOME_FIELD_INVALID);
	if (value)
		*text = json_object_get_boolean(value) ? "t" : "f";
	return OUTCOME_SUCCESS;
}

static enum outcome read_price(struct product_form *form)
{
	json_object *value = member(form->body, "precio");
	const char *text = text_of_number(value);
	double number;

	if (!value)
		return OUTCOME_SUCCESS;
	if (!text || !read_decimal(text, &number) || number < 0)
		return OUTCOME_PRICE_INVALID;
	form->changes.precio = text;
	return OUTCOME_SUCCESS;
}

static enum outcome read_category(struct product_form *form)
{
	json_object *value = member(form->body, "categoria_id");
	int32_t id;

	if (!value)
		return OUTCOME_SUCCESS;
	if (!read_integer(value, &id))
		return refuse(form, "categoria_id", OUTCOME_FIELD_INVALID);
	snprintf(form->categoria_id, sizeof form->categoria_id, "%ld", (long)id);
	form->changes.categoria_id = form->categoria_id;
	return OUTCOME_SUCCESS;
}

/* --- its lists --- */

/* An integer member; otherwise if it is absent or null. Returns false if it is no integer. */
static bool read_integer_member(json_object *object, const char *name, int32_t otherwise,
                                int32_t *integer)
{
	json_object *value = member(object, name);

	*integer = otherwise;
	return !value || read_integer(value, integer);
}

static enum outcome read_image(struct product_form *form, json_object *image,
                               struct product_image *entry)
{
	json_object *url = member(image, "url");

	if (!json_object_is_type(url, json_type_string) || json_object_get_string_len(url) == 0)
		return OUTCOME_IMAGE_URL_INVALID;
	entry->url = json_object_get_string(url);
	if (!read_integer_member(image, "orden", 1, &entry->orden))
		return refuse(form, "orden", OUTCOME_FIELD_INVALID);
	return OUTCOME_SUCCESS;
}

static enum outcome read_images(struct product_form *form)
{
	json_object *images = member(form->body, "imagenes");
	size_t count = images ? json_object_array_length(images) : 0;
	enum outcome outcome = OUTCOME_SUCCESS;

	if (!images)
		return OUTCOME_SUCCESS;
	if (count > PRODUCT_FORM_MOST_IMAGES)
		return refuse(form, "imagenes", OUTCOME_TOO_MANY);
	form->images = calloc(count + 1, sizeof *form->images);
	if (!form->images)
		return OUTCOME_OUT_OF_MEMORY;
	for (size_t i = 0; i < count && outcome == OUTCOME_SUCCESS; i++)
		outcome = read_image(form, json_object_array_get_idx(images, i), &form->images[i]);
	form->changes.has_images = true;
	form->changes.images = form->images;
	form->changes.image_count = count;
	return outcome;
}

/* Whether JavaScript takes it for true. */
static bool is_truthy(json_object *value)
{
	return value && json_object_get_boolean(value);
}

static enum outcome read_variant(struct product_form *form, json_object *variant,
                                 struct product_variant *entry)
{
	json_object *active = member(variant, "activo");

	if (!is_truthy(member(variant, "talle_id")) || !is_truthy(member(variant, "color_id")))
		return OUTCOME_VARIANT_INCOMPLETE;
	if (!read_integer_member(variant, "talle_id", 0, &entry->talle_id))
		return refuse(form, "talle_id", OUTCOME_FIELD_INVALID);
	if (!read_integer_member(variant, "color_id", 0, &entry->color_id))
		return refuse(form, "color_id", OUTCOME_FIELD_INVALID);
	if (!read_integer_member(variant, "stock", 0, &entry->stock) || entry->stock < 0)
		return OUTCOME_STOCK_INVALID;
	if (active && !json_object_is_type(active, json_type_boolean))
		return refuse(form, "activo", OUTCOME_FIELD_INVALID);
	entry->activo = !active || json_object_get_boolean(active);
	return OUTCOME_SUCCESS;
}

static enum outcome read_variants(struct product_form *form)
{
	json_object *variants = member(form->body, "variantes");
	size_t count = variants ? json_object_array_length(variants) : 0;
	enum outcome outcome = OUTCOME_SUCCESS;

	if (count > PRODUCT_FORM_MOST_VARIANTS)
		return refuse(form, "variantes", OUTCOME_TOO_MANY);
	form->variants = calloc(count + 1, sizeof *form->variants);
	if (!form->variants)
		return OUTCOME_OUT_OF_MEMORY;
	for (size_t i = 0; i < count && outcome == OUTCOME_SUCCESS; i++)
		outcome = read_variant(form, json_object_array_get_idx(variants, i),
		                       &form->variants[i]);
	form->changes.variants = form->variants;
	form->changes.variant_count = count;
	return outcome;
}

/* Whether it is absent or an array. */
static bool is_list(json_object *body, const char *name)
{
	json_object *value;

	return !json_object_object_get_ex(body, name, &value) ||
	       json_object_is_type(value, json_type_array);
}

/* In the order of the contract. */
static enum outcome read_members(struct product_form *form)
{
	struct product_changes *changes = &form->changes;
	enum outcome outcome = read_price(form);

	if (outcome == OUTCOME_SUCCESS && !is_list(form->body, "imagenes"))
		outcome = OUTCOME_IMAGES_NOT_ARRAY;
	if (outcome == OUTCOME_SUCCESS)
		outcome = read_images(form);
	if (outcome == OUTCOME_SUCCESS && !is_list(form->body, "variantes"))
		outcome = OUTCOME_VARIANTS_NOT_ARRAY;
	if (outcome == OUTCOME_SUCCESS)
		outcome = read_variants(form);
	if (outcome == OUTCOME_SUCCESS)
		outcome = read_text(form, "nombre", &changes->nombre);
	if (outcome == OUTCOME_SUCCESS)
		outcome = read_text(form, "descripcion", &changes->descripcion);
	if (outcome == OUTCOME_SUCCESS)
		outcome = read_category(form);
	if (outcome == OUTCOME_SUCCESS)
		outcome = read_flag(form, "destacado", &changes->destacado);
	return outcome == OUTCOME_SUCCESS ? read_flag(form, "activo", &changes->activo) : outcome;
}

enum outcome product_form_read(struct product_form *form, const char *text, size_t length)
{
	*form = (struct product_form){ .body = json_text_parse(text, length, DEEPEST, NULL) };
	return form->body ? read_members(form) : OUTCOME_BODY_INVALID;
}

void product_form_release(struct product_form *form)
{
	json_object_put(form->body);
	free(form->images);
	free(form->variants);
	*form = (struct product_form){ 0 };
}
