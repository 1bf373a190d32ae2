/* SPDX-License-Identifier: ISC */
/*
 * The advisory locks of a removal: the first of their two keys (PostgreSQL manual, 9.27.10). The
 * second key is an image's id, or hashtext() of a url. A transaction that takes both kinds takes
 * the id's first. It takes several of one kind in ascending order.
 */
#ifndef LOCKS_H
#define LOCKS_H

#define LOCK_OF_ID "1229801289"  /* "IMGI" */
#define LOCK_OF_URL "1229801301" /* "IMGU" */

#endif
