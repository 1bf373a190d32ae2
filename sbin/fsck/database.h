/* SPDX-License-Identifier: ISC */
/* One public root, one database: what another shop's database does not know is no orphan. */
#ifndef FSCK_DATABASE_H
#define FSCK_DATABASE_H

#include "base/database.h"

#include <stdbool.h>

/* The file in recursos/ that says which; its name is a stage's, so that no server shows it. */
extern const char database_file[];

/*
 * Compares the database with the one that recursos/, an open directory, has been checked
 * against before. If this is the first time and claim is set, writes it down. Returns false
 * where it is another, or cannot be told; the diagnosis says why and what to do.
 */
bool database_is_the_same(struct database *database, int recursos, bool claim);

#endif
