/* SPDX-License-Identifier: ISC */
/* The floor of any CGI program: it prints a fixed answer and ends. */
#include <unistd.h>

int main(void)
{
	static const char answer[] =
		"Status: 200 OK\r\n"
		"Content-Type: application/json; charset=utf-8\r\n"
		"Cache-Control: no-store\r\n\r\n"
		"{\"mensaje\":\"Imagen eliminada del disco y de la base de datos\"}";

	return write(STDOUT_FILENO, answer, sizeof answer - 1) < 0;
}
