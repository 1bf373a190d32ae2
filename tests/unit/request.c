/* SPDX-License-Identifier: ISC */
/* Which id a PATH_INFO means, or why none. */
#include "config.h"

#include "web/request.h"
#include "../lib/tap.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *path; /* NULL: unset */
	enum outcome outcome;
	int32_t id;
	const char *what;
} cases[] = {
	{ "/7", OUTCOME_SUCCESS, 7, "an id" },
	{ "/7/", OUTCOME_SUCCESS, 7, "one trailing slash" },
	{ "/007", OUTCOME_SUCCESS, 7, "leading zeros" },
	{ "/00000000000000000000000000000000000000000000000000007", OUTCOME_SUCCESS, 7,
	  "many leading zeros" },
	{ "/2147483647", OUTCOME_SUCCESS, 2147483647, "the largest SERIAL" },
	{ "/api/v1/admin/imagenes/42", OUTCOME_SUCCESS, 42, "the whole URL" },
	{ "/api/v1/admin/imagenes/42/", OUTCOME_SUCCESS, 42, "the whole URL and a slash" },
	{ "7", OUTCOME_SUCCESS, 7, "no leading slash" },
	{ "/2147483648", OUTCOME_NOT_FOUND, 0, "one beyond the largest SERIAL" },
	{ "/9223372036854775808", OUTCOME_NOT_FOUND, 0, "one beyond 64 bits" },
	{ "/18446744073709551623", OUTCOME_NOT_FOUND, 0, "7 modulo 2^64" },
	{ "/4294967303", OUTCOME_NOT_FOUND, 0, "7 modulo 2^32" },
	{ "/42949673037", OUTCOME_NOT_FOUND, 0, "77 modulo 2^32, of eleven digits" },
	{ "/99999999999999999999999999999999999999999999999999999999999999", OUTCOME_NOT_FOUND, 0,
	  "62 digits" },
	{ "/0", OUTCOME_NOT_FOUND, 0, "zero" },
	{ "/-0", OUTCOME_NOT_FOUND, 0, "minus zero" },
	{ "/-7", OUTCOME_NOT_FOUND, 0, "a negative id" },
	{ "/-9223372036854775809", OUTCOME_NOT_FOUND, 0, "one below 64 bits" },
	{ "/-18446744073709551609", OUTCOME_NOT_FOUND, 0, "7 modulo -2^64" },
	{ NULL, OUTCOME_ID_INVALID, 0, "PATH_INFO unset" },
	{ "", OUTCOME_ID_INVALID, 0, "PATH_INFO empty" },
	{ "/", OUTCOME_ID_INVALID, 0, "no id" },
	{ "//", OUTCOME_ID_INVALID, 0, "an empty id and a slash" },
	{ "/api/v1/admin/imagenes", OUTCOME_ID_INVALID, 0, "the whole URL without an id" },
	{ "/api/v1/admin/imagenes/", OUTCOME_ID_INVALID, 0, "the whole URL with an empty id" },
	{ "/-", OUTCOME_ID_INVALID, 0, "a minus sign alone" },
	{ "/--7", OUTCOME_ID_INVALID, 0, "two minus signs" },
	{ "/+3", OUTCOME_ID_INVALID, 0, "a plus sign" },
	{ "/7.5", OUTCOME_ID_INVALID, 0, "a decimal" },
	{ "/7.0", OUTCOME_ID_INVALID, 0, "a decimal that is whole" },
	{ "/0x10", OUTCOME_ID_INVALID, 0, "hexadecimal" },
	{ "/1e3", OUTCOME_ID_INVALID, 0, "an exponent" },
	{ "/ 7", OUTCOME_ID_INVALID, 0, "a space before" },
	{ "/7 ", OUTCOME_ID_INVALID, 0, "a space after" },
	{ "/7\n", OUTCOME_ID_INVALID, 0, "a line feed" },
	{ "/7\t", OUTCOME_ID_INVALID, 0, "a tab" },
	{ "/7;DROP TABLE producto_imagenes", OUTCOME_ID_INVALID, 0, "SQL" },
	{ "/7' OR '1'='1", OUTCOME_ID_INVALID, 0, "a quote" },
	{ "/%37", OUTCOME_ID_INVALID, 0, "an escape is not decoded again" },
	{ "/abc", OUTCOME_ID_INVALID, 0, "letters" },
	{ "/..", OUTCOME_ID_INVALID, 0, "dots" },
	{ "/\xd9\xa7", OUTCOME_ID_INVALID, 0, "an Arabic-Indic digit" },
	{ "/\xef\xbc\x97", OUTCOME_ID_INVALID, 0, "a fullwidth digit" },
	{ "/NaN", OUTCOME_ID_INVALID, 0, "NaN" },
	{ "/null", OUTCOME_ID_INVALID, 0, "null" },
	{ "/7/8", OUTCOME_NO_ENDPOINT, 0, "two segments" },
	{ "/7//", OUTCOME_NO_ENDPOINT, 0, "two trailing slashes" },
	{ "//7", OUTCOME_NO_ENDPOINT, 0, "an empty segment before the id" },
	{ "/api/v1/admin/imagenesX/7", OUTCOME_NO_ENDPOINT, 0, "another endpoint" },
	{ "/api/v1/admin/imagenes7", OUTCOME_NO_ENDPOINT, 0, "no slash after the endpoint" },
	{ "/api/v1/admin/imagenes/7/8", OUTCOME_NO_ENDPOINT, 0, "the whole URL, two segments" },
};

static bool parses(size_t i)
{
	struct request request;

	if (cases[i].path)
		setenv("PATH_INFO", cases[i].path, 1);
	else
		unsetenv("PATH_INFO");
	request_read(&request, "/api/v1/admin/imagenes");
	return request_id(&request) == cases[i].outcome && request.id == cases[i].id;
}

static bool has_method(const char *method, const char *override, bool allowed, const char *expected)
{
	const struct request request = { .method = method, .override = override };

	return strcmp(request_method(&request, allowed), expected) == 0;
}

static bool is_head(const char *method)
{
	struct request request;

	setenv("REQUEST_METHOD", method, 1);
	request_read(&request, "/api/v1/admin/imagenes");
	return request.head;
}

static const struct {
	const char *cookies; /* NULL: unset */
	int count;
	const char *value; /* of the cookie with the name token, if there is one */
} cookie_cases[] = {
	{ NULL, 0, "" },
	{ "", 0, "" },
	{ "token", 0, "" },
	{ "=token", 0, "" },
	{ "a=token=x", 0, "" },
	{ "Token=x", 0, "" },
	{ "token2=x; xtoken=y; token x=z", 0, "" },
	{ "token=", 1, "" },
	{ "token=\"\"", 1, "" },
	{ "token=x", 1, "x" },
	{ "token=\"x y\"", 1, "x y" },
	{ "token=\"x", 1, "\"x" },
	{ "token=\"", 1, "\"" },
	{ "token=x=", 1, "x=" },
	{ "\t token \t=\t x y \t;", 1, "x y" },
	{ ";; a=b ;;token=x;", 1, "x" },
	{ "a=b;token=x;c", 1, "x" },
	{ "token=%41", 1, "%41" },
	{ "a=\"; token=x; b=\"", 1, "x" },
	{ "token=x; token=x", 2, "x" },
	{ "token=; a=b; token=y; token = z", 3, "z" },
};

static bool has_cookie(size_t i)
{
	struct request request = { .cookies = cookie_cases[i].cookies };
	struct slice value = { "", 0 };

	return request_cookie(&request, "token", &value) == cookie_cases[i].count &&
	       value.length == strlen(cookie_cases[i].value) &&
	       memcmp(value.text, cookie_cases[i].value, value.length) == 0;
}

int main(void)
{
	struct tap tap = { 0 };
	struct request request;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		tap_ok(&tap, parses(i), cases[i].what);
	tap_ok(&tap, has_method("DELETE", NULL, false, "DELETE"), "DELETE");
	tap_ok(&tap, has_method("delete", NULL, false, "delete"),
	       "methods have a case (RFC 9110, section 9.1)");
	tap_ok(&tap, has_method(NULL, NULL, true, ""), "REQUEST_METHOD unset");
	tap_ok(&tap, has_method("POST", "DELETE", true, "DELETE"), "an override");
	tap_ok(&tap, has_method("POST", "DELETE", false, "POST"), "an override, not allowed");
	tap_ok(&tap, has_method("GET", "DELETE", true, "GET"), "an override of GET");
	tap_ok(&tap, has_method("POST", "OPTIONS", true, "POST"), "an override by OPTIONS");
	tap_ok(&tap, is_head("HEAD") && !is_head("DELETE"), "HEAD");
	for (size_t i = 0; i < sizeof cookie_cases / sizeof *cookie_cases; i++)
		tap_ok(&tap, has_cookie(i),
		       cookie_cases[i].cookies ? cookie_cases[i].cookies : "no cookies");
	setenv("PATH_INFO", "/1234567890123456789012345678901234567890/x", 1);
	request_read(&request, "/api/v1/admin/imagenes");
	tap_ok(&tap, strcmp(request.id_text, "12345678901234567890123") == 0,
	       "the log's id is cut where too long");
	return tap_done(&tap);
}
