/* SPDX-License-Identifier: ISC */
/* Rows as JSON: each type of PostgreSQL's as the npm packages pg and pg-types read it. */
#include "config.h"

#include "web/row_json.h"

#include "web/js_date.h"
#include "web/js_json.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Writes a value that is not null. Returns false if out of memory. */
typedef bool writer(FILE *out, const char *text);

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

static bool write_boolean(FILE *out, const char *text)
{
	fputs(*text == 't' ? "true" : "false", out);
	return true;
}

static bool write_integer(FILE *out, const char *text)
{
	fputs(text, out);
	return true;
}

static bool write_float(FILE *out, const char *text)
{
	js_write_number(out, strtod(text, NULL));
	return true;
}

static bool write_date(FILE *out, const char *text)
{
	js_write_date(out, text);
	return true;
}

/* Writes the first numbers of a text as an object: x and y, or x, y and radius. */
static void write_numbers(FILE *out, const char *text, int count)
{
	static const char *const names[] = { "{\"x\":", ",\"y\":", ",\"radius\":" };

	for (int i = 0; i < count; i++) {
		char *end;

		text += strcspn(text, "-0123456789IN"); /* Infinity, NaN */
		fputs(names[i], out);
		js_write_number(out, strtod(text, &end));
		text = end;
	}
	fputc('}', out);
}

static bool write_point(FILE *out, const char *text)
{
	write_numbers(out, text, 2);
	return true;
}

static bool write_circle(FILE *out, const char *text)
{
	write_numbers(out, text, 3);
	return true;
}

/* Writes the bytes of \x0123 as Node's Buffer does. */
static bool write_bytes(FILE *out, const char *text)
{
	const char *separator = "";

	fputs("{\"type\":\"Buffer\",\"data\":[", out);
	for (text += strspn(text, "\\x"); text[0] && text[1]; text += 2) {
		const char byte[] = { text[0], text[1], '\0' };

		fprintf(out, "%s%lu", separator, strtoul(byte, NULL, 16));
		separator = ",";
	}
	fputs("]}", out);
	return true;
}

enum { YEARS, MONTHS, DAYS, HOURS, MINUTES, SECONDS, MILLISECONDS, AMOUNTS };

/* Reads the end of an interval: hours, minutes and seconds, which share one sign. */
static void read_time_of_day(const char *text, double *amounts)
{
	const double sign = text[strspn(text, " ")] == '-' ? -1 : 1;

	text += strspn(text, " +-");
	for (int i = HOURS; i <= SECONDS; i++) {
		char *end;

		amounts[i] = sign * (double)strtoll(text, &end, 10);
		text = end + (*end == ':');
	}
	if (*text == '.')
		amounts[MILLISECONDS] =
			sign * (double)(long)(strtod(text, NULL) * 1e6 + 0.5) / 1000;
}

/* Writes an interval in the style postgres: what is 0 is left out. */
static bool write_interval(FILE *out, const char *text)
{
	static const char *const names[] = { "years",   "months",  "days",        "hours",
		                             "minutes", "seconds", "milliseconds" };
	double amounts[AMOUNTS] = { 0 };
	const char *separator = "";
	char *unit;

	for (long long n = strtoll(text, &unit, 10); *unit == ' '; n = strtoll(text, &unit, 10)) {
		amounts[unit[1] == 'y' ? YEARS : unit[1] == 'm' ? MONTHS : DAYS] = (double)n;
		text = unit + 1 + strcspn(unit + 1, " ");
	}
	read_time_of_day(text, amounts);
	fputc('{', out);
	for (int i = 0; i < AMOUNTS; i++) {
		if (amounts[i] == 0)
			continue;
		fprintf(out, "%s\"%s\":", separator, names[i]);
		js_write_number(out, amounts[i]);
		separator = ",";
	}
	fputc('}', out);
	return true;
}

/*
 * The types that pg-types knows, and those of whose arrays it does. The OIDs of PostgreSQL's own
 * types never change (pg_type.dat).
 */
static const struct {
	uint32_t type, array;
	writer *write, *write_element;
} types[] = {
	/* clang-format off */
	{ 16, 1000, write_boolean, write_boolean },
	{ 17, 1001, write_bytes, write_bytes }, /* bytea */
	{ 20, 1016, write_string, write_string }, /* int8 */
	{ 21, 1005, write_integer, write_integer }, /* int2 */
	{ 23, 1007, write_integer, write_integer }, /* int4 */
	{ 24, 1008, write_string, write_string }, /* regproc */
	{ 25, 1009, write_string, write_string }, /* text */
	{ 26, 1028, write_integer, write_integer }, /* oid */
	{ 114, 199, js_write_json, js_write_json }, /* json */
	{ 600, 1017, write_point, write_point },
	{ 650, 651, write_string, write_string }, /* cidr */
	{ 700, 1021, write_float, write_float }, /* float4 */
	{ 701, 1022, write_float, write_float }, /* float8 */
	{ 718, 0, write_circle, NULL },
	{ 790, 791, write_string, write_string }, /* money */
	{ 829, 1040, write_string, write_string }, /* macaddr */
	{ 869, 1041, write_string, write_string }, /* inet */
	{ 1042, 1014, write_string, write_string }, /* char(n) */
	{ 1043, 1015, write_string, write_string }, /* varchar */
	{ 1082, 1182, write_date, write_date },
	{ 1083, 1183, write_string, write_string }, /* time */
	{ 1114, 1115, write_date, write_date }, /* timestamp */
	{ 1184, 1185, write_date, write_date }, /* timestamptz */
	{ 1186, 1187, write_interval, write_interval },
	{ 1266, 1270, write_string, write_string }, /* timetz */
	{ 1700, 1231, write_string, write_float }, /* numeric */
	{ 2950, 2951, write_string, write_string }, /* uuid */
	{ 3802, 3807, js_write_json, js_write_json }, /* jsonb */
	{ 3906, 3907, write_string, write_string }, /* numrange */
	/* clang-format on */
};

void row_json_set_time_zone(const char *zone)
{
	setenv("TZ", zone, 1);
	tzset();
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
static bool write_elements(FILE *out, const char *c, writer *write, char *element)
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
			good = write(out, element);
	}
	return good;
}

static bool write_array(FILE *out, const char *text, writer *write)
{
	const char *elements = strchr(text, '{'); /* after the bounds, where they are not 1 */
	char *element = elements ? malloc(strlen(elements) + 1) : NULL;
	bool good = element && write_elements(out, elements, write, element);

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
			return types[i].write(out, value->text);
		if (types[i].array == value->type)
			return write_array(out, value->text, types[i].write_element);
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
