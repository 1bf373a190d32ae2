/* SPDX-License-Identifier: ISC */
/* A strict JSON parser: json-c, and checks for what json-c lets pass. */
#include "config.h"

#include "base/json_text.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/*
 * A text that is fed to json-c in pieces: the strings, and the text between them. json-c is strict
 * only between strings. In strings, the strict mode of 0.16 accepts control characters, and that of
 * 0.18 refuses UTF-8.
 */
struct reader {
	json_tokener *tokener;
	const char *text;
	const char *at; /* json-c has read the text before this */
	const char *end;
	const char *reason; /* why the text is refused here; NULL: it is not */
	int depth;
	int members; /* of the outermost object */
};

/*
 * Whether UTF-8 forbids these two bytes (RFC 3629, section 4), although json-c accepts them: an
 * overlong character, a surrogate, or one beyond U+10FFFF.
 */
static bool is_ill_formed(const char *c)
{
	const unsigned char first = (unsigned char)c[0];
	const unsigned char second = (unsigned char)c[1];

	switch (first) {
	case 0xe0:
		return second < 0xa0;
	case 0xed:
		return second >= 0xa0;
	case 0xf0:
		return second < 0x90;
	case 0xf4:
		return second >= 0x90;
	default:
		return first == 0xc0 || first == 0xc1 || first >= 0xf5;
	}
}

/* Returns the end of the string that the reader is in, or the place that is refused. */
static const char *scan_string(struct reader *reader)
{
	const char *c;

	for (c = reader->at; c < reader->end; c++) {
		if ((unsigned char)*c < ' ')
			reader->reason = "a control character in a string";
		else if (reader->end - c >= 6 && memcmp(c, "\\u0000", 6) == 0)
			reader->reason = "a NUL in a string";
		else if (reader->end - c >= 2 && is_ill_formed(c))
			reader->reason = "invalid utf-8 string";
		if (reader->reason)
			return c;
		if (*c == '"')
			return c + 1;
		if (*c == '\\' && ++c == reader->end) /* skip what is escaped: it may be a quote */
			break;
	}
	return reader->end;
}

/*
 * Returns why we refuse a number that json-c might accept, or NULL to let json-c decide. end is
 * within the text, so that no conversion reads beyond the text.
 */
static const char *check_number(const char *number, const char *end)
{
	const char *digits = number + (*number == '-');
	const char *point = memchr(number, '.', (size_t)(end - number));
	char *stop;

	if (digits[0] == '0' && isdigit((unsigned char)digits[1]))
		return "a number with a zero in front";
	if (point && !(isdigit((unsigned char)point[-1]) && isdigit((unsigned char)point[1])))
		return "a decimal point without a digit on each side";
	errno = 0;
	if (*number == '-')
		strtoll(number, &stop, 10);
	else
		strtoull(number, &stop, 10);
	if (stop == number) /* a minus, perhaps of -Infinity, which strtod would read */
		return NULL;
	if (stop == end ? errno == ERANGE : isinf(strtod(number, NULL)))
		return "a number beyond 64 bits";
	return NULL;
}

/* Skips a number, if one begins here and is not refused. */
static const char *scan_number(struct reader *reader, const char *c)
{
	static const char characters[] = "-+.eE0123456789";
	const char *number = c;

	if (*c != '-' && !isdigit((unsigned char)*c))
		return c;
	while (c < reader->end && memchr(characters, *c, sizeof characters - 1))
		c++;
	if (c < reader->end)
		reader->reason = check_number(number, c);
	return reader->reason ? number : c;
}

static void count_character(struct reader *reader, char c)
{
	if (c == '{' || c == '[')
		reader->depth++;
	else if (c == '}' || c == ']')
		reader->depth--;
	else if (c == ':' && reader->depth == 1)
		reader->members++;
}

/* Returns the next string's first character, the text's end, or the place that is refused. */
static const char *scan_between_strings(struct reader *reader)
{
	const char *c = reader->at;

	while (c < reader->end) {
		c = scan_number(reader, c);
		if (c == reader->end || reader->reason)
			break;
		/* json-c accepts 'strings', NaN and Infinity, and 0.15 any white space. */
		if (!*c || strchr("'NI\v\f", *c)) {
			reader->reason = "unexpected character";
			break;
		}
		count_character(reader, *c);
		if (*c++ == '"')
			break;
	}
	return c;
}

/*
 * Feeds json-c the text, up to a place that is refused. Returns the value, which the caller frees.
 * Returns NULL if the text is refused, or is null.
 */
static json_object *feed(struct reader *reader)
{
	enum json_tokener_error fault = json_tokener_continue;
	json_object *value = NULL;

	for (int strict = JSON_TOKENER_STRICT;
	     fault == json_tokener_continue && reader->at < reader->end && !reader->reason;
	     strict ^= JSON_TOKENER_STRICT) {
		const char *stop = strict ? scan_between_strings(reader) : scan_string(reader);

		json_tokener_set_flags(reader->tokener, strict | JSON_TOKENER_VALIDATE_UTF8);
		value = json_tokener_parse_ex(reader->tokener, reader->at,
		                              (int)(stop - reader->at));
		reader->at += json_tokener_get_parse_end(reader->tokener);
		fault = json_tokener_get_error(reader->tokener);
	}
	if (fault == json_tokener_continue && !reader->reason)
		reader->reason = "it ends too early";
	else if (fault != json_tokener_continue && fault != json_tokener_success)
		reader->reason = json_tokener_error_desc(fault);
	return value;
}

/* Refuses a value that is not an object, or that has fewer members than its text. */
static void check_object(struct reader *reader, json_object *object)
{
	if (!json_object_is_type(object, json_type_object))
		reader->reason = "it is not an object";
	else if (json_object_object_length(object) != reader->members)
		reader->reason = "the object that begins here has a name twice";
	if (reader->reason)
		reader->at = reader->text;
}

/* The reason, and the reader's place as line and column. */
static struct json_text_error describe_place(const struct reader *reader)
{
	struct json_text_error error = { reader->reason, 1, 1 };

	for (const char *c = reader->text; c < reader->at; c++) {
		if (*c == '\n') {
			error.line++;
			error.column = 1;
		} else if (((unsigned char)*c & 0xc0) != 0x80) { /* the first byte of a character */
			error.column++;
		}
	}
	return error;
}

static json_object *read_object(struct reader *reader, int depth)
{
	json_object *object;

	reader->tokener = json_tokener_new_ex(depth);
	if (!reader->tokener) {
		reader->reason = "out of memory";
		return NULL;
	}
	object = feed(reader);
	json_tokener_free(reader->tokener);
	if (!reader->reason)
		check_object(reader, object);
	if (!reader->reason)
		return object;
	json_object_put(object);
	return NULL;
}

json_object *json_text_parse(const char *text, size_t length, int depth,
                             struct json_text_error *error)
{
	struct reader reader = { .text = text, .at = text, .reason = "it is too long" };
	json_object *object = NULL;

	if (length <= INT_MAX) {
		reader.reason = NULL;
		reader.end = text + length;
		object = read_object(&reader, depth);
	}
	if (!object && error)
		*error = describe_place(&reader);
	return object;
}
