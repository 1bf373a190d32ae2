/* SPDX-License-Identifier: ISC */
/* What the caller asks: the CGI environment (RFC 3875, section 4.1) as a struct. */
#ifndef REQUEST_H
#define REQUEST_H

#include "response.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Strings are borrowed from the environment; NULL where the server set nothing. */
struct request {
	const char *method; /* REQUEST_METHOD */
	const char
		*segment; /* PATH_INFO after the endpoint: the id, and what follows; never NULL */
	const char *user; /* REMOTE_USER: who the web server says is signed in */
	const char *cookies;        /* Cookie */
	const char *fetch_site;     /* Sec-Fetch-Site */
	const char *override;       /* X-HTTP-Method-Override */
	const char *content_length; /* CONTENT_LENGTH */
	bool head;                  /* the method is HEAD: no body in the answer */
	char id_text[24]; /* the id as the caller wrote it, for the log; cut where too long */
	int32_t id;       /* 1 or more once request_id() has said OUTCOME_PENDING */
};

/* Reads the environment and nothing else. */
void request_read(struct request *request);

/*
 * OUTCOME_PENDING for DELETE, and where the operator allows an override for a POST
 * whose X-HTTP-Method-Override says DELETE (some hosts let no other method
 * through); OUTCOME_OPTIONS or OUTCOME_METHOD_NOT_ALLOWED else.
 */
enum outcome request_method(const struct request *request, bool override_allowed);

/*
 * Finds the id in PATH_INFO, which is /ID or the whole /api/v1/admin/imagenes/ID and
 * decoded by the server already, with at most one trailing slash. An optional minus sign and ASCII
 * digits are an integer; one that no SERIAL column can hold (PostgreSQL manual, 8.1.4) is
 * OUTCOME_NOT_FOUND. Else OUTCOME_ID_INVALID or OUTCOME_NO_ENDPOINT.
 */
enum outcome request_id(struct request *request);

/*
 * Whether a browser says that another site than the endpoint's own made it send
 * this (Fetch Metadata, Sec-Fetch-Site). Programs that are no browsers say nothing.
 */
bool request_is_cross_site(const struct request *request);

/* A stretch of another string. */
struct slice {
	const char *text;
	size_t length;
};

/*
 * Finds the cookie of this name (RFC 6265, sections 4.2.1 and 5.4), without the
 * double quotes that a value may wear. Returns how many there are; which of two
 * was the shop's, only the browser knows.
 */
int request_cookie(const struct request *request, const char *name, struct slice *value);

#endif
