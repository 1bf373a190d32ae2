/* SPDX-License-Identifier: ISC */
/* Who asks, as a session says. Only the database knows whether that is so, and what he may do. */
#ifndef CALLER_H
#define CALLER_H

#include <stdint.h>

struct caller {
	int32_t id;           /* usuarios.id: 1 or more */
	char sesion_id[1021]; /* never empty; VARCHAR(255) in UTF-8 fits */
};

#endif
