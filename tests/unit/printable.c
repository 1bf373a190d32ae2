/* SPDX-License-Identifier: ISC */
/* What a terminal may be given, and what it is given instead of the rest. */
#include "config.h"

#include "../lib/tap.h"
#include "base/printable.h"

#include <locale.h>
#include <string.h>

static const struct printable_rule of_ascii = { .ascii = true, .special = "\"\\" };
static const struct printable_rule of_utf8 = { .special = "\\" };
static const struct printable_rule of_marks = { .special = "", .substitute = '?' };

static const struct {
	const char *text;
	const struct printable_rule *rule;
	const char *expected;
	const char *what;
} cases[] = {
	{ "", &of_ascii, "", "nothing" },
	{ " Az~", &of_ascii, " Az~", "the first and the last of ASCII" },
	{ "a\nb\r\t", &of_ascii, "a\\x0ab\\x0d\\x09", "the ends of a line" },
	{ "\x01\x1f\x7f", &of_ascii, "\\x01\\x1f\\x7f", "control characters" },
	{ "\033[31m", &of_ascii, "\\x1b[31m", "what a terminal obeys" },
	{ "\"\\", &of_ascii, "\\x22\\x5c", "the special ones" },
	{ "\xc3\xb1\xff", &of_ascii, "\\xc3\\xb1\\xff", "what is beyond ASCII" },

	{ "\xc3\xb1 \xe2\x82\xac \xf0\x9f\x98\x80", &of_utf8,
	  "\xc3\xb1 \xe2\x82\xac \xf0\x9f\x98\x80", "characters of two, three and four bytes" },
	{ "a\n\x7f", &of_utf8, "a\\x0a\\x7f", "control characters in UTF-8" },
	{ "\xc2\x80\xc2\x9b\xc2\x9f", &of_utf8, "\\xc2\\x80\\xc2\\x9b\\xc2\\x9f", "C1 controls" },
	{ "\"\\", &of_utf8, "\"\\x5c", "the special one, and no other" },
	{ "\xff\xc3(", &of_utf8, "\\xff\\xc3(", "bytes that are no character" },
	{ "\xe2\x82", &of_utf8, "\\xe2\\x82", "a character cut short" },
	{ "\xc0\xaf\xed\xa0\x80", &of_utf8, "\\xc0\\xaf\\xed\\xa0\\x80",
	  "an overlong spelling, and half a pair" },
	{ "\xe2\x80\xa8", &of_utf8, "\\xe2\\x80\\xa8", "Unicode's own end of a line" },

	{ "'\\''\n\033\x7f", &of_marks, "'\\''???", "a mark for a byte" },
	{ "\xc3\xb1\xc2\x9b\xff", &of_marks, "\xc3\xb1???", "a mark for each byte in UTF-8" },
};

static const struct {
	size_t size;
	const char *text;
	const char *expected;
	const char *what;
} cuts[] = {
	{ 1, "a", "", "room for the end alone" },
	{ PRINTABLE_LONGEST, "a", "", "too little room for the longest" },
	{ PRINTABLE_LONGEST + 1, "ab", "a", "room for one, whichever it is" },
	{ PRINTABLE_LONGEST + 1, "\n\n", "\\x0a", "room for one that is escaped" },
	{ PRINTABLE_LONGEST + 1, "\xf0\x9f\x98\x80!", "\xf0\x9f\x98\x80", "room for the longest" },
	{ PRINTABLE_LONGEST + 2, "\xc3\xb1\xc3\xb1", "\xc3\xb1", "no half of a character" },
	{ PRINTABLE_LONGEST + 3, "\xc3\xb1\xc3\xb1", "\xc3\xb1\xc3\xb1", "room for both" },
};

/* Whether the text is so printed, of the length returned, and nothing is written beyond size. */
static bool prints(const char *text, size_t size, const struct printable_rule *rule,
                   const char *expected)
{
	char out[100];
	size_t length;

	memset(out, '#', sizeof out);
	length = printable_copy(out, size, text, rule);
	return strcmp(out, expected) == 0 && length == strlen(expected) && out[size] == '#';
}

int main(void)
{
	struct tap tap = { 0, 0 };

	setlocale(LC_CTYPE, "C.UTF-8");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		tap_ok(&tap, prints(cases[i].text, 99, cases[i].rule, cases[i].expected),
		       cases[i].what);
	for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++)
		tap_ok(&tap, prints(cuts[i].text, cuts[i].size, &of_utf8, cuts[i].expected),
		       cuts[i].what);
	return tap_done(&tap);
}
