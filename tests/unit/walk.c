/* SPDX-License-Identifier: ISC */
/* The ordered walk: whole paths in byte order, even if few names fit into memory. */
#include "config.h"

#include "../lib/tap.h"
#include "walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Names that sort differently alone and as part of a path; ! comes before / and 0 after it. */
static const char *const directories[] = { "a",     "a!",       "a/b", "a0",
	                                   "stage", "\xc3\xb1", "p",   "p/Hoodie Basic!" };
static const char *const files[] = { "a!.webp",
	                             "a/b/c",
	                             "a/b0",
	                             "a0/x",
	                             "stage/inside",
	                             "z",
	                             "\xff",
	                             "p/Hoodie Basic",
	                             "p/Hoodie Basic 10.webp",
	                             "p/Hoodie Basic 1.webp",
	                             "p/Hoodie Basic!/x",
	                             "p/Hoodie Basic!.webp" };
/* To a directory with files in it, to a file, to nothing. */
static const char *const links[][2] = { { "a/link", "../a0" },
	                                { "link", "z" },
	                                { "lost", "nowhere" } };
enum { NUMBERED = 100, LINKS = sizeof links / sizeof *links };
enum { FILES = sizeof files / sizeof *files + NUMBERED + LINKS };

struct seen {
	int files;
	int links;
	int stages;
	int failures;
	int error; /* of the last failure */
	bool ordered;
	char last[PATH_MAX];
};

/* --- the linker puts these between the walk and the C library (ld(1), --wrap) --- */

static bool untyped;          /* the file system gives no types … */
static const char *vanishing; /* … and this name vanishes once it has been read */
static long allocations = -1; /* this one fails, and all later ones; -1: none fails */

struct dirent *__real_readdir(DIR *stream);
void *__real_malloc(size_t size);
void *__real_realloc(void *memory, size_t size);
struct dirent *__wrap_readdir(DIR *stream);
void *__wrap_malloc(size_t size);
void *__wrap_realloc(void *memory, size_t size);

struct dirent *__wrap_readdir(DIR *stream)
{
	struct dirent *entry = __real_readdir(stream);

	if (entry && untyped)
		entry->d_type = DT_UNKNOWN;
	if (entry && vanishing && strcmp(entry->d_name, vanishing) == 0)
		unlinkat(dirfd(stream), vanishing, 0);
	return entry;
}

static bool has_memory(void)
{
	if (allocations > 0)
		allocations--;
	return allocations != 0;
}

void *__wrap_malloc(size_t size)
{
	return has_memory() ? __real_malloc(size) : NULL;
}

void *__wrap_realloc(void *memory, size_t size)
{
	return has_memory() ? __real_realloc(memory, size) : NULL;
}

static bool enter(void *context, const struct walk_entry *entry)
{
	(void)context;
	return strcmp(entry->name, "stage") != 0;
}

static void visit(void *context, const struct walk_entry *entry)
{
	struct seen *seen = context;
	struct stat status;

	if (fstatat(entry->directory, entry->name, &status, AT_SYMLINK_NOFOLLOW) != 0)
		seen->failures++;
	if (entry->type == DT_DIR) {
		seen->stages++;
		return;
	}
	seen->files++;
	seen->links += entry->type == DT_LNK;
	seen->ordered = seen->ordered && strcmp(seen->last, entry->path) < 0;
	snprintf(seen->last, sizeof seen->last, "%s", entry->path);
}

static void fail(void *context, const char *path)
{
	struct seen *seen = context;

	(void)path;
	seen->failures++;
	seen->error = errno;
}

static void make_file(int root, const char *name)
{
	int fd = openat(root, name, O_CREAT | O_WRONLY, 0600);

	if (fd < 0)
		abort();
	close(fd);
}

static void make_tree(int root)
{
	for (size_t i = 0; i < sizeof directories / sizeof *directories; i++)
		if (mkdirat(root, directories[i], 0700) != 0)
			abort();
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		make_file(root, files[i]);
	for (size_t i = 0; i < LINKS; i++)
		if (symlinkat(links[i][1], root, links[i][0]) != 0)
			abort();
	for (int i = 0; i < NUMBERED; i++) {
		char name[32];

		snprintf(name, sizeof name, "a/%d", i);
		make_file(root, name);
	}
}

/* Directories so deep that the last path is too long for us, and for the kernel. */
static void make_deep(int root)
{
	enum { LONG = 250 };
	char name[LONG + 1] = "";
	int directory = dup(root);

	memset(name, 'd', LONG);
	for (size_t length = 0; length < PATH_MAX; length += sizeof name) {
		int parent = directory;

		if (mkdirat(parent, name, 0700) != 0)
			abort();
		directory = openat(parent, name, O_RDONLY | O_DIRECTORY);
		close(parent);
	}
	close(directory);
}

static void check(struct tap *tap, int root, size_t most)
{
	struct seen seen = { .ordered = true };
	const struct walk all = { enter, visit, fail, &seen, most };
	char what[80];

	walk(&all, root, "/recursos");
	snprintf(what, sizeof what, "%zu names at once: every file once, in order", most);
	tap_ok(tap, seen.ordered && seen.files == FILES - 1 && seen.failures == 0, what);
	tap_ok(tap, seen.links == LINKS, "links are links, wherever they lead");
	tap_ok(tap, seen.stages == 1, "a directory that is not entered is visited");
}

static void check_untyped(struct tap *tap, int root)
{
	struct seen seen = { .ordered = true };
	const struct walk all = { enter, visit, fail, &seen, 2048 };

	untyped = true;
	check(tap, root, 2048);
	vanishing = "z";
	walk(&all, root, "/recursos");
	tap_ok(tap, seen.files == FILES - 1 && seen.failures == 1,
	       "what goes before its type is known is visited all the same");
	untyped = false;
	vanishing = NULL;
	make_file(root, "z");
}

/* Fewer and fewer allocations succeed; at the end, none. */
static void check_memory(struct tap *tap, int root)
{
	bool good = true;

	for (long n = 2 * FILES; n > 0; n--) {
		struct seen seen = { .ordered = true };
		const struct walk all = { enter, visit, fail, &seen, 2048 };

		allocations = n;
		walk(&all, root, "/recursos");
		good = good && seen.ordered &&
		       (seen.failures > 0) == (allocations == 0 && seen.files < FILES - 1);
	}
	allocations = -1;
	tap_ok(tap, good, "no memory for a directory's names: it is said");
}

int main(void)
{
	struct tap tap = { 0 };
	struct seen seen = { .ordered = true };
	const struct walk all = { enter, visit, fail, &seen, 2 };
	char directory[] = "/tmp/imagenes.XXXXXX", command[64];
	int root = mkdtemp(directory) ? open(directory, O_RDONLY | O_DIRECTORY) : -1;
	int status;

	if (root < 0)
		return EXIT_FAILURE;
	make_tree(root);
	for (size_t most = 2; most <= 2048; most *= 2)
		check(&tap, root, most);
	check_untyped(&tap, root);
	check_memory(&tap, root);
	if (geteuid() != 0 && fchmodat(root, "a", 0, 0) == 0) {
		walk(&all, root, "/recursos");
		tap_ok(&tap, seen.failures == 1 && seen.files > 0, "what cannot be read is said");
		tap_ok(&tap, fchmodat(root, "a", 0700, 0) == 0, "and can be again");
	}
	make_deep(root);
	seen = (struct seen){ .ordered = true };
	walk(&all, root, "/recursos");
	tap_ok(&tap, seen.failures == 1 && seen.error == ENAMETOOLONG && seen.files == FILES - 1,
	       "so is what is too deep");
	snprintf(command, sizeof command, "rm -rf %s", directory);
	status = system(command);
	return tap_done(&tap) || status;
}
