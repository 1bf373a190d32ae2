/* SPDX-License-Identifier: ISC */
/* A PostgreSQL array as text (manual, 8.15.2), for a statement's parameter. */
#ifndef ARRAY_H
#define ARRAY_H

#include <stdbool.h>
#include <stddef.h>

/* Begins empty: { 0 }. Needs array_free(). */
struct array {
	char *text;
	size_t length, size;
	bool failed; /* out of memory */
};

/*
 * Appends a number to the beginning of an array, such as {1,3. It is in a buffer of the caller's,
 * of size bytes, of which length are taken. Returns how many it has gained.
 */
size_t array_write_number(char *text, size_t size, size_t length, long number);

/* The same for an array that grows. */
void array_add_number(struct array *array, long number);
void array_add_text(struct array *array, const char *text);

/*
 * Ends the array. Returns its text, which belongs to the array, or NULL if at any time there was
 * not enough memory.
 */
const char *array_end(struct array *array);

void array_free(struct array *array);

#endif
