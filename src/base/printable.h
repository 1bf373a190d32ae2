/* SPDX-License-Identifier: ISC */
/*
 * Text from elsewhere, for a line that a person reads on a terminal: whatever is in it, the line
 * stays one line, and the terminal obeys nothing.
 */
#ifndef PRINTABLE_H
#define PRINTABLE_H

#include <stdbool.h>
#include <stddef.h>

/* What is not printable, and how it is written. */
struct printable_rule {
	bool ascii;          /* nothing beyond ASCII is; else what LC_CTYPE, of UTF-8, says */
	const char *special; /* nor are these characters of ASCII */
	char substitute;     /* stands for each byte that is not; 0: \xNN does */
};

enum { PRINTABLE_LONGEST = 4 }; /* bytes that a character, or \xNN, takes */

/*
 * Copies text to out as a string, up to where fewer than PRINTABLE_LONGEST bytes are left. Returns
 * its length.
 */
size_t printable_copy(char *out, size_t size, const char *text, const struct printable_rule *rule);

#endif
