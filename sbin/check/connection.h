/* SPDX-License-Identifier: ISC */
/* Why there is no connection to the database, and what to do. */
#ifndef CONNECTION_H
#define CONNECTION_H

#include "check.h"

/* Prints what to do about a message of libpq, as catalogue_open() tells it. */
void connection_explain(const struct check *check, const char *message);

/* The same if the database's setting is not a connection string. It does not quote the setting. */
void connection_explain_malformed(const struct check *check);

/* Prints which script gives the role its rights, and how. */
void connection_hint_at_grants(const char *database, const char *role, const char *script);

#endif
