/* SPDX-License-Identifier: ISC */
/* The file: located, staged, put back, erased. The only renames and unlinks of the program. */
#include "config.h"

#include "recursos.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char prefix[] = "/recursos/";
static const char stage_prefix[] = ".removal-";

/* Whether a path segment can be a name: not empty, `.`, `..`, nor a stage of ours. */
static bool segment_is_name(const char *segment, size_t length)
{
	if (length == 0 || (length == 1 && segment[0] == '.'))
		return false;
	if (length == 2 && segment[0] == '.' && segment[1] == '.')
		return false;
	return strncmp(segment, stage_prefix, sizeof stage_prefix - 1) != 0;
}

/* Whether there is an authority: `//host` or `scheme://host`. */
static bool has_authority(const char *url)
{
	size_t scheme = strspn(url, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                            "0123456789+.-");

	return strncmp(url, "//", 2) == 0 || (scheme > 0 && strncmp(url + scheme, "://", 3) == 0);
}

enum recursos_url recursos_classify(const char *url)
{
	const char *segment = url + sizeof prefix - 1;

	if (has_authority(url))
		return RECURSOS_EXTERNAL;
	if (strncmp(url, prefix, sizeof prefix - 1) != 0)
		return RECURSOS_NOT_OURS;
	for (;;) {
		size_t length = strcspn(segment, "/");

		if (!segment_is_name(segment, length))
			return RECURSOS_NOT_OURS;
		if (!segment[length])
			return RECURSOS_OURS;
		segment += length + 1;
	}
}

/* What an errno says of the file that a path should lead to. */
static enum recursos_place place_of(int error)
{
	switch (error) {
	case ENOENT:       /* no such entry */
	case ENOTDIR:      /* a file where the url has a directory: nothing lies beneath it */
	case ENAMETOOLONG: /* no entry can have such a name */
		return RECURSOS_ABSENT;
	default:
		/*
		 * EACCES, EPERM, EROFS, EBUSY: there, and not to be removed.
		 * ELOOP: a link on the way, which we do not follow.
		 * EIO, ESTALE, ENOMEM, EMFILE, ENFILE, ENOSPC, EDQUOT, …:
		 * not known, and a file that may exist counts as one that does.
		 */
		return RECURSOS_FAILED;
	}
}

/* Tells the audit which call failed on what, and what that says of the file. */
static enum recursos_place fail(struct audit *audit, const char *call, const char *name)
{
	int error = errno;
	enum recursos_place place = place_of(error);

	if (place == RECURSOS_FAILED)
		audit_cause(audit, "%s %s: %s", call, name, strerror(error));
	return place;
}

/*
 * Opens one directory of the walk. A symbolic link there is ELOOP: Linux says
 * ENOTDIR of one (open(2), O_DIRECTORY with O_NOFOLLOW), as of a plain file.
 */
static int open_directory(int parent, const char *name, int flags)
{
	int fd = openat(parent, name, flags | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat status;

	if (fd < 0 && errno == ENOTDIR) {
		if (fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISLNK(status.st_mode))
			errno = ELOOP;
		else
			errno = ENOTDIR;
	}
	return fd;
}

int recursos_open(const char *public_root, struct audit *audit)
{
	int root = open(public_root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int recursos;

	if (root < 0) {
		audit_cause(audit, "open %s: %s", public_root, strerror(errno));
		return -1;
	}
	recursos = open_directory(root, "recursos", O_RDONLY);
	if (recursos < 0)
		audit_cause(audit, "open %s/recursos: %s", public_root, strerror(errno));
	close(root);
	return recursos;
}

/* Copies the segment that path begins with, as far as a name can be long. */
static int copy_segment(char name[NAME_MAX + 1], const char *path)
{
	size_t length = strcspn(path, "/");

	if (length > NAME_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(name, path, length);
	name[length] = '\0';
	return 0;
}

/* One step of the walk, into the directory called file->name. */
static int descend(struct recursos_file *file, int flags)
{
	int parent = file->directory;
	int error;

	file->directory = open_directory(parent, file->name, flags);
	error = errno;
	close(parent);
	errno = error;
	return file->directory < 0 ? -1 : 0;
}

/*
 * Walks from recursos/ to the directory of the file, whose name is left in
 * file->name. Only the last directory is opened for reading, which fsync(2) wants.
 */
static int walk(struct recursos_file *file, int recursos, const char *url)
{
	const char *segment = url + sizeof prefix - 1;
	const char *next;

	file->directory = fcntl(recursos, F_DUPFD_CLOEXEC, 0);
	if (file->directory < 0)
		return -1;
	while (copy_segment(file->name, segment) == 0) {
		next = strchr(segment, '/');
		if (!next)
			return 0;
		segment = next + 1;
		if (descend(file, strchr(segment, '/') ? O_PATH : O_RDONLY) != 0)
			return -1;
	}
	return -1;
}

/* An entry of a directory. */
struct entry {
	int directory;
	const char *name;
};

static struct entry public_entry(const struct recursos_file *file)
{
	return (struct entry){ file->directory, file->name };
}

static struct entry staged_entry(const struct recursos_file *file)
{
	return (struct entry){ file->stage, file->nested ? file->name : file->stage_name };
}

/* Looks at an entry without following it. */
static enum recursos_place look(struct entry entry, struct audit *audit)
{
	struct stat status;

	if (fstatat(entry.directory, entry.name, &status, AT_SYMLINK_NOFOLLOW) != 0)
		return fail(audit, "stat", entry.name);
	if (S_ISREG(status.st_mode) || S_ISLNK(status.st_mode))
		return RECURSOS_PUBLIC;
	return RECURSOS_NO_FILE;
}

static void name_stage(struct recursos_file *file, bool nested)
{
	file->nested = nested;
	snprintf(file->stage_name, sizeof file->stage_name, "%s%ld%s%s", stage_prefix,
	         (long)file->id, nested ? "" : "-", nested ? "" : file->name);
}

/*
 * Opens the stage if there is one. It is nested if the file system finds the longer
 * name too long. Returns false where that cannot be told.
 */
static bool open_stage(struct recursos_file *file, struct audit *audit)
{
	enum recursos_place place;

	name_stage(file, false);
	place = look((struct entry){ file->directory, file->stage_name }, audit);
	if (place != RECURSOS_ABSENT)
		file->stage = file->directory;
	if (place != RECURSOS_ABSENT || errno != ENAMETOOLONG)
		return place != RECURSOS_FAILED;
	name_stage(file, true);
	file->stage = open_directory(file->directory, file->stage_name, O_RDONLY);
	if (file->stage >= 0 || errno == ENOENT)
		return true;
	audit_cause(audit, "open %s: %s", file->stage_name, strerror(errno));
	return false;
}

/* Both places looked at: the public one, then the stage. */
static enum recursos_place find(struct recursos_file *file, struct audit *audit)
{
	enum recursos_place place = look(public_entry(file), audit);

	if (place == RECURSOS_FAILED || !open_stage(file, audit))
		return RECURSOS_FAILED;
	if (place != RECURSOS_ABSENT || file->stage < 0)
		return place;
	place = look(staged_entry(file), audit);
	return place == RECURSOS_PUBLIC ? RECURSOS_STAGED : place;
}

enum recursos_place recursos_locate(struct recursos_file *file, int recursos, const char *url,
                                    int32_t id, struct audit *audit)
{
	*file = RECURSOS_FILE_NONE;
	file->id = id;
	if (walk(file, recursos, url) == 0)
		file->place = find(file, audit);
	else
		file->place = fail(audit, "open", url);
	return file->place;
}

static bool is_there(struct entry entry)
{
	struct stat status;

	return fstatat(entry.directory, entry.name, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

static int erase(struct entry entry)
{
	return unlinkat(entry.directory, entry.name, 0);
}

/*
 * Whether an entry has been moved. What a rename, link or unlink says may be false: a file
 * server repeats a call whose reply was lost, and reports what the repetition met. Keeps errno.
 */
static bool has_moved(struct entry from, struct entry to)
{
	int error = errno;
	bool moved = !is_there(from) && errno == ENOENT && is_there(to);

	errno = error;
	return moved;
}

/* Links, then unlinks; a link that is of no use is undone, but never the file's last one. */
static int move_in_two_steps(struct entry from, struct entry to)
{
	int error;

	if (linkat(from.directory, from.name, to.directory, to.name, 0) != 0)
		return -1;
	if (erase(from) == 0)
		return 0;
	error = errno;
	if (is_there(from))
		erase(to);
	errno = error;
	return -1;
}

/*
 * Moves an entry and never replaces another: EEXIST. File systems without
 * RENAME_NOREPLACE (NFS is one) and kernels without renameat2(2) (glibc says EINVAL of
 * them, too) do it in two steps; a crash between them leaves one file under both names.
 */
static int move(struct entry from, struct entry to)
{
	int status = renameat2(from.directory, from.name, to.directory, to.name, RENAME_NOREPLACE);

	if (status != 0 && (errno == EINVAL || errno == ENOSYS)) /* GCOVR_EXCL_BR_LINE: musl's */
		status = move_in_two_steps(from, to);
	return status == 0 || has_moved(from, to) ? 0 : -1;
}

/* Makes a directory's entries durable. EINVAL: a file system with nothing to sync (fsync(2)). */
static int sync_directory(int directory)
{
	return fsync(directory) == 0 || errno == EINVAL ? 0 : -1;
}

bool recursos_remove_empty_stage(int directory, const char *name)
{
	return unlinkat(directory, name, AT_REMOVEDIR) == 0;
}

static void close_stage(struct recursos_file *file)
{
	if (file->nested && file->stage >= 0)
		close(file->stage);
	file->stage = -1;
}

/* Removes the empty stage. One that is not empty holds what somebody else must settle. */
static void remove_stage(struct recursos_file *file)
{
	bool nested = file->nested && file->stage >= 0;

	close_stage(file);
	if (nested)
		recursos_remove_empty_stage(file->directory, file->stage_name);
}

static int make_stage(struct recursos_file *file)
{
	if (!file->nested)
		file->stage = file->directory;
	if (file->stage >= 0)
		return 0;
	if (mkdirat(file->directory, file->stage_name, S_IRWXU | S_IRWXG) != 0 && errno != EEXIST)
		return -1;
	file->stage = open_directory(file->directory, file->stage_name, O_RDONLY);
	return file->stage >= 0 ? 0 : -1;
}

/* From the public place into the stage, where an older one of that name is superseded. */
static int enter_stage(struct recursos_file *file)
{
	if (make_stage(file) != 0)
		return -1;
	if (move(public_entry(file), staged_entry(file)) == 0)
		return 0;
	if (errno != EEXIST || (erase(staged_entry(file)) != 0 && errno != ENOENT))
		return -1;
	return move(public_entry(file), staged_entry(file));
}

/*
 * Why the file could not enter its stage: because it has gone, or else. Only a
 * look can tell: ENOENT may also be said of the stage.
 */
static enum recursos_place fail_to_stage(struct recursos_file *file, struct audit *audit)
{
	int error = errno;

	remove_stage(file);
	if (look(public_entry(file), audit) == RECURSOS_ABSENT)
		return RECURSOS_ABSENT;
	audit_cause(audit, "stage %s as %s: %s", file->name, file->stage_name, strerror(error));
	return RECURSOS_FAILED;
}

/*
 * One fsync(2), of the directory that the file leaves and that holds the stage. As to a
 * nested one, a journal has rename(2) as one change of both directories, or, where it
 * took a link(2) and an unlink(2), the link before. Syncing the stage as well doubles
 * the wait for the disk, and could help only without a journal, where nothing is promised.
 */
enum recursos_place recursos_stage(struct recursos_file *file, struct audit *audit)
{
	if (file->place == RECURSOS_ABSENT) {
		remove_stage(file);
		return file->place;
	}
	if (file->place == RECURSOS_PUBLIC && enter_stage(file) != 0)
		return file->place = fail_to_stage(file, audit);
	file->place = RECURSOS_STAGED;
	if (sync_directory(file->directory) != 0) {
		audit_cause(audit, "fsync of the directory of %s: %s", file->name, strerror(errno));
		recursos_put_back(file, audit);
		return RECURSOS_FAILED;
	}
	return RECURSOS_STAGED;
}

/* Erases a staged file that a newer one in the public place has superseded. */
static int erase_superseded(struct recursos_file *file, struct audit *audit)
{
	if (look(public_entry(file), audit) == RECURSOS_PUBLIC)
		return erase(staged_entry(file));
	errno = EEXIST;
	return -1;
}

bool recursos_put_back(struct recursos_file *file, struct audit *audit)
{
	int status;

	if (file->stage < 0)
		return true;
	status = move(staged_entry(file), public_entry(file));
	if (status != 0 && errno == EEXIST)
		status = erase_superseded(file, audit);
	if (status != 0 && errno != ENOENT) {
		audit_cause(audit, "%s stays staged as %s: %s", file->name, file->stage_name,
		            strerror(errno));
		return false;
	}
	sync_directory(file->directory);
	remove_stage(file);
	file->place = RECURSOS_PUBLIC;
	return true;
}

bool recursos_erase(struct recursos_file *file, struct audit *audit)
{
	if (erase(staged_entry(file)) != 0 && errno != ENOENT) {
		audit_cause(audit, "%s stays staged as %s: %s", file->name, file->stage_name,
		            strerror(errno));
		return false;
	}
	remove_stage(file);
	file->place = RECURSOS_ABSENT;
	return true;
}

bool recursos_erase_unchanged(struct recursos_file *file, time_t moment, struct audit *audit)
{
	struct stat status;

	if (fstatat(file->directory, file->name, &status, AT_SYMLINK_NOFOLLOW) != 0 ||
	    status.st_mtime > moment || status.st_ctime > moment) {
		audit_cause(audit, "%s has changed meanwhile", file->name);
		return false;
	}
	if (erase(public_entry(file)) == 0)
		return true;
	audit_cause(audit, "erase %s: %s", file->name, strerror(errno));
	return false;
}

bool recursos_is_stage(const char *name, int32_t *id, const char **original)
{
	const char *digits = name + sizeof stage_prefix - 1;
	char canonical[24];
	char *end;
	long value;

	*id = 0;
	*original = "";
	if (strncmp(name, stage_prefix, sizeof stage_prefix - 1) != 0)
		return false;
	value = strtol(digits, &end, 10);
	snprintf(canonical, sizeof canonical, "%ld", value);
	if (value <= 0 || value > INT32_MAX || strlen(canonical) != (size_t)(end - digits) ||
	    (*end && (*end != '-' || !end[1])))
		return true;
	*id = (int32_t)value;
	if (*end)
		*original = end + 1;
	return true;
}

void recursos_release(struct recursos_file *file)
{
	close_stage(file);
	if (file->directory >= 0)
		close(file->directory);
	*file = RECURSOS_FILE_NONE;
}
