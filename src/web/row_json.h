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
 * Writes a row as one JSON object. What a value becomes depends only on its type: integers and
 * floating-point numbers are numbers; bigint and numeric are strings; dates and timestamps are ISO
 * 8601 in UTC with milliseconds; json is written as it is; arrays of these are arrays. All else is
 * a string. The server must send dates in the ISO style, and times in UTC. Returns false if out of
 * memory; ferror(3) says whether writing has failed.
 */
bool row_json_write(FILE *out, const struct value *values, size_t count);

#endif
