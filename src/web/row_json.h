/* SPDX-License-Identifier: ISC */
/* Rows as JSON, with values like those that node-postgres gives the shop's panel. */
#ifndef ROW_JSON_H
#define ROW_JSON_H

#include "base/value.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * Sets the time zone of timestamps without one, such as America/Argentina/Buenos_Aires, for the
 * whole process (tzset(3)).
 */
void row_json_set_time_zone(const char *zone);

/*
 * Writes a row as one JSON object. A value, which depends only on its type, is what
 * JSON.stringify() makes of it after the npm packages pg 8 and pg-types 2 have read it:
 *
 *   bool, int2, int4, oid   as they are
 *   float4, float8          numbers; null, if they are infinite or NaN
 *   date, timestamp(tz)     strings (js_date.h)
 *   json, jsonb             what they are (js_json.h)
 *   bytea                   {"type":"Buffer","data":[...]}
 *   interval                an object of years to milliseconds, without those that are 0
 *   point, circle           {"x":...,"y":...}, and "radius"
 *   all others              strings, such as numeric and int8
 *
 * Arrays are arrays if pg-types knows their type (the table in row_json.c), else strings. Their
 * elements are what values are, but numeric[] has numbers. Unlike an object of JavaScript's, the
 * row keeps the columns' order, whatever their names.
 *
 * The server must send dates in the style ISO, times in UTC, intervals in the style postgres, and
 * bytea in hexadecimal. Returns false if out of memory; ferror(3) says whether writing has failed.
 */
bool row_json_write(FILE *out, const struct value *values, size_t count);

#endif
