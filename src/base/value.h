/* SPDX-License-Identifier: ISC */
/* A value of a row, as PostgreSQL sends it in text. */
#ifndef VALUE_H
#define VALUE_H

#include <stdint.h>

/* Both strings are borrowed from the row's reader. */
struct value {
	const char *column;
	const char *text; /* NULL: an SQL null */
	uint32_t type;    /* the OID of its type (pg_type.dat) */
};

#endif
