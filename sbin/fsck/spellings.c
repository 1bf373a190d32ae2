/* SPDX-License-Identifier: ISC */
/* Files that a record names, but not by their canonical url. */
#include "config.h"

#include "spellings.h"

#include "shop/scan.h"
#include "shop/url.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Adds the name of a url's file. The array grows when the count is a power of two. */
static void add_name(void *context, const char *url)
{
	struct spellings *spellings = context;
	size_t count = spellings->count;
	char name[PATH_MAX];
	char **names;

	if (!url_file_name(url, name, sizeof name))
		return;
	if ((count & (count - 1)) == 0) {
		names = reallocarray(spellings->names, count ? 2 * count : 1, sizeof *names);
		spellings->failed |= names == NULL;
		if (!names)
			return;
		spellings->names = names;
	}
	spellings->names[count] = strdup(name);
	if (spellings->names[count])
		spellings->count++;
	else
		spellings->failed = true;
}

bool spellings_load(struct spellings *spellings, struct database *database)
{
	if (spellings->loaded)
		return true;
	spellings_release(spellings);
	if (!scan_spellings(database, add_name, spellings))
		return false;
	if (spellings->failed)
		diagnosis_cause(database->diagnosis, "out of memory");
	else if (spellings->count > 0)
		qsort(spellings->names, spellings->count, sizeof *spellings->names, compare_names);
	spellings->loaded = !spellings->failed;
	return spellings->loaded;
}

bool spellings_have(const struct spellings *spellings, const char *url)
{
	char name[PATH_MAX];
	const char *key = name;

	return spellings->count > 0 && url_file_name(strrchr(url, '/'), name, sizeof name) &&
	       bsearch(&key, spellings->names, spellings->count, sizeof *spellings->names,
	               compare_names) != NULL;
}

void spellings_release(struct spellings *spellings)
{
	for (size_t i = 0; i < spellings->count; i++)
		free(spellings->names[i]);
	free(spellings->names);
	*spellings = (struct spellings){ 0 };
}
