/* SPDX-License-Identifier: ISC */
/*
 * Names, and nothing but names: which file a record's url names, and how the stage of a
 * removal is called.
 *
 * A removal of image 42 stages DIRECTORY/NAME as DIRECTORY/.removal-42-NAME, or,
 * where that is too long for a name, as DIRECTORY/.removal-42/NAME: the same file
 * system, the image's id, the original name. What a sweep of orphans has put aside
 * has the id 0, which no image has.
 */
#ifndef URL_H
#define URL_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a url can name. */
enum url_kind {
	URL_OURS,     /* a canonical path strictly beneath /recursos/ */
	URL_EXTERNAL, /* on another host: it has an authority (RFC 3986, section 3.2) */
	URL_NOT_OURS  /* anything else: no file of ours has this url */
};

enum url_kind url_classify(const char *url);

/* Where the path beneath recursos/ begins in a URL_OURS url. */
const char *url_path(const char *url);

/*
 * The name of the file that a url may stand for, however it is spelled: the last segment that is
 * not empty nor `.`, percent-decoded, without query, fragment, and blanks around it, backslashes
 * taken for slashes, and in lower case (ASCII). Writes it and returns true, or returns false
 * where there is none or it is longer than size.
 */
bool url_file_name(const char *url, char *name, size_t size);

/* Writes the name of a stage's entry: nested is that of a directory of its own. */
enum { STAGE_NAME_SIZE = NAME_MAX + 24 };
void url_stage_name(char name[STAGE_NAME_SIZE], int32_t id, const char *original, bool nested);

/*
 * Whether an entry's name is a stage's; then id is the image's, 0 for what a sweep put aside,
 * or -1 where no program gives such a name. Points original to the file's name at its end:
 * empty for a stage's own directory.
 */
bool url_is_stage(const char *name, int32_t *id, const char **original);

#endif
