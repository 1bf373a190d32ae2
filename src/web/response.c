/* SPDX-License-Identifier: ISC */
/* The answer: the only writer of standard output. */
#include "config.h"

#include "web/response.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int response_status(const struct answer *answer)
{
	return (int)strtol(answer->status, NULL, 10);
}

/* Adds one member without copying its key. Returns false if out of memory. */
static bool add_member(json_object *body, const char *key, const char *words)
{
	json_object *value;

	if (!words)
		return true;
	value = json_object_new_string(words);
	if (value) /* a new object has room for it */
		json_object_object_add_ex(body, key, value, JSON_C_OBJECT_KEY_IS_CONSTANT);
	return value != NULL;
}

/* Writes everything, in spite of signals and short writes. */
static int write_all(const char *text, size_t length)
{
	while (length > 0) {
		ssize_t n = write(STDOUT_FILENO, text, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		text += n;
		length -= (size_t)n;
	}
	return 0;
}

/* Joins header fields and body, and writes them. */
static int deliver(const struct answer *answer, const char *body, bool head_only)
{
	char text[1024];
	int length;

	length = snprintf(text, sizeof text, "Status: %s\r\n", answer->status);
	length += snprintf(text + length, sizeof text - (size_t)length,
	                   "Content-Type: application/json; charset=utf-8\r\n"
	                   "Cache-Control: no-store\r\n%s\r\n%s",
	                   answer->fields ? answer->fields : "",
	                   answer->mensaje && !head_only ? body : "");
	if (length >= (int)sizeof text) { /* GCOVR_EXCL_BR_LINE: our own words, and few */
		errno = EMSGSIZE;
		return -1;
	}
	return write_all(text, (size_t)length);
}

/* The length of a member. None of our words needs an escape. */
static size_t length_of(const char *key, const char *words)
{
	return words ? strlen(key) + strlen("\"\":\"\"") + strlen(words) : 0;
}

/* Whether a body is complete: json-c silently leaves out what it has no memory for. */
static bool is_whole(const char *body, const struct answer *answer)
{
	return body && strlen(body) == strlen("{}") + length_of("mensaje", answer->mensaje) +
	                                       length_of(",detalle", answer->detalle);
}

int response_send(const struct answer *answer, bool head_only)
{
	json_object *object = json_object_new_object();
	const char *body = NULL;
	int status = -1;

	if (object && add_member(object, "mensaje", answer->mensaje) &&
	    add_member(object, "detalle", answer->detalle))
		body = json_object_to_json_string_ext(
			object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	if (is_whole(body, answer))
		status = deliver(answer, body, head_only);
	else
		errno = ENOMEM;
	json_object_put(object);
	return status;
}
