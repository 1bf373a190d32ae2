/* SPDX-License-Identifier: ISC */
/* Rows as JSON: each type of PostgreSQL's as the npm packages pg and pg-types read it. */
#include "config.h"

#include "web/row_json.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What JSON has for a type. */
enum kind {
	KIND_STRING, /* also for all types that are not in the table */
	KIND_NUMBER,
	KIND_FLOAT, /* a number, or null where JSON has none */
	KIND_BOOLEAN,
	KIND_JSON,
	KIND_TIME /* a date or timestamp, with or without a zone */
};

/* The OIDs of PostgreSQL's own types never change (pg_type.dat). */
static const struct {
	uint32_t type, array;
	enum kind kind;    /* of the type */
	enum kind element; /* of its arrays: pg-types reads numeric[] apart */
} types[] = {
	/* clang-format off */
	{ 16, 1000, KIND_BOOLEAN, KIND_BOOLEAN },
	{ 20, 1016, KIND_STRING, KIND_STRING }, /* int8 */
	{ 21, 1005, KIND_NUMBER, KIND_NUMBER }, /* int2 */
	{ 23, 1007, KIND_NUMBER, KIND_NUMBER }, /* int4 */
	{ 26, 1028, KIND_NUMBER, KIND_NUMBER }, /* oid */
	{ 25, 1009, KIND_STRING, KIND_STRING }, /* text */
	{ 1042, 1014, KIND_STRING, KIND_STRING }, /* char(n) */
	{ 1043, 1015, KIND_STRING, KIND_STRING }, /* varchar */
	{ 2950, 2951, KIND_STRING, KIND_STRING }, /* uuid */
	{ 114, 199, KIND_JSON, KIND_JSON },
	{ 3802, 3807, KIND_JSON, KIND_JSON }, /* jsonb */
	{ 700, 1021, KIND_FLOAT, KIND_FLOAT }, /* float4 */
	{ 701, 1022, KIND_FLOAT, KIND_FLOAT }, /* float8 */
	{ 1700, 1231, KIND_STRING, KIND_FLOAT }, /* numeric */
	{ 1082, 1182, KIND_TIME, KIND_TIME }, /* date */
	{ 1114, 1115, KIND_TIME, KIND_TIME }, /* timestamp */
	{ 1184, 1185, KIND_TIME, KIND_TIME }, /* timestamptz */
	/* clang-format on */
};

void row_json_set_time_zone(const char *zone)
{
	setenv("TZ", zone, 1);
	tzset();
}

static bool write_string(FILE *out, const char *text)
{
	json_object *string = json_object_new_string(text);
	const char *json =
		string ? json_object_to_json_string_ext(
				 string, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)
		       : NULL;

	if (json)
		fputs(json, out);
	json_object_put(string);
	return json != NULL;
}

/*
 * Reads a date, or a date and time, in the style ISO. Returns false for what JavaScript's dates do
 * not have in four digits: infinity, years before Christ or after 9999.
 */
static bool read_time(const char *text, struct tm *time, int *milliseconds, bool *has_zone)
{
	const char *rest;

	*time = (struct tm){ .tm_isdst = -1 };
	*milliseconds = 0;
	rest = strptime(text, "%Y-%m-%d", time);
	if (!rest || rest - text != (ptrdiff_t)strlen("2026-01-31"))
		return false;
	if (*rest == ' ')
		rest = strptime(rest, " %H:%M:%S", time);
	if (rest && *rest == '.') {
		for (int digit = 1, scale = 100; rest[digit] >= '0' && rest[digit] <= '9';
		     digit++, scale /= 10)
			*milliseconds += (rest[digit] - '0') * scale;
		rest += 1 + strspn(rest + 1, "0123456789");
	}
	*has_zone = rest && strcmp(rest, "+00") == 0;
	return rest && (!*rest || *has_zone);
}

/* Returns false if the text is no such date. */
static bool write_time(FILE *out, const char *text)
{
	struct tm time;
	char utc[sizeof "2026-01-31T23:59:59"];
	int milliseconds;
	bool has_zone;
	time_t seconds;

	if (!read_time(text, &time, &milliseconds, &has_zone))
		return false;
	seconds = has_zone ? timegm(&time) : mktime(&time);
	if (!gmtime_r(&seconds, &time) ||
	    strftime(utc, sizeof utc, "%Y-%m-%dT%H:%M:%S", &time) != sizeof utc - 1)
		return false;
	fprintf(out, "\"%s.%03dZ\"", utc, milliseconds);
	return true;
}

/* Whether it is infinite in either direction, or no number: JSON has null for these. */
static bool is_not_finite(const char *number)
{
	return strpbrk(number, "IN") != NULL;
}

static bool write_scalar(FILE *out, const char *text, enum kind kind)
{
	switch (kind) {
	case KIND_FLOAT:
		fputs(is_not_finite(text) ? "null" : text, out);
		return true;
	case KIND_NUMBER:
	case KIND_JSON:
		fputs(text, out);
		return true;
	case KIND_BOOLEAN:
		fputs(*text == 't' ? "true" : "false", out);
		return true;
	case KIND_TIME:
		if (strstr(text, "infinity")) {
			fputs("null", out);
			return true;
		}
		return write_time(out, text) || write_string(out, text);
	default:
		return write_string(out, text);
	}
}

/*
 * Reads one element of an array (PostgreSQL manual, 8.15.6) to element, unescaped. Returns where it
 * ends, and whether it was quoted: only then is NULL a text.
 */
static const char *read_element(const char *c, char *element, bool *quoted)
{
	*quoted = *c == '"';
	if (*quoted)
		c++;
	while (*c && strchr(*quoted ? "\"" : ",}", *c) == NULL) {
		if (*c == '\\' && c[1])
			c++;
		*element++ = *c++;
	}
	*element = '\0';
	return *quoted && *c ? c + 1 : c;
}

/* Writes the elements of an array of any number of dimensions. */
static bool write_elements(FILE *out, const char *c, enum kind kind, char *element)
{
	bool good = true, quoted;

	while (good && *c) {
		if (strchr("{},", *c)) {
			fputc(*c == '{' ? '[' : *c == '}' ? ']' : ',', out);
			c++;
			continue;
		}
		c = read_element(c, element, &quoted);
		if (!quoted && strcmp(element, "NULL") == 0)
			fputs("null", out);
		else
			good = write_scalar(out, element, kind);
	}
	return good;
}

static bool write_array(FILE *out, const char *text, enum kind kind)
{
	const char *elements = strchr(text, '{'); /* after the bounds, where they are not 1 */
	char *element = elements ? malloc(strlen(elements) + 1) : NULL;
	bool good = element && write_elements(out, elements, kind, element);

	free(element);
	return good;
}

static bool write_value(FILE *out, const struct value *value)
{
	if (!value->text) {
		fputs("null", out);
		return true;
	}
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		if (types[i].type == value->type)
			return write_scalar(out, value->text, types[i].kind);
		if (types[i].array == value->type)
			return write_array(out, value->text, types[i].element);
	}
	return write_string(out, value->text);
}

bool row_json_write(FILE *out, const struct value *values, size_t count)
{
	bool good = true;

	fputc('{', out);
	for (size_t i = 0; good && i < count; i++) {
		if (i > 0)
			fputc(',', out);
		good = write_string(out, values[i].column);
		fputc(':', out);
		good = good && write_value(out, &values[i]);
	}
	fputc('}', out);
	return good;
}
