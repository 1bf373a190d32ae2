/* SPDX-License-Identifier: ISC */
/* Values of each type as JSON. What is expected, node-postgres and JSON.stringify() have given. */
#include "config.h"

#include "web/row_json.h"
#include "../lib/tap.h"

#include <stdlib.h>
#include <string.h>

/* Rules of today, for all years: no test needs tzdata. */
#define BUENOS_AIRES "<-03>3"
#define DUBLIN "IST-1GMT0,M10.5.0,M3.5.0/1"
#define LORD_HOWE "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0"
#define MADRID "CET-1CEST,M3.5.0,M10.5.0/3"
#define SANTIAGO "<-04>4<-03>,M9.1.6/24,M4.1.6/24"

static const struct {
	uint32_t type; /* pg_type.dat */
	const char *text;
	const char *expected;
	const char *what;
} cases[] = {
	/* numbers, and what is none */
	{ 16, "t", "true", "true" },
	{ 16, "f", "false", "false" },
	{ 21, "-32768", "-32768", "int2" },
	{ 23, "2147483647", "2147483647", "int4" },
	{ 26, "4294967295", "4294967295", "oid" },
	{ 20, "9007199254740993", "\"9007199254740993\"", "int8 is a string" },
	{ 1700, "40000.00", "\"40000.00\"", "numeric is a string" },
	{ 701, "0", "0", "zero" },
	{ 701, "-0", "0", "negative zero" },
	{ 701, "1.5", "1.5", "a fraction" },
	{ 701, "-1234.5678", "-1234.5678", "a negative fraction" },
	{ 700, "0.1", "0.1", "float4" },
	{ 701, "999999999999999", "999999999999999", "the last whole number that is copied" },
	{ 701, "1e+15", "1000000000000000", "the first that is not" },
	{ 701, "9007199254740991", "9007199254740991", "the last of the whole numbers" },
	{ 701, "1.2345678901234568e+17", "123456789012345680", "zeros behind the digits" },
	{ 701, "1e+20", "100000000000000000000", "the most zeros" },
	{ 701, "1e+21", "1e+21", "no zeros" },
	{ 701, "-1.5e+21", "-1.5e+21", "digits, and an exponent" },
	{ 701, "123456789012.34567", "123456789012.34567", "seventeen digits" },
	{ 701, "1e-06", "0.000001", "the most zeros in front" },
	{ 701, "1.5e-06", "0.0000015", "these, and digits" },
	{ 701, "1e-07", "1e-7", "no zeros in front" },
	{ 701, "1.25e-07", "1.25e-7", "digits, and a negative exponent" },
	{ 701, "0.001", "0.001", "a thousandth" },
	{ 701, "1.7976931348623157e+308", "1.7976931348623157e+308", "the greatest double" },
	{ 701, "5e-324", "5e-324", "the least" },
	{ 701, "5.684341886080802e-14", "5.684341886080802e-14",
	  "a power of two, whose nearest sixteen digits are another number" },
	{ 701, "2.2250738585072014e-308", "2.2250738585072014e-308", "the least normal one" },
	{ 701, "NaN", "null", "NaN" },
	{ 701, "Infinity", "null", "infinity" },
	{ 701, "-Infinity", "null", "negative infinity" },

	/* texts */
	{ 25, "", "\"\"", "an empty text" },
	{ 25, "null", "\"null\"", "null as a text" },
	{ 25, "l\xc3\xadnea\nnueva \"y\" \\ a/b", "\"l\xc3\xadnea\\nnueva \\\"y\\\" \\\\ a/b\"",
	  "line feed, quotes, backslash, slash" },
	{ 25, "\b\t\f\r\x01\x1f\x7f", "\"\\b\\t\\f\\r\\u0001\\u001f\x7f\"", "control characters" },
	{ 25, "\xe2\x80\xa8\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
	  "\"\xe2\x80\xa8\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"", "characters beyond ASCII" },
	{ 2950, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "\"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11\"",
	  "uuid" },
	{ 790, "$1,234.56", "\"$1,234.56\"", "money" },
	{ 1083, "04:05:06.789", "\"04:05:06.789\"", "time" },
	{ 1266, "04:05:06+02", "\"04:05:06+02\"", "timetz" },
	{ 603, "(1,1),(0,0)", "\"(1,1),(0,0)\"", "a type that is not in the table" },
	{ 1020, "{(1,1),(0,0);(2,2),(0,0)}", "\"{(1,1),(0,0);(2,2),(0,0)}\"",
	  "an array that is not in the table" },

	/* bytes, points, intervals */
	{ 17, "\\x", "{\"type\":\"Buffer\",\"data\":[]}", "no bytes" },
	{ 17, "\\x00ff10", "{\"type\":\"Buffer\",\"data\":[0,255,16]}", "bytes" },
	{ 600, "(1,-2.5)", "{\"x\":1,\"y\":-2.5}", "a point" },
	{ 600, "(NaN,-Infinity)", "{\"x\":null,\"y\":null}", "a point nowhere" },
	{ 600, "(1e+20,1e-07)", "{\"x\":100000000000000000000,\"y\":1e-7}", "a point far away" },
	{ 718, "<(1,2),3>", "{\"x\":1,\"y\":2,\"radius\":3}", "a circle" },
	{ 718, "<(-1.5,2e+20),0.5>", "{\"x\":-1.5,\"y\":200000000000000000000,\"radius\":0.5}",
	  "a circle far away" },
	{ 1186, "00:00:00", "{}", "no time" },
	{ 1186, "1 year 2 mons 3 days 04:05:06.789",
	  "{\"years\":1,\"months\":2,\"days\":3,\"hours\":4,\"minutes\":5,\"seconds\":6,"
	  "\"milliseconds\":789}",
	  "all of an interval" },
	{ 1186, "-1 years -2 mons +3 days -04:05:06",
	  "{\"years\":-1,\"months\":-2,\"days\":3,\"hours\":-4,\"minutes\":-5,\"seconds\":-6}",
	  "an interval with signs" },
	{ 1186, "-00:00:01.5", "{\"seconds\":-1,\"milliseconds\":-500}",
	  "one sign for all of a time" },
	{ 1186, "00:00:00.000001", "{\"milliseconds\":0.001}", "a microsecond" },
	{ 1186, "00:00:00.29", "{\"milliseconds\":290}", "a fraction that no double is" },
	{ 1186, "1 mon", "{\"months\":1}", "a month" },
	{ 1186, "2 years -1 days", "{\"years\":2,\"days\":-1}", "years and days" },
	{ 1186, "1 day -00:01:00", "{\"days\":1,\"minutes\":-1}", "a day less a minute" },
	{ 1186, "2562047788:00:54.775807",
	  "{\"hours\":2562047788,\"seconds\":54,\"milliseconds\":775.807}", "the most hours" },
	{ 1186, "infinity", "{}", "an endless interval" },

	/* json */
	{ 114, " {\"a\" : [ 1 , true,\tfalse,\r\nnull,\"b c\"] , \"d\":{ } ,\"e\":[ ]}\n",
	  "{\"a\":[1,true,false,null,\"b c\"],\"d\":{},\"e\":[]}", "white space" },
	{ 114, "null", "null", "null" },
	{ 3802, "\"x\"", "\"x\"", "a string alone" },
	{ 114, "[1.0,1e5,-0,-0.0,0.10,1E400,1e-400]", "[1,100000,0,0,0.1,null,0]",
	  "numbers in another spelling" },
	{ 114, "[9007199254740993,18446744073709551616,123456789012345678901234567890]",
	  "[9007199254740992,18446744073709552000,1.2345678901234568e+29]",
	  "numbers that a double has not" },
	{ 114, "{\"b\":1,\"10\":2,\"9\":3,\"b\":4,\"a\":5,\"0\":6}",
	  "{\"0\":6,\"9\":3,\"10\":2,\"b\":4,\"a\":5}",
	  "indexes first, in order; of a key that comes twice the last value, in the first place" },
	{ 114,
	  "{\"01\":1,\"-1\":2,\"1.5\":3,\"4294967295\":4,\"4294967294\":5,\"\":6,\"1 "
	  "\":7,\"99999999999\":8}",
	  "{\"4294967294\":5,\"01\":1,\"-1\":2,\"1.5\":3,\"4294967295\":4,\"\":6,\"1 "
	  "\":7,\"99999999999\":8}",
	  "what is an index, and what is not" },
	{ 114, "{\"\\u0061\":1,\"b\":2,\"a\":3,\"\\u0031\":4}", "{\"1\":4,\"a\":3,\"b\":2}",
	  "keys in another spelling" },
	{ 114, "{\"z\":{\"2\":{\"d\":1,\"1\":2},\"1\":0},\"__proto__\":{\"toJSON\":1}}",
	  "{\"z\":{\"1\":0,\"2\":{\"1\":2,\"d\":1}},\"__proto__\":{\"toJSON\":1}}",
	  "objects in objects" },
	{ 114, "{\"a\":\"}\",\"]\":{\"b\":\"\\\"{\"},\"c\":\"\\\\\"}",
	  "{\"a\":\"}\",\"]\":{\"b\":\"\\\"{\"},\"c\":\"\\\\\"}",
	  "brackets and quotes in strings" },
	{ 114, "\"\\u0041\\u00e9\\u20AC\\ud83d\\ude00\\/\\u002f\\u007f\"",
	  "\"A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80//\x7f\"", "escapes that are not needed" },
	{ 114, "\"\\b\\f\\n\\r\\t\\\"\\\\\\u0008\\u000C\\u000a\\u000d\\u0009\\u0022\\u005c\"",
	  "\"\\b\\f\\n\\r\\t\\\"\\\\\\b\\f\\n\\r\\t\\\"\\\\\"", "escapes that have a letter" },
	{ 114, "\"\\u0000\\u001F\\u000B\"", "\"\\u0000\\u001f\\u000b\"", "escapes that have none" },
	{ 114,
	  "[\"\\ud83d\",\"\\uDE00\",\"\\ud83dx\",\"\\ud83d\\u0041\",\"\\ud83d\\ud83d\\ude00\"]",
	  "[\"\\ud83d\",\"\\ude00\",\"\\ud83dx\",\"\\ud83dA\",\"\\ud83d\xf0\x9f\x98\x80\"]",
	  "halves of a pair" },

	/* arrays */
	{ 1007, "{}", "[]", "an empty array" },
	{ 1007, "{1,NULL,3}", "[1,null,3]", "an array with a null" },
	{ 1007, "{{1,2},{3,NULL}}", "[[1,2],[3,null]]", "two dimensions" },
	{ 1007, "[0:1]={1,2}", "[1,2]", "bounds" },
	{ 1007, "[2:3][-1:0]={{1,2},{3,4}}", "[[1,2],[3,4]]", "bounds of two dimensions" },
	{ 1009, "{a,NULL,\"NULL\",nulo,\"\",\"b\\\"c\\\\\",\"{d,e}\",\"[1:2]={\"}",
	  "[\"a\",null,\"NULL\",\"nulo\",\"\",\"b\\\"c\\\\\",\"{d,e}\",\"[1:2]={\"]",
	  "texts in an array" },
	{ 1000, "{t,f,NULL}", "[true,false,null]", "bool[]" },
	{ 1005, "{1}", "[1]", "int2[]" },
	{ 1028, "{4294967295}", "[4294967295]", "oid[]" },
	{ 1016, "{9007199254740993,NULL}", "[\"9007199254740993\",null]", "int8[]" },
	{ 1022, "{1e+20,-0,NaN,Infinity,1e-07}", "[100000000000000000000,0,null,null,1e-7]",
	  "float8[]" },
	{ 1021, "{0.1}", "[0.1]", "float4[]" },
	{ 1231, "{1.50,100000000000000000000000,NaN,NULL}", "[1.5,1e+23,null,null]", "numeric[]" },
	{ 1001, "{\"\\\\x00ff\",NULL,\"\\\\x\"}",
	  "[{\"type\":\"Buffer\",\"data\":[0,255]},null,{\"type\":\"Buffer\",\"data\":[]}]",
	  "bytea[]" },
	{ 1017, "{\"(1,2)\",NULL}", "[{\"x\":1,\"y\":2},null]", "point[]" },
	{ 1187, "{\"1 day\",NULL,-00:00:01.5}",
	  "[{\"days\":1},null,{\"seconds\":-1,\"milliseconds\":-500}]", "interval[]" },
	{ 199, "{\"{\\\"a\\\": 1.0}\",NULL,null,\"[1, 2]\"}", "[{\"a\":1},null,null,[1,2]]",
	  "json[]" },
	{ 3807, "{\"{\\\"a\\\": 1.0}\"}", "[{\"a\":1}]", "jsonb[]" },
	{ 1008, "{now}", "[\"now\"]", "regproc[]" },
	{ 1014, "{\"a  \"}", "[\"a  \"]", "char(n)[]" },
	{ 1015, "{a}", "[\"a\"]", "varchar[]" },
	{ 2951, "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}",
	  "[\"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11\"]", "uuid[]" },
	{ 791, "{\"$1,234.56\"}", "[\"$1,234.56\"]", "money[]" },
	{ 1041, "{10.0.0.1}", "[\"10.0.0.1\"]", "inet[]" },
	{ 651, "{10.0.0.0/8}", "[\"10.0.0.0/8\"]", "cidr[]" },
	{ 1040, "{08:00:2b:01:02:03}", "[\"08:00:2b:01:02:03\"]", "macaddr[]" },
	{ 1183, "{04:05:00}", "[\"04:05:00\"]", "time[]" },
	{ 1270, "{04:05:00+02}", "[\"04:05:00+02\"]", "timetz[]" },
	{ 3907, "{\"[1,2)\"}", "[\"[1,2)\"]", "numrange[]" },
	{ 1003, "{a,b}", "\"{a,b}\"", "name[]: no array" },
	{ 719, "{\"<(1,2),3>\"}", "\"{\\\"<(1,2),3>\\\"}\"", "circle[]: no array" },
	{ 1115, "{\"2026-01-02 00:00:00\",NULL,infinity,\"0044-03-15 12:34:56 BC\"}",
	  "[\"2026-01-02T00:00:00.000Z\",null,null,\"-000043-03-15T12:34:56.000Z\"]",
	  "timestamp[]" },
	{ 1182, "{2026-01-02,NULL}", "[\"2026-01-02T00:00:00.000Z\",null]", "date[]" },
	{ 1185, "{\"2026-01-02 00:00:00+00\"}", "[\"2026-01-02T00:00:00.000Z\"]", "timestamptz[]" },

	/* dates */
	{ 1114, "2026-03-04 05:06:07.891999", "\"2026-03-04T05:06:07.891Z\"", "microseconds" },
	{ 1114, "2026-03-04 05:06:07.05", "\"2026-03-04T05:06:07.050Z\"", "hundredths" },
	{ 1184, "2026-01-02 03:04:05.5+00", "\"2026-01-02T03:04:05.500Z\"", "timestamptz" },
	{ 1184, "0044-03-15 12:34:56.789+00 BC", "\"-000043-03-15T12:34:56.789Z\"",
	  "timestamptz before Christ" },
	{ 1114, "1969-12-31 23:59:59.001", "\"1969-12-31T23:59:59.001Z\"", "before 1970" },
	{ 1082, "2026-01-02", "\"2026-01-02T00:00:00.000Z\"", "date" },
	{ 1114, "infinity", "null", "never" },
	{ 1082, "-infinity", "null", "always" },
	{ 1114, "0001-12-31 23:59:59 BC", "\"0000-12-31T23:59:59.000Z\"", "the year 0" },
	{ 1114, "0001-02-29 12:00:00 BC", "\"0000-03-01T12:00:00.000Z\"",
	  "a leap day that postgres-date takes for one of 1900" },
	{ 1082, "0044-03-15 BC", "\"-000043-03-15T00:00:00.000Z\"", "a date before Christ" },
	{ 1114, "4713-01-01 00:00:00 BC", "\"-004712-01-01T00:00:00.000Z\"", "the first year" },
	{ 1114, "0099-12-31 23:59:59", "\"0099-12-31T23:59:59.000Z\"", "the year 99" },
	{ 1114, "0001-01-01 00:00:00", "\"0001-01-01T00:00:00.000Z\"", "the year 1" },
	{ 1114, "0100-01-01 00:00:00", "\"0100-01-01T00:00:00.000Z\"", "the year 100" },
	{ 1114, "9999-12-31 23:59:59.999", "\"9999-12-31T23:59:59.999Z\"",
	  "the last year of four digits" },
	{ 1114, "10000-01-01 00:00:00", "\"+010000-01-01T00:00:00.000Z\"", "the first of five" },
	{ 1082, "275760-09-13", "\"+275760-09-13T00:00:00.000Z\"", "the end of JavaScript's time" },
	{ 1114, "275760-09-13 00:00:00.001", "null", "a millisecond after it" },
	{ 1114, "275760-09-13 00:00:01", "null", "a second after it" },
	{ 1082, "5874897-12-31", "null", "PostgreSQL's last day" },
};

static const struct {
	const char *zone;
	uint32_t type;
	const char *text;
	const char *expected;
	const char *what;
} times[] = {
	{ BUENOS_AIRES, 1114, "2026-03-04 05:06:07.891234", "\"2026-03-04T08:06:07.891Z\"",
	  "no summer time" },
	{ BUENOS_AIRES, 1082, "2026-01-02", "\"2026-01-02T03:00:00.000Z\"", "its midnight" },
	{ BUENOS_AIRES, 1184, "2026-01-02 03:04:05+00", "\"2026-01-02T03:04:05.000Z\"",
	  "a zone counts" },
	{ BUENOS_AIRES, 1184, "0044-03-15 12:34:56+00 BC", "\"-000043-03-15T12:34:56.000Z\"",
	  "and before Christ" },
	{ BUENOS_AIRES, 1114, "0050-07-01 12:00:00", "\"0050-07-01T15:00:00.000Z\"",
	  "the year 50" },
	{ BUENOS_AIRES, 1082, "0001-02-29 BC", "\"0000-03-01T03:00:00.000Z\"",
	  "the leap day of the year 0" },
	{ BUENOS_AIRES, 1082, "275760-09-13", "null", "beyond JavaScript's time in UTC" },
	{ BUENOS_AIRES, 1114, "9999-12-31 22:00:00", "\"+010000-01-01T01:00:00.000Z\"",
	  "the year 10000 in UTC" },
	{ MADRID, 1114, "2025-10-26 01:59:59", "\"2025-10-25T23:59:59.000Z\"",
	  "before the hour that comes twice" },
	{ MADRID, 1114, "2025-10-26 02:00:00", "\"2025-10-26T00:00:00.000Z\"", "its beginning" },
	{ MADRID, 1114, "2025-10-26 02:30:00", "\"2025-10-26T00:30:00.000Z\"", "in it" },
	{ MADRID, 1114, "2025-10-26 02:59:59", "\"2025-10-26T00:59:59.000Z\"", "its end" },
	{ MADRID, 1114, "2025-10-26 03:00:00", "\"2025-10-26T02:00:00.000Z\"", "after it" },
	{ MADRID, 1114, "2025-03-30 01:59:59", "\"2025-03-30T00:59:59.000Z\"",
	  "before the hour that is skipped" },
	{ MADRID, 1114, "2025-03-30 02:00:00", "\"2025-03-30T01:00:00.000Z\"", "its beginning" },
	{ MADRID, 1114, "2025-03-30 02:30:00", "\"2025-03-30T01:30:00.000Z\"", "in it" },
	{ MADRID, 1114, "2025-03-30 03:00:00", "\"2025-03-30T01:00:00.000Z\"", "after it" },
	{ MADRID, 1115,
	  "{\"2025-01-01 00:00:00\",\"2025-10-26 02:30:00\",\"2025-07-01 00:00:00\",\"2025-10-26 "
	  "02:30:00\"}",
	  "[\"2024-12-31T23:00:00.000Z\",\"2025-10-26T00:30:00.000Z\",\"2025-06-30T22:00:00.000Z\","
	  "\"2025-10-26T00:30:00.000Z\"]",
	  "whatever comes before" },
	{ DUBLIN, 1114, "2025-10-26 01:30:00", "\"2025-10-26T00:30:00.000Z\"", "Dublin, twice" },
	{ DUBLIN, 1114, "2025-03-30 01:30:00", "\"2025-03-30T01:30:00.000Z\"", "Dublin, skipped" },
	{ LORD_HOWE, 1114, "2025-04-06 01:45:00", "\"2025-04-05T14:45:00.000Z\"",
	  "half an hour that comes twice" },
	{ LORD_HOWE, 1114, "2025-04-06 01:29:59", "\"2025-04-05T14:29:59.000Z\"", "before it" },
	{ LORD_HOWE, 1114, "2025-10-05 02:15:00", "\"2025-10-04T15:45:00.000Z\"",
	  "half an hour that is skipped" },
	{ LORD_HOWE, 1114, "2025-10-05 02:30:00", "\"2025-10-04T15:30:00.000Z\"", "after it" },
	{ SANTIAGO, 1114, "2025-04-05 23:30:00", "\"2025-04-06T02:30:00.000Z\"",
	  "the hour before midnight, twice" },
	{ SANTIAGO, 1082, "2025-09-07", "\"2025-09-07T04:00:00.000Z\"",
	  "a midnight that is skipped" },
	{ SANTIAGO, 1114, "2025-09-07 00:59:59", "\"2025-09-07T04:59:59.000Z\"",
	  "the end of that hour" },
	{ SANTIAGO, 1114, "2025-09-07 01:00:00", "\"2025-09-07T04:00:00.000Z\"", "after it" },
	{ SANTIAGO, 1182, "{2025-09-06,2025-09-07,2025-09-08}",
	  "[\"2025-09-06T04:00:00.000Z\",\"2025-09-07T04:00:00.000Z\",\"2025-09-08T03:00:00."
	  "000Z\"]",
	  "days of 24, 23 and 24 hours" },
};

/* Whether the row is written so. */
static bool writes(const struct value *values, size_t count, const char *expected)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	bool same = out && row_json_write(out, values, count);

	if (out)
		fclose(out);
	same = same && strcmp(text, expected) == 0;
	if (!same)
		printf("# %s\n", text);
	free(text);
	return same;
}

static bool writes_value(uint32_t type, const char *text, const char *expected)
{
	const struct value value = { "v", text, type };
	char row[500];

	snprintf(row, sizeof row, "{\"v\":%s}", expected);
	return writes(&value, 1, row);
}

static const struct value row[] = {
	{ "id", "7", 23 },
	{ "\"a\"\n", NULL, 25 },
	{ "j", NULL, 114 },
	{ "1", "{}", 1009 },
};

int main(void)
{
	struct tap tap = { 0, 0 };

	row_json_set_time_zone("UTC0");
	tap_ok(&tap, writes(row, 0, "{}"), "no columns");
	tap_ok(&tap, writes(row, 4, "{\"id\":7,\"\\\"a\\\"\\n\":null,\"j\":null,\"1\":[]}"),
	       "a row, with nulls");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		tap_ok(&tap, writes_value(cases[i].type, cases[i].text, cases[i].expected),
		       cases[i].what);
	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		row_json_set_time_zone(times[i].zone);
		tap_ok(&tap, writes_value(times[i].type, times[i].text, times[i].expected),
		       times[i].what);
	}
	return tap_done(&tap);
}
