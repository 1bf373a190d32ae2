/* SPDX-License-Identifier: ISC */
/* An answer, and the only way to send it. Each program has its answers in a table of its own. */
#ifndef RESPONSE_H
#define RESPONSE_H

#include <stdbool.h>
#include <stddef.h>

/* All strings are constants. */
struct answer {
	const char *name;    /* of the outcome, in the log: "not-found" */
	const char *status;  /* code and reason phrase: "404 Not Found" */
	const char *mensaje; /* NULL: no body */
	const char *detalle; /* NULL: nothing more to say */
	const char *fields;  /* more header fields, each with its CRLF; or NULL */
};

/* The HTTP status, such as 404. */
int response_status(const struct answer *answer);

/*
 * Writes the whole answer, header fields and body, to standard output with one
 * write(2) (RFC 3875, section 6). With head_only there is no body (RFC 3875,
 * section 4.3.3). Returns 0 when it was delivered, else -1 with errno set.
 */
int response_send(const struct answer *answer, bool head_only);

/* The same with a body of the caller's, so many bytes of JSON. */
int response_send_text(const struct answer *answer, const char *body, size_t length,
                       bool head_only);

/*
 * The same with the contents of a file as the body, which may take many writes. A file that cannot
 * be read breaks off the answer.
 */
int response_send_file(const struct answer *answer, int file, bool head_only);

#endif
