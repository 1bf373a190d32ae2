/* SPDX-License-Identifier: ISC */
/* Prints the programs' tables of answers: a line each, of operation, outcome, status and words. */
#include "config.h"

#include "imagenes_answers.h"
#include "productos_answers.h"

#include <stdio.h>
#include <stdlib.h>

static void print(const char *operation, const struct answer *answer)
{
	if (answer->status)
		printf("%s\t%s\t%d\t%s\t%s\n", operation, answer->name, response_status(answer),
		       answer->mensaje ? answer->mensaje : "",
		       answer->detalle ? answer->detalle : "");
}

int main(void)
{
	static const char *const of_productos[PRODUCTOS_REQUESTS] = {
		[PRODUCTOS_LIST] = "get /api/v1/admin/productos",
		[PRODUCTOS_READ] = "get /api/v1/admin/productos/{id}",
		[PRODUCTOS_SAVE] = "put /api/v1/admin/productos/{id}",
		[PRODUCTOS_REMOVE] = "delete /api/v1/admin/productos/{id}"
	};

	for (int outcome = 0; outcome < OUTCOMES; outcome++) {
		print("delete /api/v1/admin/imagenes/{id}", imagenes_answer((enum outcome)outcome));
		for (int request = 0; request < PRODUCTOS_REQUESTS; request++)
			print(of_productos[request],
			      productos_answer((enum productos_request)request,
			                       (enum outcome)outcome));
	}
	return EXIT_SUCCESS;
}
