/* SPDX-License-Identifier: ISC */
/* Cookie: as many are called token as a regular expression finds, and its value is the last's. */
#include "config.h"

#include "fuzz.h"
#include "web/request.h"

#include <regex.h>

static const char pattern[] = "^[ \t]*token[ \t]*=[ \t]*(.*)$";

/* Counts them by other means. Sets where in the text the last one's value lies, spaces and all. */
static int count_tokens(const char *cookies, regmatch_t *value)
{
	static regex_t regex;
	static bool compiled;
	char *copy = strdup(cookies);
	char *rest = copy;
	char *pair;
	int count = 0;

	must(copy != NULL);
	if (!compiled)
		must(regcomp(&regex, pattern, REG_EXTENDED) == 0);
	compiled = true;
	while ((pair = strsep(&rest, ";")) != NULL) {
		regmatch_t match[2];

		if (regexec(&regex, pair, 2, match, 0) != 0)
			continue;
		count++;
		value->rm_so = (regoff_t)(pair - copy) + match[1].rm_so;
		value->rm_eo = (regoff_t)(pair - copy) + match[1].rm_eo;
	}
	free(copy);
	return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *cookies = fuzz_text(&data, &size, '\0');
	struct request request = { .cookies = cookies };
	struct slice value = { NULL, 0 };
	regmatch_t expected = { 0 };
	int count = request_cookie(&request, "token", &value);

	must(count == count_tokens(cookies, &expected));
	if (count > 0) {
		must(value.text >= cookies + expected.rm_so);
		must(value.text + value.length <= cookies + expected.rm_eo);
		must(!memchr(value.text, ';', value.length));
		for (const char *c = cookies + expected.rm_so; c < value.text; c++)
			must(strchr(" \t\"", *c));
		for (const char *c = value.text + value.length; c < cookies + expected.rm_eo; c++)
			must(strchr(" \t\"", *c));
	}
	free(cookies);
	return 0;
}
