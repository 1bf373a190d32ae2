/* SPDX-License-Identifier: ISC */
/* Which texts are accepted as JSON, and where the others are refused. */
#include "config.h"

#include "base/json_text.h"
#include "../lib/tap.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *text;
	const char *place; /* where it is refused; NULL: it is good */
	const char *what;
} cases[] = {
	{ "{}", NULL, "an empty object" },
	{ " \t\r\n{ \"a\" : 1 }\n", NULL, "white space" },
	{ "{\"a\":[1,-0,2.5e-3,0.5,-0.0E+1,true,false,null,\"b\"]}", NULL, "values of every type" },
	{ "{\"a\":{\"b\":[1]}}", NULL, "as deep as may be" },
	{ "{\"a\":{\"b\":1},\"b\":2}", NULL, "a name at two depths" },
	{ "{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e1\\ud83d\\ude00\"}", NULL, "every escape" },
	{ "{\"a\":\"{[:,'NI01.\"}", NULL, "in a string anything goes" },
	{ "{\"a\":\"\\\\u0000\"}", NULL, "a backslash and u0000" },
	{ "{\"\xc3\xb1\":\"\xe2\x82\xac\"}", NULL, "UTF-8" },
	{ "{\"a\":\"\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\"}", NULL,
	  "the ends of UTF-8's ranges, up to three bytes" },
	{ "{\"a\":\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"}", NULL, "four bytes" },
	{ "{\"a\":18446744073709551615,\"b\":-9223372036854775808}", NULL, "all of 64 bits" },
	{ "{\"a\":1.7976931348623157e308,\"b\":1e-999}", NULL, "the ends of a double" },

	{ "", "1:1", "nothing" },
	{ "null ", "1:1", "null" },
	{ "[]", "1:1", "an array" },
	{ "\"a\"", "1:1", "a string" },
	{ "\"a\" {}", "1:1", "a string, and an object" },
	{ "{", "1:2", "half an object" },
	{ "{\"a\":1", "1:7", "a member, and the end" },
	{ "{\"a\":-", "1:7", "half a number" },
	{ "{\"a", "1:4", "a string that does not end" },
	{ "{\"a\\", "1:5", "an escape that does not end" },
	{ "{\"a\xc3", "1:5", "a character that does not end" },
	{ "{} {}", "1:4", "two objects" },
	{ "{}x", "1:3", "something after it" },
	{ "{}'", "1:3", "a quote after it" },
	{ "{}\"\"", "1:3", "a string after it" },
	{ "{\"a\":1,}", "1:8", "a trailing comma" },
	{ "{\"a\":[1,]}", "1:9", "a trailing comma in an array" },
	{ "{\"a\":1 \"b\":2}", "1:8", "no comma" },
	{ "{\"a\" 1}", "1:6", "no colon" },
	{ "{\"a\" 1,'b':2}", "1:6", "two errors: the first" },
	{ "{/**/}", "1:2", "a comment" },
	{ "{\v}", "1:2", "a vertical tab" },
	{ "{}\f", "1:3", "a form feed" },
	{ "{a:1}", "1:2", "a bare name" },
	{ "{'a':1}", "1:2", "a name in single quotes" },
	{ "{\"a\":'b'}", "1:6", "a string in single quotes" },
	{ "{\"a\":NaN}", "1:6", "NaN" },
	{ "{\"a\":-Infinity}", "1:7", "Infinity" },
	{ "{\"a\":True}", "1:6", "True" },
	{ "{\"a\":01}", "1:6", "a zero in front" },
	{ "{\"a\":-00}", "1:6", "two zeros" },
	{ "{\"a\":-01.5}", "1:6", "a zero in front of a fraction" },
	{ "{\"a\":+1}", "1:6", "a plus" },
	{ "{\"a\":.5}", "1:6", "no digit before the point" },
	{ "{\"a\":-.5}", "1:6", "no digit between minus and point" },
	{ "{\"a\":1.}", "1:6", "no digit after the point" },
	{ "{\"a\":1.e5}", "1:6", "no digit between point and exponent" },
	{ "{\"a\":1.2.3}", "1:9", "two points" },
	{ "{\"a\":1e}", "1:8", "no digit in the exponent" },
	{ "{\"a\":0x10}", "1:7", "hexadecimal" },
	{ "{\"a\":18446744073709551616}", "1:6", "one more than 64 bits" },
	{ "{\"a\":-9223372036854775809}", "1:6", "one less than 64 bits" },
	{ "{\"a\":[{\"b\":99999999999999999999}]}", "1:12", "far beyond 64 bits, deep down" },
	{ "{\"a\":-1e999}", "1:6", "beyond a double" },
	{ "{\"a\":1,\"a\":1}", "1:1", "a name twice" },
	{ "{\"a\":1,\"\\u0061\":1}", "1:1", "a name twice, in two spellings" },
	{ "{\"a\":\"\\u0000\"}", "1:7", "an escaped NUL" },
	{ "{\"\\u0000\":1}", "1:3", "an escaped NUL in a name" },
	{ "{\"a\":\"\\x\"}", "1:8", "an escape that is none" },
	{ "{\"a\":\"\\u00g0\"}", "1:11", "an escape that is not hexadecimal" },
	{ "{\"a\":\"\n\"}", "1:7", "a control character" },
	{ "{\"\x1f\":1}", "1:3", "a control character in a name" },
	{ "{\"a\":\"\\\n\"}", "1:8", "an escaped control character" },
	{ "{\"a\":\"\xff\"}", "1:7", "what is not UTF-8" },
	{ "{\"\xe1\":1}", "1:4", "Latin-1 in a name" },
	{ "{\"a\":\"\xc3\"}", "1:8", "half a character" },
	{ "{\"a\":\"\x80\"}", "1:7", "the other half" },
	{ "{\"a\":\"\xc0\xaf\"}", "1:7", "an overlong character" },
	{ "{\"a\":\"\xc1\xbf\"}", "1:7", "another overlong character" },
	{ "{\"a\":\"\xe0\x9f\xbf\"}", "1:7", "an overlong character of three bytes" },
	{ "{\"a\":\"\xf0\x8f\xbf\xbf\"}", "1:7", "an overlong character of four bytes" },
	{ "{\"a\":\"\xed\xa0\x80\"}", "1:7", "a surrogate" },
	{ "{\"a\":\"\xf4\x90\x80\x80\"}", "1:7", "beyond U+10FFFF" },
	{ "{\"a\":\"\xf5\x80\x80\x80\"}", "1:7", "far beyond U+10FFFF" },
	{ "\xef\xbb\xbf{}", "1:1", "a byte order mark" },
	{ "{\"a\":{\"b\":[[1]]}}", "1:13", "too deep" },

	{ "{\n\t\"a\": 1,\r\n\t'b': 2\n}\n", "3:2", "the third line" },
	{ "{\"a\":\"\xc3\xa1\xe2\x82\xac\xf0\x9f\x98\x80\" x}", "1:12", "characters are counted" },
	{ "{\n\"a\":1\n", "3:1", "after the last line feed" },
};

/* Texts that end where a careless parser would read on. */
static const char *const cut_off[] = { "{\"a\":12", "{\"a\":0", "{\"a\":-Inf",
	                               "{\"\\u000", "{\"\\",    "{\"\xe0" };

/* Whether the text is good, or refused at this place. */
static bool is_told(const char *text, size_t length, const char *place)
{
	struct json_text_error error = { NULL, 0, 0 };
	json_object *object = json_text_parse(text, length, 4, &error);
	char found[32];

	json_object_put(object);
	if (!place || object)
		return !place && object;
	snprintf(found, sizeof found, "%d:%d", error.line, error.column);
	if (strcmp(found, place) != 0)
		printf("# %s: %s\n", found, error.reason);
	return error.reason && *error.reason && strcmp(found, place) == 0;
}

/* Whether the text's member a, as a string, is this. */
static bool says(const char *text, const char *expected)
{
	json_object *object = json_text_parse(text, strlen(text), 4, NULL);
	json_object *member = json_object_object_get(object, "a");
	bool same = object && strcmp(json_object_get_string(member), expected) == 0;

	json_object_put(object);
	return same;
}

/* Whether the parser stays within the text's memory. */
static bool ends_in_time(const char *text)
{
	size_t length = strlen(text);
	char *copy = malloc(length);
	bool refused = copy && !json_text_parse(memcpy(copy, text, length), length, 4, NULL);

	free(copy);
	return refused;
}

int main(void)
{
	struct tap tap = { 0 };

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		tap_ok(&tap, is_told(cases[i].text, strlen(cases[i].text), cases[i].place),
		       cases[i].what);
	tap_ok(&tap, is_told("{}", 3, "1:3"), "a NUL");
	tap_ok(&tap, is_told("{}", (size_t)INT_MAX + 1, "1:1"), "longer than json-c can tell");
	tap_ok(&tap, says("{\"a\":\"\xc3\xb1\\u00f1\"}", "\xc3\xb1\xc3\xb1"), "UTF-8 is kept");
	tap_ok(&tap, says("{\"a\":\"\\ud83dx\\ude00\"}", "\xef\xbf\xbdx\xef\xbf\xbd"),
	       "half a surrogate pair is U+FFFD");
	tap_ok(&tap, says("{\"a\":18446744073709551615}", "18446744073709551615"), "UINT64_MAX");
	for (size_t i = 0; i < sizeof cut_off / sizeof *cut_off; i++)
		tap_ok(&tap, ends_in_time(cut_off[i]), "nothing is read beyond the end");
	return tap_done(&tap);
}
