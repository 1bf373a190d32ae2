/* SPDX-License-Identifier: ISC */
/* A strict JSON parser: json-c, and checks for what json-c lets pass. */
#ifndef JSON_TEXT_H
#define JSON_TEXT_H

#include <json-c/json.h>
#include <stddef.h>

/*
 * Why a text is refused, and where. The reason is a constant and quotes nothing. Line and column
 * count from 1.
 */
struct json_text_error {
	const char *reason;
	int line;
	int column; /* in characters */
};

/*
 * Parses the whole text as one JSON object (RFC 8259), nested no deeper than depth. It is stricter
 * than the RFC: no member of the object itself may come twice (section 4 does not say which one
 * counts); no string or name may hold U+0000, so that each is a C string; each number must fit into
 * 64 bits (section 6). An escaped half of a surrogate pair becomes U+FFFD, as when JavaScript
 * writes UTF-8.
 *
 * Returns the object, which the caller frees with json_object_put(). Returns NULL if the text is
 * refused; then *error, unless error is NULL, says why.
 */
json_object *json_text_parse(const char *text, size_t length, int depth,
                             struct json_text_error *error);

#endif
