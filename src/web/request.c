/* SPDX-License-Identifier: ISC */
/* What the caller asks: method, path and user, parsed without touching anything else. */
#include "config.h"

#include "web/request.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The path after the endpoint. Some servers (Apache's Action) pass the endpoint with it. */
static const char *after_endpoint(const char *path, const char *endpoint)
{
	const size_t length = strlen(endpoint);

	if (!path)
		return "";
	if (strncmp(path, endpoint, length) == 0 && (path[length] == '/' || !path[length]))
		path += length;
	return *path == '/' ? path + 1 : path;
}

/* Whether the server calls itself Apache: "Apache", "Apache/2.4.62 (Debian)" (ServerTokens). */
static bool is_apache(const char *software)
{
	static const char name[] = "Apache";

	return software && strncmp(software, name, sizeof name - 1) == 0;
}

/* Whether a variable is set to this value. */
static bool equals(const char *value, const char *expected)
{
	return value && strcmp(value, expected) == 0;
}

void request_read(struct request *request, const char *endpoint)
{
	size_t length;

	*request = (struct request){ .method = getenv("REQUEST_METHOD"),
		                     .segment = after_endpoint(getenv("PATH_INFO"), endpoint),
		                     .user = getenv("REMOTE_USER"),
		                     .cookies = getenv("HTTP_COOKIE"),
		                     .fetch_site = getenv("HTTP_SEC_FETCH_SITE"),
		                     .override = getenv("HTTP_X_HTTP_METHOD_OVERRIDE"),
		                     .content_length = getenv("CONTENT_LENGTH"),
		                     .content_type = getenv("CONTENT_TYPE") };
	request->head = equals(request->method, "HEAD");
	request->apache = is_apache(getenv("SERVER_SOFTWARE"));
	length = strcspn(request->segment, "/");
	if (length >= sizeof request->id_text)
		length = sizeof request->id_text - 1;
	memcpy(request->id_text, request->segment, length);
}

const char *request_method(const struct request *request, bool override_allowed)
{
	const char *override = request->override;

	if (override_allowed && equals(request->method, "POST") &&
	    (equals(override, "DELETE") || equals(override, "PUT")))
		return override;
	return request->method ? request->method : "";
}

static enum outcome parse_id(const char *text, size_t length, int32_t *id)
{
	const char *end = text + length;
	bool negative = length > 0 && *text == '-';
	int64_t value = 0;

	if (negative)
		text++;
	if (text == end)
		return OUTCOME_ID_INVALID;
	for (; text < end; text++) {
		if (*text < '0' || *text > '9')
			return OUTCOME_ID_INVALID;
		if (value <= INT32_MAX)
			value = value * 10 + (*text - '0');
	}
	if (negative || value == 0 || value > INT32_MAX)
		return OUTCOME_NOT_FOUND;
	*id = (int32_t)value;
	return OUTCOME_SUCCESS;
}

enum outcome request_id(struct request *request)
{
	size_t length = strcspn(request->segment, "/");

	if (request->segment[length] == '/' && request->segment[length + 1])
		return OUTCOME_NO_ENDPOINT;
	return parse_id(request->segment, length, &request->id);
}

bool request_is_json(const struct request *request)
{
	static const char json[] = "application/json";
	const char *type = request->content_type;

	if (!type || strncasecmp(type, json, sizeof json - 1) != 0)
		return false;
	type += sizeof json - 1;
	type += strspn(type, " \t");
	return !*type || *type == ';';
}

bool request_is_cross_site(const struct request *request)
{
	const char *site = request->fetch_site;

	/*
	 * `none` means that the user did it, as with a bookmark. A `same-site` host may be
	 * anybody's.
	 */
	return site && !equals(site, "same-origin") && !equals(site, "none");
}

/* Cuts the spaces and tabs around it. */
static struct slice trim(struct slice slice)
{
	while (slice.length > 0 && strchr(" \t", slice.text[0])) {
		slice.text++;
		slice.length--;
	}
	while (slice.length > 0 && strchr(" \t", slice.text[slice.length - 1]))
		slice.length--;
	return slice;
}

static struct slice unquote(struct slice slice)
{
	if (slice.length >= 2 && slice.text[0] == '"' && slice.text[slice.length - 1] == '"')
		return (struct slice){ slice.text + 1, slice.length - 2 };
	return slice;
}

/* Whether a pair is NAME=value with this name. If so, sets value. */
static bool is_cookie(struct slice pair, const char *name, struct slice *value)
{
	const char *sign = memchr(pair.text, '=', pair.length);
	struct slice key;

	if (!sign)
		return false;
	key = trim((struct slice){ pair.text, (size_t)(sign - pair.text) });
	if (key.length != strlen(name) || memcmp(key.text, name, key.length) != 0)
		return false;
	*value = unquote(
		trim((struct slice){ sign + 1, (size_t)(pair.text + pair.length - (sign + 1)) }));
	return true;
}

int request_cookie(const struct request *request, const char *name, struct slice *value)
{
	const char *c = request->cookies ? request->cookies : "";
	int count = 0;

	while (*c) {
		struct slice pair = { c, strcspn(c, ";") };

		count += is_cookie(pair, name, value);
		c += pair.length + (c[pair.length] == ';');
	}
	return count;
}
