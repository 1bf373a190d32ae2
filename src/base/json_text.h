/* SPDX-License-Identifier: ISC */
/* JSON that may be trusted to say one thing only: json-c, and what it lets pass. */
#ifndef JSON_TEXT_H
#define JSON_TEXT_H

#include <json-c/json.h>
#include <stddef.h>

/* Why a text is refused: a constant that quotes nothing, and where, both counted from 1. */
struct json_text_error {
	const char *reason;
	int line;
	int column; /* in characters */
};

/*
 * Parses text, the whole of it, as one JSON object (RFC 8259) nested at most so
 * deep. Stricter than that: no member of the object itself comes twice (section 4
 * leaves it open which would count), no string or name holds U+0000, so that each
 * is a C string, and each number fits into 64 bits (section 6). An escaped half of
 * a surrogate pair is U+FFFD, as when JavaScript writes UTF-8. Returns the object,
 * which the caller frees with json_object_put(); or NULL, and *error, unless error
 * is NULL, says why.
 */
json_object *json_text_parse(const char *text, size_t length, int depth,
                             struct json_text_error *error);

#endif
