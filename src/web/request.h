/* SPDX-License-Identifier: ISC */
/* What the caller asks: the CGI environment (RFC 3875, section 4.1) as a struct. */
#ifndef REQUEST_H
#define REQUEST_H

#include "base/outcome.h"

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
	const char *content_type;   /* CONTENT_TYPE */
	bool head;                  /* the method is HEAD: no body in the answer */
	bool apache;                /* SERVER_SOFTWARE: the web server is Apache */
	char id_text[24]; /* the id as the caller wrote it, for the log; cut where too long */
	int32_t id;       /* 1 or more once request_id() has said OUTCOME_SUCCESS */
};

/* Reads the environment and nothing else. The endpoint is its path, such as "/api/v1/admin/x". */
void request_read(struct request *request, const char *endpoint);

/*
 * The method asked for; "" if there is none. If the operator allows an override, this is what a
 * POST says in X-HTTP-Method-Override, if that is DELETE or PUT: some hosts let no other method
 * through.
 */
const char *request_method(const struct request *request, bool override_allowed);

/*
 * Finds the id in PATH_INFO, which is /ID or the endpoint's whole path and /ID, with at most one
 * slash at its end. The server has decoded it already. An integer is an optional minus sign and
 * ASCII digits. Returns OUTCOME_SUCCESS; OUTCOME_NOT_FOUND for an integer that no SERIAL column can
 * hold (PostgreSQL manual, 8.1.4); OUTCOME_ID_INVALID; OUTCOME_NO_ENDPOINT.
 */
enum outcome request_id(struct request *request);

/*
 * Whether the body is said to be JSON: the media type is application/json, whatever its parameters
 * (RFC 9110, section 8.3.1).
 */
bool request_is_json(const struct request *request);

/*
 * Whether a browser says that another site made it send this request (Fetch Metadata,
 * Sec-Fetch-Site). Programs that are not browsers say nothing.
 */
bool request_is_cross_site(const struct request *request);

/* A stretch of another string. */
struct slice {
	const char *text;
	size_t length;
};

/*
 * Finds the cookie of this name (RFC 6265, sections 4.2.1 and 5.4), without the double quotes that
 * may surround its value. Returns how many there are. If there are two, only the browser knows
 * which is the shop's.
 */
int request_cookie(const struct request *request, const char *name, struct slice *value);

#endif
