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

int response_send_text(const struct answer *answer, const char *body, size_t body_length,
                       bool head_only)
{
	char *text;
	int status, length = asprintf(&text,
	                              "Status: %s\r\n"
	                              "Content-Type: application/json; charset=utf-8\r\n"
	                              "Cache-Control: no-store\r\n%s\r\n%.*s",
	                              answer->status, answer->fields ? answer->fields : "",
	                              head_only ? 0 : (int)body_length, body);

	if (length < 0)
		return -1;
	status = write_all(text, (size_t)length);
	free(text);
	return status;
}

int response_send_file(const struct answer *answer, int file, bool head_only)
{
	char text[16384];
	ssize_t length = 0;
	off_t at = 0;

	if (response_send_text(answer, "", 0, true) != 0)
		return -1;
	while (!head_only && (length = pread(file, text, sizeof text, at)) > 0) {
		if (write_all(text, (size_t)length) != 0)
			return -1;
		at += length;
	}
	return length < 0 ? -1 : 0;
}

/* The length of a member. In our words only quotes need an escape. */
static size_t length_of(const char *key, const char *words)
{
	size_t length = words ? strlen(key) + strlen("\"\":\"\"") + strlen(words) : 0;

	for (; words && (words = strchr(words, '"')); words++)
		length++;
	return length;
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
		status = response_send_text(answer, body, answer->mensaje ? strlen(body) : 0,
		                            head_only);
	else
		errno = ENOMEM;
	json_object_put(object);
	return status;
}
