/* SPDX-License-Identifier: ISC */
/* Files that a record names, but not by their canonical url. */
#include "config.h"

#include "spellings.h"

#include "url.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Adds a url's canonical form; the array grows where the count is a power of two. */
static void add(void *context, const char *url)
{
	struct spellings *spellings = context;
	size_t count = spellings->count;
	char canonical[PATH_MAX];
	char **urls;

	if (!url_normalize(url, canonical, sizeof canonical) || strcmp(url, canonical) == 0)
		return;
	if ((count & (count - 1)) == 0) {
		urls = reallocarray(spellings->urls, count ? 2 * count : 1, sizeof *urls);
		spellings->failed |= urls == NULL;
		if (!urls)
			return;
		spellings->urls = urls;
	}
	spellings->urls[count] = strdup(canonical);
	if (spellings->urls[count])
		spellings->count++;
	else
		spellings->failed = true;
}

bool spellings_load(struct spellings *spellings, struct catalogue *catalogue)
{
	if (spellings->loaded)
		return true;
	spellings_release(spellings);
	if (!catalogue_spellings(catalogue, add, spellings))
		return false;
	if (spellings->failed)
		audit_cause(catalogue->audit, "out of memory");
	else if (spellings->count > 0)
		qsort(spellings->urls, spellings->count, sizeof *spellings->urls, compare);
	spellings->loaded = !spellings->failed;
	return spellings->loaded;
}

bool spellings_have(const struct spellings *spellings, const char *url)
{
	return spellings->count > 0 && bsearch(&url, spellings->urls, spellings->count,
	                                       sizeof *spellings->urls, compare) != NULL;
}

void spellings_release(struct spellings *spellings)
{
	for (size_t i = 0; i < spellings->count; i++)
		free(spellings->urls[i]);
	free(spellings->urls);
	*spellings = (struct spellings){ 0 };
}
