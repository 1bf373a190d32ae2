/* SPDX-License-Identifier: ISC */
/*
 * The user who asks, as the session names them. Only the database knows whether the session is
 * alive and what the user may do.
 */
#ifndef CALLER_H
#define CALLER_H

#include <stdint.h>

struct caller {
	int32_t id;           /* usuarios.id: 1 or more */
	char sesion_id[1021]; /* never empty; VARCHAR(255) in UTF-8 fits */
};

#endif
