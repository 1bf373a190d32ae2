/* SPDX-License-Identifier: ISC */
/* Numbers and JSON, as JavaScript's JSON.stringify() writes them. */
#ifndef JS_JSON_H
#define JS_JSON_H

#include <stdbool.h>
#include <stdio.h>

/* Writes a number; null, if JSON has none for it. */
void js_write_number(FILE *out, double number);

/*
 * Writes JSON as JSON.stringify(JSON.parse(text)) gives it: without white space; each number as the
 * double that it is read as; each string with no more escapes than it needs; of a key that comes
 * twice, the last value in the first place; keys that are array indexes first, in ascending order.
 * The text is good JSON, such as PostgreSQL's json. Returns false if out of memory.
 */
bool js_write_json(FILE *out, const char *text);

#endif
