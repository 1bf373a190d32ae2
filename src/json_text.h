/* SPDX-License-Identifier: ISC */
/* JSON that may be trusted to say one thing only: json-c, and what it lets pass. */
#ifndef JSON_TEXT_H
#define JSON_TEXT_H

#include <json-c/json.h>
#include <stddef.h>

/*
 * Parses text, the whole of it, as one JSON object (RFC 8259) nested at most so
 * deep. Stricter than that: no member of the object itself comes twice (section 4
 * leaves it open which would count), and no string or name holds U+0000, so that
 * each is a C string. Returns the object, which the caller frees with
 * json_object_put(); or NULL, and then *reason is a constant that quotes nothing.
 */
json_object *json_text_parse(const char *text, size_t length, int depth, const char **reason);

#endif
