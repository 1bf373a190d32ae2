/* SPDX-License-Identifier: ISC */
/* Why there is no connection to the database, and what to do. */
#ifndef CONNECTION_H
#define CONNECTION_H

#include "check.h"

/* Says what to do about a message of libpq's, as catalogue_open() tells it. */
void connection_explain(const struct check *check, const char *message);

/* Likewise where the database's setting is no connection string, without quoting it. */
void connection_explain_malformed(const struct check *check);

/* Says what gives the role its rights. */
void connection_hint_at_grants(const char *database, const char *role);

#endif
