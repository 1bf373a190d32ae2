/* SPDX-License-Identifier: ISC */
/* What an operator may want to know about a database that somebody else has set up. */
#ifndef EXAMINATION_H
#define EXAMINATION_H

#include "shop/catalogue.h"
#include "shop/product.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct examination_facts {
	char user[64]; /* the role we are */
	char database[64];
	char server[64];    /* its version */
	bool read_only;     /* a standby, or by default of the role or the database */
	bool superuser;     /* the role may do everything */
	bool url_index;     /* a removal finds other records with its url by an index */
	bool product_index; /* a product's images are found by an index */
	bool pooled;        /* a pooler answers, not the server itself */
	char triggers[256]; /* of producto_imagenes, run by a deletion; empty: none */
};

/* Asks for them. If it returns false, the diagnosis says why. */
bool examination_look(struct catalogue *catalogue, struct examination_facts *facts);

/* Why the program cannot use a table. */
enum examination_fault {
	EXAMINATION_NO_TABLE,     /* no schema has it */
	EXAMINATION_NO_USAGE,     /* it is in a schema, the detail, that the role may not use */
	EXAMINATION_NOT_IN_PATH,  /* it is in a schema, the detail, that search_path leaves out */
	EXAMINATION_NO_COLUMN,    /* it lacks columns, the detail */
	EXAMINATION_NO_PRIVILEGE, /* the role lacks privileges on it, the detail */
	EXAMINATION_ROW_SECURITY, /* row-level security may hide rows from the role */
	EXAMINATION_IS_VIEW,      /* it is a view, so locks on it are not the table's */
	EXAMINATION_NO_UNIQUE     /* nothing makes columns, the detail, unique together */
};

struct examination_finding {
	enum examination_fault fault;
	char table[64];
	char detail[256];
	bool products; /* only productos needs it */
};

/*
 * Looks for what keeps the role from reading and deleting images and, if sessions is true, from
 * reading users or, if products is true, from reading, saving and removing products. Returns the
 * number of findings, at most size, or -1 after telling the diagnosis.
 */
int examination_find(struct catalogue *catalogue, bool sessions, bool products,
                     struct examination_finding *findings, int size);

/* The newest images. Needs examination_release_sample(). */
struct examination_sample {
	struct record *images; /* their urls are the sample's */
	size_t count;
};

/* Reads them, in byte order of their urls. If it returns false, the diagnosis says why. */
bool examination_take_sample(struct catalogue *catalogue, struct examination_sample *sample);

void examination_release_sample(struct examination_sample *sample);

/* How a trial ended. Every trial is undone. */
enum examination_trial {
	EXAMINATION_WENT_WELL,
	EXAMINATION_BUSY,    /* it waited too long, perhaps for a row that somebody else holds */
	EXAMINATION_REFUSED, /* a constraint refused it, because of what is in this row */
	EXAMINATION_FAILED   /* anything else; in each of these the diagnosis says more */
};

/*
 * Deletes the image as a removal does, with its locks, and runs what is deferred to the commit;
 * then undoes it all. With id 0, which no image has, it tries everything except what runs for each
 * row.
 */
enum examination_trial examination_try_deletion(struct catalogue *catalogue, int32_t id);

/* Asks about a session that nobody has, as a removal does. Changes nothing. */
enum examination_trial examination_try_session(struct catalogue *catalogue);

/*
 * Connects, and reads a product that there is not, as productos does. The caller sets what
 * product_open() wants, and must call product_close(), whatever this returned.
 */
enum examination_trial examination_try_reading(struct product *product);

/* Saves and removes a product that there is not, as productos does: whatever that runs is undone.
 */
enum examination_trial examination_try_saving(struct product *product);

/*
 * Whether any active user has a role among the settings' admin_roles. If it returns -1, the
 * diagnosis says why.
 */
int examination_any_administrator(struct catalogue *catalogue);

#endif
