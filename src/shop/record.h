/* SPDX-License-Identifier: ISC */
/* A row of producto_imagenes. */
#ifndef RECORD_H
#define RECORD_H

#include <stdbool.h>
#include <stdint.h>

struct record {
	int32_t id;
	const char *url; /* borrowed from the reader of the row; NULL: no such record */
	bool shared;     /* another record has the same url */
};

#endif
