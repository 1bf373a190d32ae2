/* SPDX-License-Identifier: ISC */
/*
 * Names only: which file a record's url names, and the name of a removal's stage.
 *
 * A removal of image 42 stages DIRECTORY/NAME as DIRECTORY/.removal-42-NAME. If that name is too
 * long, it is DIRECTORY/.removal-42/NAME. Both keep the file system, the image's id and the
 * original name. A file that a sweep of orphans has put aside has the id 0, which no image has.
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

/* Whether a url begins with /recursos/, canonical or not. */
bool url_is_in_recursos(const char *url);

/* Where the path beneath recursos/ begins in a URL_OURS url. */
const char *url_path(const char *url);

/*
 * Writes the name of the file that a url may stand for, however it is spelled. This is the last
 * segment that is neither empty nor `.`, percent-decoded, in lower case (ASCII), without query,
 * fragment and the blanks around it. A backslash counts as a slash. Returns false if there is no
 * such name or it does not fit into size.
 */
bool url_file_name(const char *url, char *name, size_t size);

/* Writes the name of a stage's entry. A nested stage is a directory of its own. */
enum { STAGE_NAME_SIZE = NAME_MAX + 24 };
void url_stage_name(char name[STAGE_NAME_SIZE], int32_t id, const char *original, bool nested);

/*
 * Whether an entry's name is a stage's. If so, sets id to the image's, to 0 for a file that a sweep
 * put aside, or to -1 for a name that no program gives; and points original to the file's name at
 * its end, which is empty for a nested stage.
 */
bool url_is_stage(const char *name, int32_t *id, const char **original);

#endif
