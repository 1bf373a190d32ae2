/* SPDX-License-Identifier: ISC */
/* A PostgreSQL array as text, which grows by one element at a time. */
#include "config.h"

#include "base/array.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Makes room for so many bytes and a NUL. Returns where they go; NULL: out of memory. */
static char *reserve(struct array *array, size_t more)
{
	size_t size = array->length + more + 1;
	char *text;

	if (array->failed)
		return NULL;
	if (size > array->size) {
		text = realloc(array->text, 2 * size);
		array->failed = !text;
		if (!text)
			return NULL;
		array->text = text;
		array->size = 2 * size;
	}
	return array->text + array->length;
}

static char separator(size_t length)
{
	return length == 0 ? '{' : ',';
}

size_t array_write_number(char *text, size_t size, size_t length, long number)
{
	return (size_t)snprintf(text + length, size - length, "%c%ld", separator(length), number);
}

void array_add_number(struct array *array, long number)
{
	enum { LONGEST = sizeof ",-9223372036854775808" };

	if (reserve(array, LONGEST))
		array->length +=
			array_write_number(array->text, array->size, array->length, number);
}

void array_add_text(struct array *array, const char *text)
{
	char *out = reserve(array, 2 * strlen(text) + strlen(",\"\""));

	if (!out)
		return;
	*out++ = separator(array->length);
	*out++ = '"';
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			*out++ = '\\';
		*out++ = *text;
	}
	*out++ = '"';
	array->length = (size_t)(out - array->text);
}

const char *array_end(struct array *array)
{
	char *out = reserve(array, strlen("{}"));

	if (!out)
		return NULL;
	if (array->length == 0)
		*out++ = '{';
	memcpy(out, "}", sizeof "}");
	array->length = (size_t)(out + 1 - array->text);
	return array->text;
}

void array_free(struct array *array)
{
	free(array->text);
	*array = (struct array){ 0 };
}
