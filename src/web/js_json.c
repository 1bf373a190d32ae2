/* SPDX-License-Identifier: ISC */
/* Numbers and JSON, as JavaScript's JSON.stringify() writes them. */
#include "config.h"

#include "web/js_json.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* --- numbers --- */

static bool is_read_as(double number, unsigned long long digits, int exponent)
{
	char text[40];

	snprintf(text, sizeof text, "%llue%d", digits, exponent);
	return strtod(text, NULL) == number;
}

/*
 * The fewest digits that are read as this number, of those the nearest: number = digits * 10 ^
 * exponent. Beneath a power of two, doubles are closer: there, the next greater digits may do where
 * the nearest do not.
 */
static unsigned long long find_digits(double number, int *exponent)
{
	char text[40];

	for (int precision = 0;; precision++) {
		unsigned long long digits;
		char *rest = text;

		snprintf(text, sizeof text, "%.*e", precision, number);
		digits = strtoull(text, &rest, 10);
		for (rest += *rest == '.'; *rest != 'e'; rest++)
			digits = digits * 10 + (unsigned long long)(*rest - '0');
		*exponent = (int)strtol(rest + 1, NULL, 10) - precision;
		if (is_read_as(number, digits, *exponent))
			return digits;
		if (is_read_as(number, digits + 1, *exponent))
			return digits + 1;
	}
}

/* Writes a positive number (ECMAScript, Number::toString). point: how many digits are before it. */
static void write_digits(FILE *out, const char *digits, int point)
{
	static const char zeros[] = "000000000000000000000";
	const int count = (int)strlen(digits), most = (int)strlen(zeros);

	if (point > most || point < -5)
		fprintf(out, "%.1s%s%se%+d", digits, count > 1 ? "." : "", digits + 1, point - 1);
	else if (point <= 0)
		fprintf(out, "0.%.*s%s", -point, zeros, digits);
	else if (point < count)
		fprintf(out, "%.*s.%s", point, digits, digits + point);
	else
		fprintf(out, "%s%.*s", digits, point - count, zeros);
}

void js_write_number(FILE *out, double number)
{
	char digits[24];
	int exponent, count;

	if (!isfinite(number)) {
		fputs("null", out);
	} else if (fabs(number) < 1e15 && number == (double)(long long)number) {
		fprintf(out, "%.0f", number + 0.0); /* -0 is 0 */
	} else {
		count = snprintf(digits, sizeof digits, "%llu",
		                 find_digits(fabs(number), &exponent));
		fputs(number < 0 ? "-" : "", out);
		write_digits(out, digits, count + exponent);
	}
}

/* --- strings, in place: no step makes the text longer --- */

/* Writes a character beyond ASCII's controls. Returns where it ends. */
static char *put_utf8(char *to, unsigned code)
{
	static const unsigned char first[] = { 0, 0xc0, 0xe0, 0xf0 };
	int more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;

	*to++ = (char)(first[more] | code >> 6 * more);
	while (more-- > 0)
		*to++ = (char)(0x80 | (code >> 6 * more & 0x3f));
	return to;
}

static bool is_surrogate(unsigned code)
{
	return code >= 0xd800 && code < 0xe000;
}

/* Writes a character as JSON.stringify() does: half of a pair stays escaped. */
static char *put_character(char *to, unsigned code)
{
	static const char escaped[] = "\b\t\n\f\r\"\\", letters[] = "btnfr\"\\";
	const char *found = code && code < 0x80 ? strchr(escaped, (int)code) : NULL;
	char hexadecimal[8];

	if (found) {
		*to++ = '\\';
		*to++ = letters[found - escaped];
		return to;
	}
	if (code >= ' ' && !is_surrogate(code))
		return put_utf8(to, code);
	snprintf(hexadecimal, sizeof hexadecimal, "\\u%04x", code & 0xffff);
	return (char *)memcpy(to, hexadecimal, 6) + 6;
}

/* Reads \uXXXX, if it is one. */
static bool read_unit(const char *text, unsigned *unit)
{
	char digits[5] = "";

	if (text[0] != '\\' || text[1] != 'u')
		return false;
	strncat(digits, text + 2, 4);
	*unit = (unsigned)strtoul(digits, NULL, 16);
	return strlen(digits) == 4;
}

/* Rewrites the escape at *from. */
static char *squeeze_escape(char **from, char *to)
{
	unsigned code, low;

	if (!read_unit(*from, &code)) {
		if ((*from)[1] != '/')
			*to++ = '\\';
		if ((*from)[1])
			*to++ = *++*from;
		++*from;
		return to;
	}
	*from += 6;
	if (code >= 0xd800 && code < 0xdc00 && read_unit(*from, &low) && low >= 0xdc00 &&
	    low < 0xe000) {
		code = 0x10000 + ((code - 0xd800) << 10 | (low - 0xdc00));
		*from += 6;
	}
	return put_character(to, code);
}

/* Rewrites each string, and drops the white space between them. */
static void squeeze(char *text)
{
	char *to = text;
	bool in_string = false;

	while (*text) {
		if (in_string && *text == '\\') {
			to = squeeze_escape(&text, to);
			continue;
		}
		if (*text == '"')
			in_string = !in_string;
		if (in_string || !strchr(" \t\r\n", *text))
			*to++ = *text;
		text++;
	}
	*to = '\0';
}

/* --- values of a squeezed text --- */

static const char *end_of_string(const char *c)
{
	for (c++; *c && *c != '"'; c++)
		if (*c == '\\' && c[1])
			c++;
	return *c ? c + 1 : c;
}

static const char *end_of_value(const char *c)
{
	int depth = 0;

	while (*c && (depth > 0 || !strchr(",:]}", *c))) {
		if (*c == '"') {
			c = end_of_string(c);
			continue;
		}
		depth += (*c == '{' || *c == '[') - (*c == '}' || *c == ']');
		c++;
	}
	return c;
}

struct member {
	const char *key; /* where it comes first, with its quotes */
	size_t length;
	const char *value;
	uint32_t index; /* NO_INDEX: the key is none of an array */
};

#define NO_INDEX UINT32_MAX

struct object {
	struct member *members; /* malloc'd */
	size_t count;
};

static uint32_t index_of(const char *key, size_t length)
{
	const char *digits = key + 1;
	const size_t count = strspn(digits, "0123456789");
	const unsigned long long number = strtoull(digits, NULL, 10);

	if (count == 0 || count > 10 || count + 2 != length || number > NO_INDEX ||
	    (*digits == '0' && count > 1))
		return NO_INDEX;
	return (uint32_t)number;
}

/* Returns false if out of memory. */
static bool add_member(struct object *object, const char *key, size_t length, const char *value)
{
	enum { AT_ONCE = 16 };
	struct member *members = object->members;

	for (size_t i = 0; i < object->count; i++) {
		if (members[i].length == length && memcmp(members[i].key, key, length) == 0) {
			members[i].value = value;
			return true;
		}
	}
	if (object->count % AT_ONCE == 0) {
		members = realloc(members, (object->count + AT_ONCE) * sizeof *members);
		if (!members)
			return false;
		object->members = members;
	}
	members[object->count++] = (struct member){ key, length, value, index_of(key, length) };
	return true;
}

/* Reads the members behind the brace. Returns where they end, or NULL if out of memory. */
static const char *read_members(struct object *object, const char *c)
{
	while (*c == '"') {
		const char *key = c, *end = end_of_string(c);
		const char *value = end + (*end == ':');

		if (!add_member(object, key, (size_t)(end - key), value))
			return NULL;
		c = end_of_value(value);
		c += *c == ',';
	}
	return c;
}

static int compare_members(const void *a, const void *b)
{
	const struct member *one = a, *other = b;

	if (one->index != other->index)
		return one->index < other->index ? -1 : 1;
	return (one->key > other->key) - (one->key < other->key);
}

/* No deeper than PostgreSQL's own parser goes. NOLINTBEGIN(misc-no-recursion) */
static const char *write_value(FILE *out, const char *c);

/* This and the next two return where the value ends, or NULL if out of memory. */
static const char *write_object(FILE *out, const char *c)
{
	struct object object = { NULL, 0 };
	const char *end = read_members(&object, c + 1);

	if (object.count > 1)
		qsort(object.members, object.count, sizeof *object.members, compare_members);
	fputc('{', out);
	for (size_t i = 0; end && i < object.count; i++) {
		const struct member *member = &object.members[i];

		fprintf(out, "%s%.*s:", i > 0 ? "," : "", (int)member->length, member->key);
		if (!write_value(out, member->value))
			end = NULL;
	}
	fputc('}', out);
	free(object.members);
	return end ? end + (*end == '}') : NULL;
}

static const char *write_array(FILE *out, const char *c)
{
	fputc(*c++, out);
	while (c && *c && *c != ']') {
		c = write_value(out, c);
		if (!c || *c != ',')
			break;
		fputc(*c++, out);
	}
	fputc(']', out);
	return c ? c + (*c == ']') : NULL;
}

static const char *write_value(FILE *out, const char *c)
{
	const char *end;

	if (*c == '{')
		return write_object(out, c);
	if (*c == '[')
		return write_array(out, c);
	end = end_of_value(c);
	if (*c && strchr("-0123456789", *c))
		js_write_number(out, strtod(c, NULL));
	else
		fwrite(c, 1, (size_t)(end - c), out);
	return end;
}
/* NOLINTEND(misc-no-recursion) */

bool js_write_json(FILE *out, const char *text)
{
	char *copy = strdup(text);
	bool good = copy != NULL;

	if (good) {
		squeeze(copy);
		good = write_value(out, copy) != NULL;
	}
	free(copy);
	return good;
}
