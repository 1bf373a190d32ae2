/* SPDX-License-Identifier: ISC */
/* Which file a url names, and the name of a stage. Pure functions. */
#include "config.h"

#include "shop/url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char prefix[] = "/recursos/";
static const char stage_prefix[] = ".removal-";

/* Whether a path segment can be a name: not empty, `.`, `..`, nor a stage of ours. */
static bool segment_is_name(const char *segment, size_t length)
{
	if (length == 0 || (length == 1 && segment[0] == '.'))
		return false;
	if (length == 2 && segment[0] == '.' && segment[1] == '.')
		return false;
	return strncmp(segment, stage_prefix, sizeof stage_prefix - 1) != 0;
}

/* Whether there is an authority: `//host` or `scheme://host`. */
static bool has_authority(const char *url)
{
	size_t scheme = strspn(url, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                            "0123456789+.-");

	return strncmp(url, "//", 2) == 0 || (scheme > 0 && strncmp(url + scheme, "://", 3) == 0);
}

bool url_is_in_recursos(const char *url)
{
	return strncmp(url, prefix, sizeof prefix - 1) == 0;
}

enum url_kind url_classify(const char *url)
{
	const char *segment = url + sizeof prefix - 1;

	if (has_authority(url))
		return URL_EXTERNAL;
	if (!url_is_in_recursos(url))
		return URL_NOT_OURS;
	for (;;) {
		size_t length = strcspn(segment, "/");

		if (!segment_is_name(segment, length))
			return URL_NOT_OURS;
		if (!segment[length])
			return URL_OURS;
		segment += length + 1;
	}
}

const char *url_path(const char *url)
{
	return url + sizeof prefix - 1;
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* The next character of a path, percent-decoded. Moves *c past it. */
static char decode_character(const char **c)
{
	int high = (*c)[0] == '%' ? hex_digit((*c)[1]) : -1;
	int low = high >= 0 ? hex_digit((*c)[2]) : -1;

	if (low <= 0 && high <= 0) /* %00 is no character of a path */
		low = -1;
	*c += low >= 0 ? 3 : 1;
	return (char)(low >= 0 ? high << 4 | low : (*c)[-1]);
}

/* Cuts the blanks at its end, in place. */
static void trim_end(char *text)
{
	size_t length = strlen(text);

	while (length > 0 && strchr(" \t\r\n", text[length - 1]))
		text[--length] = '\0';
}

bool url_file_name(const char *url, char *name, size_t size)
{
	size_t length = 0;
	bool ended = true; /* the next character begins a segment */

	while (*url && !strchr("?#", *url) && length + 1 < size) {
		char c = decode_character(&url);

		if (c == '/' || c == '\\') {
			ended = true;
			continue;
		}
		/* A segment that is only a dot or blanks does not count. */
		if (ended && c == '.' && (!*url || strchr("/\\?#", *url)))
			continue;
		if (ended && strchr(" \t\r\n", c))
			continue;
		if (ended)
			length = 0;
		ended = false;
		name[length++] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
	}
	if (size == 0 || (*url && !strchr("?#", *url)))
		return false;
	name[length] = '\0';
	trim_end(name);
	return *name != '\0';
}

void url_stage_name(char name[STAGE_NAME_SIZE], int32_t id, const char *original, bool nested)
{
	snprintf(name, STAGE_NAME_SIZE, "%s%ld%s%s", stage_prefix, (long)id, nested ? "" : "-",
	         nested ? "" : original);
}

bool url_is_stage(const char *name, int32_t *id, const char **original)
{
	const char *digits = name + sizeof stage_prefix - 1;
	char canonical[24];
	char *end;
	long value;

	*id = -1;
	*original = "";
	if (strncmp(name, stage_prefix, sizeof stage_prefix - 1) != 0)
		return false;
	value = strtol(digits, &end, 10);
	snprintf(canonical, sizeof canonical, "%ld", value);
	if (value < 0 || value > INT32_MAX || strlen(canonical) != (size_t)(end - digits) ||
	    strncmp(canonical, digits, strlen(canonical)) != 0 ||
	    (*end && (*end != '-' || !end[1])))
		return true;
	*id = (int32_t)value;
	if (*end)
		*original = end + 1;
	return true;
}
