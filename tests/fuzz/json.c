/* SPDX-License-Identifier: ISC */
/* JSON: what is accepted is an object of C strings, not too deep, and reads the same again. */
#include "config.h"

#include "fuzz.h"
#include "base/json_text.h"

#include <json-c/json_visit.h>

enum { DEEPEST = 4 };

/* Called for each value (json_visit.h), and once more behind what is in one. */
static int check(json_object *value, int flags, json_object *parent, const char *name,
                 size_t *index, void *context)
{
	int *depth = context;

	(void)parent, (void)name, (void)index;
	if (json_object_is_type(value, json_type_string))
		must(strlen(json_object_get_string(value)) ==
		     (size_t)json_object_get_string_len(value));
	if (flags & JSON_C_VISIT_SECOND)
		--*depth;
	else if (json_object_is_type(value, json_type_object) ||
	         json_object_is_type(value, json_type_array))
		must(++*depth <= DEEPEST);
	return JSON_C_VISIT_RETURN_CONTINUE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_text_error error = { NULL, 0, 0 };
	json_object *object = json_text_parse((const char *)data, size, DEEPEST, &error);
	json_object *again;
	const char *text;
	int depth = 0;

	if (!object) {
		must(error.reason && *error.reason && error.line >= 1 && error.column >= 1);
		must((size_t)error.line + (size_t)error.column <= size + 2);
		return 0;
	}
	must(json_object_is_type(object, json_type_object));
	must(json_c_visit(object, 0, check, &depth) == 0 && depth == 0);
	text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN);
	again = json_text_parse(text, strlen(text), DEEPEST, NULL);
	must(again && json_object_equal(object, again));
	json_object_put(again);
	json_object_put(object);
	return 0;
}
