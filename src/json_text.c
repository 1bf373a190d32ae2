/* SPDX-License-Identifier: ISC */
/* JSON that may be trusted to say one thing only: json-c, and what it lets pass. */
#include "config.h"

#include "json_text.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>

/*
 * Goes from a string's opening quote to its closing one. Returns NULL where there
 * is none, or a control character, which json-c takes, or an escaped U+0000, at
 * which a C string would end.
 */
static const char *skip_string(const char *c, const char *end)
{
	for (c++; c < end && *c != '"'; c++) {
		if ((unsigned char)*c < ' ')
			return NULL;
		if (*c != '\\')
			continue;
		if (end - c >= 6 && memcmp(c, "\\u0000", 6) == 0)
			return NULL;
		if (++c == end) /* past what is escaped: it may be a quote */
			return NULL;
	}
	return c < end ? c : NULL;
}

/*
 * Counts the members of the outermost object. Returns -1 for what json-c 0.16
 * takes even when it is told to be strict: 'strings', NaN, Infinity, a NUL.
 */
static int count_members(const char *text, const char *end, const char **reason)
{
	int depth = 0;
	int members = 0;

	*reason = "it is not JSON";
	for (const char *c = text; c < end; c++) {
		if (!*c || strchr("'NI", *c))
			return -1;
		if (*c == '{' || *c == '[')
			depth++;
		else if (*c == '}' || *c == ']')
			depth--;
		else if (*c == ':' && depth == 1)
			members++;
		if (*c != '"')
			continue;
		c = skip_string(c, end);
		if (!c) {
			*reason = "a string does not end, or holds a control character or a NUL";
			return -1;
		}
	}
	return members;
}

/* Runs json-c over the text. The caller frees the object; NULL: *reason says why. */
static json_object *parse(const char *text, size_t length, int depth, const char **reason)
{
	json_tokener *tokener = json_tokener_new_ex(depth);
	json_object *object;

	*reason = "no memory";
	if (!tokener)
		return NULL;
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	object = json_tokener_parse_ex(tokener, text, (int)length);
	*reason = json_tokener_error_desc(json_tokener_get_error(tokener));
	if (json_tokener_get_error(tokener) == json_tokener_continue)
		*reason = "it ends too early";
	json_tokener_free(tokener);
	return object;
}

json_object *json_text_parse(const char *text, size_t length, int depth, const char **reason)
{
	json_object *object;
	int members;

	*reason = "it is too long";
	if (length > INT_MAX)
		return NULL;
	members = count_members(text, text + length, reason);
	if (members < 0)
		return NULL;
	object = parse(text, length, depth, reason);
	if (object && !json_object_is_type(object, json_type_object))
		*reason = "it is not an object";
	else if (object && json_object_object_length(object) != members)
		*reason = "a name comes twice";
	else
		return object;
	json_object_put(object);
	return NULL;
}
