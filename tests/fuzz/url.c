/* SPDX-License-Identifier: ISC */
/* Urls: one that is canonical leads to its own file beneath recursos/, and nowhere else. */
#include "config.h"

#include "fuzz.h"
#include "shop/disk.h"
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
static bool is_at(const struct disk_file *file, const char *url, bool whole)
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
	static struct diagnosis diagnosis;
	static int recursos = -1;
	struct disk_file file = DISK_FILE_NONE;
	int32_t id = size % 2 ? 1 : 2; /* 1 has a stage already */
	char *url = fuzz_text(&data, &size, '\0');
	bool ours = url_classify(url) == URL_OURS;

	if (recursos < 0)
		recursos = disk_open(tree_make(), &diagnosis);
	diagnosis = (struct diagnosis){ .cause = "" };
	must(recursos >= 0 && ours == is_canonical(url));
	file.place = DISK_ABSENT;
	if (ours)
		disk_locate(&file, recursos, url, id, &diagnosis);
	must((file.place == DISK_FAILED) == (diagnosis.cause[0] != '\0'));
	must(memchr(file.name, '\0', sizeof file.name));
	must(is_at(&file, url, file.place != DISK_ABSENT && file.place != DISK_FAILED));
	if (file.place == DISK_PUBLIC) { /* there and back again */
		must(disk_stage(&file, &diagnosis) == DISK_STAGED);
		must(disk_put_back(&file, DISK_NEWEST, &diagnosis) && !diagnosis.cause[0]);
		disk_release(&file);
		must(disk_locate(&file, recursos, url, id, &diagnosis) == DISK_PUBLIC);
	}
	disk_release(&file);
	free(url);
	return 0;
}
