/* SPDX-License-Identifier: ISC */
/* What may be printed, and what is printed instead of the rest. */
#include "config.h"

#include "base/printable.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

/*
 * How many bytes text's first character has, or 0 if it is not printable. C1 controls are not:
 * they hide in UTF-8, and a terminal obeys them.
 */
static size_t printable_length(const char *text, const struct printable_rule *rule)
{
	wchar_t c;
	size_t length;

	if (*text >= ' ' && *text <= '~')
		return strchr(rule->special, *text) ? 0 : 1;
	if (rule->ascii)
		return 0;
	length = mbrtowc(&c, text, PRINTABLE_LONGEST, &(mbstate_t){ 0 });
	return length <= PRINTABLE_LONGEST && iswprint((wint_t)c) ? length : 0; /* -1, -2: none */
}

/* Writes what stands for a byte that is not printable. Returns how long it is. */
static size_t put_substitute(char *out, char byte, char substitute)
{
	if (!substitute)
		return (size_t)snprintf(out, PRINTABLE_LONGEST + 1, "\\x%02x", (unsigned char)byte);
	*out = substitute;
	return 1;
}

size_t printable_copy(char *out, size_t size, const char *text, const struct printable_rule *rule)
{
	size_t length = 0;

	while (*text && length + PRINTABLE_LONGEST < size) {
		size_t n = printable_length(text, rule);

		if (n > 0) {
			memcpy(out + length, text, n);
			length += n;
			text += n;
		} else {
			length += put_substitute(out + length, *text++, rule->substitute);
		}
	}
	out[length] = '\0';
	return length;
}
