/* SPDX-License-Identifier: ISC */
/* Urls: one that is canonical leads to its own file beneath recursos/, and nowhere else. */
#include "config.h"

#include "fuzz.h"
#include "recursos.h"
#include "tree.h"

#include <unistd.h>

static bool is_canonical(const char *url)
{
	char padded[8192];

	snprintf(padded, sizeof padded, "%s/", url);
	return strncmp(url, "/recursos/", 10) == 0 && !strstr(padded, "//") &&
	       !strstr(padded, "/./") && !strstr(padded, "/../") && !strstr(padded, "/.removal-");
}

/* Whether the directory's path, as the kernel has it, with the name is the url's, or begins it. */
static bool is_at(const struct recursos_file *file, const char *url, bool whole)
{
	char link[40], path[PATH_MAX] = "", wanted[2 * PATH_MAX];

	if (file->directory < 0)
		return !whole;
	snprintf(link, sizeof link, "/proc/self/fd/%d", file->directory);
	must(readlink(link, path, sizeof path - 1) > 0);
	snprintf(wanted, sizeof wanted, "%s%s", tree_root, url);
	if (strncmp(path, wanted, strlen(path)) != 0 || wanted[strlen(path)] != '/')
		return false;
	return !whole || strcmp(wanted + strlen(path) + 1, file->name) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct audit audit;
	static int recursos = -1;
	struct recursos_file file = RECURSOS_FILE_NONE;
	int32_t id = size % 2 ? 1 : 2; /* 1 has a stage already */
	char *url = fuzz_text(&data, &size, '\0');
	bool ours = url_classify(url) == URL_OURS;

	if (recursos < 0)
		recursos = recursos_open(tree_make(), &audit);
	audit = (struct audit){ .start = 0 };
	must(recursos >= 0 && ours == is_canonical(url));
	file.place = RECURSOS_ABSENT;
	if (ours)
		recursos_locate(&file, recursos, url, id, &audit);
	must((file.place == RECURSOS_FAILED) == (audit.cause[0] != '\0'));
	must(memchr(file.name, '\0', sizeof file.name));
	must(is_at(&file, url, file.place != RECURSOS_ABSENT && file.place != RECURSOS_FAILED));
	if (file.place == RECURSOS_PUBLIC) { /* there and back again */
		must(recursos_stage(&file, &audit) == RECURSOS_STAGED);
		must(recursos_put_back(&file, RECURSOS_NEWEST, &audit) && !audit.cause[0]);
		recursos_release(&file);
		must(recursos_locate(&file, recursos, url, id, &audit) == RECURSOS_PUBLIC);
	}
	recursos_release(&file);
	free(url);
	return 0;
}
