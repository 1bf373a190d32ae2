/* SPDX-License-Identifier: ISC */
/* Dates and times, as JavaScript's Date gives them to JSON. */
#ifndef JS_DATE_H
#define JS_DATE_H

#include <stdio.h>

/*
 * Writes a date, or a date and time, that PostgreSQL has written in the style ISO, as the package
 * postgres-date reads it: in UTC, with milliseconds. A time without a zone is in that of the
 * process (tzset(3)): if the clock showed it twice, the first time counts; if it never did, the
 * clock's state before it skipped that. Writes null for infinity, and after 275760-09-13, where
 * JavaScript's time ends.
 */
void js_write_date(FILE *out, const char *text);

#endif
