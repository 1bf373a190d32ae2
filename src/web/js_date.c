/* SPDX-License-Identifier: ISC */
/* Dates and times, as JavaScript's Date gives them to JSON. */
#include "config.h"

#include "web/js_date.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What is written of a date: a year before Christ is 0 or less. */
struct date {
	struct tm time; /* without the year */
	int year;
	int milliseconds;
	bool in_utc;
};

static bool read_date(const char *text, struct date *date)
{
	char *rest;
	const char *point = strchr(text, '.');

	*date = (struct date){ .year = (int)strtol(text, &rest, 10) };
	rest = strptime(rest, "-%m-%d", &date->time);
	if (!rest)
		return false;
	strptime(rest, " %H:%M:%S", &date->time); /* unless it is a date alone */
	if (strstr(rest, " BC"))
		date->year = 1 - date->year;
	date->milliseconds = point ? (int)(1000 * strtod(point, NULL)) : 0;
	date->in_utc = strstr(rest, "+00") != NULL;
	return true;
}

/* By how much the local clock is ahead of UTC. */
static long offset_at(time_t seconds)
{
	struct tm local = { 0 };

	localtime_r(&seconds, &local);
	return local.tm_gmtoff;
}

/*
 * What the local clock shows names no moment for sure: tried are the offsets of the day before and
 * the day after. mktime(3) would not do: where both moments have the same tm_isdst, or it is -1, it
 * gives either of them.
 */
static time_t from_local(time_t shown)
{
	const time_t day = 86400;
	time_t first = shown - offset_at(shown - day);
	time_t last = shown - offset_at(shown + day);
	bool first_is_shown = first + offset_at(first) == shown;
	bool last_is_shown = last + offset_at(last) == shown;

	return last_is_shown && !first_is_shown ? last : first;
}

static time_t to_seconds(struct date *date, int year)
{
	time_t seconds;

	date->time.tm_year = year - 1900;
	seconds = timegm(&date->time);
	return date->in_utc ? seconds : from_local(seconds);
}

/*
 * For JavaScript, the years 0 to 99 are those from 1900 on: postgres-date makes such a date, and
 * then changes its year.
 */
static time_t find_moment(struct date *date)
{
	bool is_short = date->year >= 0 && date->year <= 99;
	time_t seconds = to_seconds(date, date->year + (is_short ? 1900 : 0));

	if (!is_short)
		return seconds;
	if (!date->in_utc)
		seconds += offset_at(seconds);
	gmtime_r(&seconds, &date->time);
	return to_seconds(date, date->year);
}

void js_write_date(FILE *out, const char *text)
{
	const time_t most = 8640000000000; /* the end of JavaScript's time, in seconds */
	struct date date;
	struct tm utc;
	time_t seconds;
	int year;

	if (!read_date(text, &date) || (seconds = find_moment(&date)) > most ||
	    (seconds == most && date.milliseconds > 0) || !gmtime_r(&seconds, &utc)) {
		fputs("null", out);
		return;
	}
	year = utc.tm_year + 1900;
	fprintf(out, year >= 0 && year <= 9999 ? "\"%04d" : "\"%+07d", year);
	fprintf(out, "-%02d-%02dT%02d:%02d:%02d.%03dZ\"", utc.tm_mon + 1, utc.tm_mday, utc.tm_hour,
	        utc.tm_min, utc.tm_sec, date.milliseconds);
}
