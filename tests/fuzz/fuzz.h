/* SPDX-License-Identifier: ISC */
/*
 * A fuzzer is one function (libFuzzer's manual) that asserts what must be so of any
 * input. libFuzzer's main calls it with inputs of its own making, replay.c's with
 * those in corpus/, which need no clang.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A property. Not assert(3), which NDEBUG would take away. */
#define must(property) ((property) ? (void)0 : fuzz_fail(#property, __FILE__, __LINE__))

static inline void fuzz_fail(const char *property, const char *file, int line)
{
	fprintf(stderr, "%s:%d: not so: %s\n", file, line, property);
	abort();
}

/*
 * The next of the texts in the input, up to the separator, a NUL, or the end; each in
 * memory of its own, so that AddressSanitizer sees where it ends. The caller frees it.
 */
static inline char *fuzz_text(const uint8_t **data, size_t *size, char separator)
{
	size_t length = 0;
	char *text;

	while (length < *size && (*data)[length] && (*data)[length] != (uint8_t)separator)
		length++;
	text = malloc(length + 1);
	must(text != NULL);
	memcpy(text, *data, length);
	text[length] = '\0';
	length += length < *size;
	*data += length;
	*size -= length;
	return text;
}

#endif
