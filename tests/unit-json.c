/* SPDX-License-Identifier: ISC */
/* Which texts are JSON that says one thing only. */
#include "config.h"

#include "json_text.h"
#include "tap.h"

#include <limits.h>
#include <string.h>

static const struct {
	const char *text;
	bool good;
	const char *what;
} cases[] = {
	{ "{}", true, "an empty object" },
	{ " \t\r\n{ \"a\" : 1 }\n", true, "white space" },
	{ "{\"a\":[1,-0,2.5e-3,true,null,\"b\"]}", true, "values of every type" },
	{ "{\"a\":{\"b\":[1]}}", true, "as deep as may be" },
	{ "{\"a\":{\"b\":1},\"b\":2}", true, "a name at two depths" },
	{ "{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e1\\ud83d\\ude00\"}", true, "every escape" },
	{ "{\"a\":\"{[:,'NI\"}", true, "in a string anything goes" },
	{ "{\"a\":\"\\\\u0000\"}", true, "a backslash and u0000" },
	{ "{\"\xc3\xb1\":\"\xe2\x82\xac\"}", true, "UTF-8" },

	{ "", false, "nothing" },
	{ "null", false, "null" },
	{ "[]", false, "an array" },
	{ "\"a\"", false, "a string" },
	{ "{", false, "half an object" },
	{ "{\"a\":1", false, "a member, and the end" },
	{ "{\"a", false, "a string that does not end" },
	{ "{\"a\\", false, "an escape that does not end" },
	{ "{} {}", false, "two objects" },
	{ "{}x", false, "something after it" },
	{ "{\"a\":1,}", false, "a trailing comma" },
	{ "{/**/}", false, "a comment" },
	{ "{a:1}", false, "a bare name" },
	{ "{'a':1}", false, "single quotes" },
	{ "{\"a\":NaN}", false, "NaN" },
	{ "{\"a\":-Infinity}", false, "Infinity" },
	{ "{\"a\":01}", false, "a zero in front" },
	{ "{\"a\":True}", false, "True" },
	{ "{\"a\":1,\"a\":1}", false, "a name twice" },
	{ "{\"a\":1,\"\\u0061\":1}", false, "a name twice, in two spellings" },
	{ "{\"a\":\"\\u0000\"}", false, "an escaped NUL" },
	{ "{\"\\u0000\":1}", false, "an escaped NUL in a name" },
	{ "{\"a\":\"\n\"}", false, "a control character" },
	{ "{\"a\":\"\xff\"}", false, "what is not UTF-8" },
	{ "{\"a\":{\"b\":[[1]]}}", false, "too deep" },
};

static bool is_good(const char *text, size_t length)
{
	const char *reason = NULL;
	json_object *object = json_text_parse(text, length, 4, &reason);

	if (!object)
		return !reason || !*reason; /* a refusal has its reason */
	json_object_put(object);
	return true;
}

int main(void)
{
	struct tap tap = { 0 };

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		tap_ok(&tap, is_good(cases[i].text, strlen(cases[i].text)) == cases[i].good,
		       cases[i].what);
	tap_ok(&tap, !is_good("{}", 3), "a NUL");
	tap_ok(&tap, !is_good("{}", (size_t)INT_MAX + 1), "longer than json-c can tell");
	return tap_done(&tap);
}
