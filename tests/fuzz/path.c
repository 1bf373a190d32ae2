/* SPDX-License-Identifier: ISC */
/* PATH_INFO: an id is found exactly where a regular expression finds one. */
#include "config.h"

#include "fuzz.h"
#include "web/request.h"

#include <regex.h>

static const char pattern[] = "^(/api/v1/admin/imagenes/|/?)(-?[0-9]+)/?$";

/* The id in a path, 0 if no record can have it, or -1 if it is not an id. */
static long long id_in(const char *path)
{
	static regex_t regex;
	static bool compiled;
	regmatch_t match[3];
	long long id;

	if (!compiled)
		must(regcomp(&regex, pattern, REG_EXTENDED) == 0);
	compiled = true;
	if (regexec(&regex, path, 3, match, 0) != 0)
		return -1;
	id = strtoll(path + match[2].rm_so, NULL, 10); /* beyond its type it is the largest */
	return id >= 1 && id <= INT32_MAX ? id : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char name[] = "PATH_INFO=";
	char *path = fuzz_text(&data, &size, '\0');
	char *variable = malloc(sizeof name + strlen(path));
	struct request request;
	enum outcome outcome;

	must(variable != NULL);
	sprintf(variable, "%s%s", name, path);
	putenv(variable); /* setenv(3) would keep every value it ever had */
	request_read(&request, "/api/v1/admin/imagenes");
	outcome = request_id(&request);
	if (id_in(path) > 0)
		must(outcome == OUTCOME_SUCCESS && request.id == id_in(path));
	else if (id_in(path) == 0)
		must(outcome == OUTCOME_NOT_FOUND && request.id == 0);
	else
		must((outcome == OUTCOME_ID_INVALID || outcome == OUTCOME_NO_ENDPOINT) &&
		     request.id == 0);
	must(strlen(request.id_text) < sizeof request.id_text);
	must(strstr(path, request.id_text) && !strchr(request.id_text, '/'));
	unsetenv("PATH_INFO");
	free(variable);
	free(path);
	return 0;
}
