/* SPDX-License-Identifier: ISC */
/*
 * One public root has one database. Files that only another shop's database knows are not orphans.
 */
#ifndef FSCK_DATABASE_H
#define FSCK_DATABASE_H

#include "base/database.h"

#include <stdbool.h>

/*
 * The file in recursos/ that names the database. Its name is a stage's, so that no server shows it.
 */
extern const char database_file[];

/*
 * Compares the database with the one that recursos/, an open directory, was checked against before.
 * The first time, writes the database down if claim is set. Returns false if it is another
 * database, or if that cannot be found out; the diagnosis says why and what to do.
 */
bool database_is_the_same(struct database *database, int recursos, bool claim);

#endif
