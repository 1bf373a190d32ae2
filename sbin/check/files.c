/* SPDX-License-Identifier: ISC */
/* The files: the public root is the right one, and images can be renamed in their directories. */
#include "config.h"

#include "check.h"
#include "shop/disk.h"
#include "shop/url.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Room for the root and the longest url that a record can have. */
enum { LONGEST_PATH = PATH_MAX + 1100 };

/* How many of the sample's files were found. */
struct tally {
	int ours;    /* urls that name a file of the shop's */
	int there;   /* of these, those whose file is there */
	int unknown; /* of these, those of which that is unknown */
};

/* The file that a url names beneath the public root. */
static const char *path_of(const struct check *check, const char *url, char path[LONGEST_PATH])
{
	snprintf(path, LONGEST_PATH, "%.*s%s", check_root_length(check),
	         check->settings.public_root, url);
	return path;
}

static void count_files(const struct check *check, struct tally *tally)
{
	char path[LONGEST_PATH];
	struct stat status;

	for (size_t n = 0; n < check->sample.count; n++) {
		const char *url = check->sample.images[n].url;

		if (url_classify(url) != URL_OURS)
			continue;
		tally->ours++;
		if (lstat(path_of(check, url, path), &status) == 0)
			tally->there++;
		else if (errno != ENOENT && errno != ENOTDIR)
			tally->unknown++;
	}
}

/* Whether the public root belongs to the records, as far as the sample shows. */
static bool check_root(struct check *check)
{
	struct tally tally = { 0, 0, 0 };
	char source[CHECK_SOURCE_SIZE];

	count_files(check, &tally);
	if (tally.ours == 0 || tally.unknown == tally.ours)
		return true;
	if (tally.there == tally.ours) {
		check_say(check, OK, "images: each of the newest %d has its file", tally.ours);
		return true;
	}
	if (tally.there + tally.unknown > 0) {
		check_say(check, WARNING, "images: %d of the newest %d have no file",
		          tally.ours - tally.there - tally.unknown, tally.ours);
		check_hint("`imagenes-fsck` says which.");
		return true;
	}
	check_say(check, ERROR, "public root %s: none of the newest %d images has its file there",
	          check->settings.public_root, tally.ours);
	check_hint("Set %s to the directory whose recursos/ is this shop's. Or the database is "
	           "another shop's: correct that.",
	           check_source(check, "public_root", source));
	return false;
}

/* In a sticky directory only the owner of a file or of the directory may rename it. */
static void check_sticky(struct check *check, const char *directory, const char *file)
{
	enum { STICKY = 8 }; /* a need that only this function has */
	struct stat status, image;
	char owner[CHECK_NAME_SIZE], word[CHECK_WORD_SIZE];

	if (stat(directory, &status) != 0 || !(status.st_mode & S_ISVTX) ||
	    status.st_uid == geteuid() || lstat(file, &image) != 0 || image.st_uid == geteuid() ||
	    !check_tell_once(check, directory, STICKY))
		return;
	check_say(check, ERROR,
	          "directory %s: sticky, so that user %s cannot move files of others, such as %s "
	          "of %s",
	          directory, check->user, strrchr(file, '/') + 1,
	          check_user_name(image.st_uid, owner));
	check_hint("As root: `chmod -t %s`", check_word(directory, word));
}

/* Whether an image can be removed from its directory. */
static void check_place(struct check *check, const char *url)
{
	char file[LONGEST_PATH], directory[LONGEST_PATH];

	path_of(check, url, file);
	snprintf(directory, sizeof directory, "%.*s", (int)(strrchr(file, '/') - file), file);
	if (check_directory(check, directory, CHECK_WRITE))
		check_sticky(check, directory, file);
}

/* Checks the directories of images, or that of products if there are none yet. */
static void check_places(struct check *check)
{
	size_t before = check->seen_count;
	int good = 0;

	for (size_t n = 0; n < check->sample.count; n++) {
		const char *url = check->sample.images[n].url;

		if (url_classify(url) == URL_OURS)
			check_place(check, url);
	}
	if (check->seen_count == before)
		check_place(check, "/recursos/imagenes/productos/");
	for (size_t i = before; i < check->seen_count; i++)
		good += check->seen[i].need == CHECK_WRITE && check->seen[i].good;
	if (good > 0)
		check_say(check, OK, "directories of images: user %s can write in %d", check->user,
		          good);
}

/* Checks that the root is there and has recursos/. */
static bool find_recursos(struct check *check)
{
	char recursos[LONGEST_PATH], source[CHECK_SOURCE_SIZE];
	struct stat status;

	path_of(check, "/recursos", recursos);
	if (lstat(recursos, &status) == 0 || errno != ENOENT)
		return check_directory(check, recursos, CHECK_READ);
	check_say(check, ERROR, "public root %s: there is no recursos/ in it",
	          check->settings.public_root);
	check_hint("Set %s to the directory that has the shop's recursos/, or mount what belongs "
	           "there.",
	           check_source(check, "public_root", source));
	return false;
}

void check_files(struct check *check)
{
	if (!find_recursos(check))
		return;
	check_say(check, OK, "public root: %s", check->settings.public_root);
	if (check_root(check))
		check_places(check);
}
