/* SPDX-License-Identifier: ISC */
/* Which file a url names, and how a stage is called. Pure functions. */
#include "config.h"

#include "url.h"

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

/* Where the path begins behind an authority, `//host` or `scheme://host`; NULL: there is none. */
static const char *skip_authority(const char *url)
{
	size_t scheme = strspn(url, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                            "0123456789+.-");

	if (scheme > 0 && strncmp(url + scheme, "://", 3) == 0)
		url += scheme + 1;
	if (strncmp(url, "//", 2) != 0)
		return NULL;
	return url + 2 + strcspn(url + 2, "/?#");
}

enum url_kind url_classify(const char *url)
{
	const char *segment = url + sizeof prefix - 1;

	if (skip_authority(url))
		return URL_EXTERNAL;
	if (strncmp(url, prefix, sizeof prefix - 1) != 0)
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

/* The next character of a path, percent-decoded; moves *c behind it. */
static char decode(const char **c)
{
	int high = (*c)[0] == '%' ? hex_digit((*c)[1]) : -1;
	int low = high >= 0 ? hex_digit((*c)[2]) : -1;

	if (low <= 0 && high <= 0) /* %00 is no character of a path */
		low = -1;
	*c += low >= 0 ? 3 : 1;
	return (char)(low >= 0 ? high << 4 | low : (*c)[-1]);
}

/* Copies a path, percent-decoded, up to its query. Returns false where it does not fit. */
static bool copy_decoded(const char *path, char *out, size_t size)
{
	size_t length = 0;

	while (*path && !strchr("?#", *path)) {
		if (length + 1 >= size)
			return false;
		out[length++] = decode(&path);
	}
	out[length] = '\0';
	return true;
}

/* Leaves out, in place, the segments that lead nowhere: empty ones and `.`. */
static void drop_segments(char *path)
{
	char *out = path;

	while (*path) {
		size_t length = strcspn(path, "/");

		if (length > 1 || (length == 1 && path[0] != '.')) {
			*out++ = '/';
			memmove(out, path, length);
			out += length;
		}
		path += length + (path[length] == '/');
	}
	*out = '\0';
}

bool url_normalize(const char *url, char *canonical, size_t size)
{
	const char *path = skip_authority(url);

	/* The room in front is for the slash that a relative path lacks. */
	if (size < 2 || !copy_decoded(path ? path : url, canonical + 1, size - 1))
		return false;
	canonical[0] = '/';
	drop_segments(canonical);
	return url_classify(canonical) == URL_OURS;
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
