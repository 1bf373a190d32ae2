/* SPDX-License-Identifier: ISC */
/* What an operator may want to know of a database that somebody else has set up. */
#ifndef EXAMINATION_H
#define EXAMINATION_H

#include "shop/catalogue.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct examination_facts {
	char user[64]; /* the role we are */
	char database[64];
	char server[64];    /* its version */
	bool read_only;     /* a standby, or a default of the role's or the database's */
	bool superuser;     /* the role may do everything */
	bool url_index;     /* looking for other records with a url need not read the table */
	bool pooled;        /* a pooler has let us in, not the server */
	char triggers[256]; /* of producto_imagenes, that a deletion runs; empty: none */
};

/* Asks for them. On false the diagnosis says why not. */
bool examination_look(struct catalogue *catalogue, struct examination_facts *facts);

/* Why a table is of no use. */
enum examination_fault {
	EXAMINATION_NO_TABLE,     /* no schema has it */
	EXAMINATION_NO_USAGE,     /* it is in a schema, the detail, that the role may not use */
	EXAMINATION_NOT_IN_PATH,  /* it is in a schema, the detail, that search_path leaves out */
	EXAMINATION_NO_COLUMN,    /* it lacks columns, the detail */
	EXAMINATION_NO_PRIVILEGE, /* the role lacks privileges on it, the detail */
	EXAMINATION_ROW_SECURITY, /* row-level security may hide rows from the role */
	EXAMINATION_IS_VIEW       /* it is no table, so locks on it are not the table's */
};

struct examination_finding {
	enum examination_fault fault;
	char table[64];
	char detail[256];
};

/*
 * Looks for what keeps the role from reading and deleting images and, where sessions
 * is true, from reading users. Returns how many findings there are, at most size, or
 * -1 after telling the diagnosis.
 */
int examination_find(struct catalogue *catalogue, bool sessions,
                     struct examination_finding *findings, int size);

/* The newest images. Needs examination_release_sample(). */
struct examination_sample {
	struct record *images; /* their urls are the sample's */
	size_t count;
};

/* Reads them, in byte order of their urls. On false the diagnosis says why not. */
bool examination_take_sample(struct catalogue *catalogue, struct examination_sample *sample);

void examination_release_sample(struct examination_sample *sample);

/* What came of doing something that has been undone. */
enum examination_trial {
	EXAMINATION_WENT_WELL,
	EXAMINATION_BUSY,    /* it waited too long, as for a row that somebody else holds */
	EXAMINATION_REFUSED, /* by a constraint, because of what is in this row */
	EXAMINATION_FAILED   /* anything else; in each of these the diagnosis says more */
};

/*
 * Deletes the image as a removal does, with its locks, and has what is deferred to the
 * commit run, too; then undoes it all. An id of 0, which no image has, is as good a
 * trial of everything but what runs for each row.
 */
enum examination_trial examination_try_deletion(struct catalogue *catalogue, int32_t id);

/* Asks about a session that nobody has, as a removal does. Changes nothing. */
enum examination_trial examination_try_session(struct catalogue *catalogue);

/* Whether any active user has a role among the settings' admin_roles. On -1 the diagnosis says
 * more. */
int examination_any_administrator(struct catalogue *catalogue);

#endif
