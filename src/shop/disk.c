/* SPDX-License-Identifier: ISC */
/* The file: find it, stage it, put it back, erase it. The program renames and unlinks only here. */
#include "config.h"

#include "shop/disk.h"

#include "base/kernel.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What an errno says about the file that a path should lead to. */
static enum disk_place place_of(int error)
{
	switch (error) {
	case ENOENT:       /* no such entry */
	case ENOTDIR:      /* a file where the url has a directory: nothing lies beneath it */
	case ENAMETOOLONG: /* no entry can have such a name */
		return DISK_ABSENT;
	default:
		/*
		 * EACCES, EPERM, EROFS, EBUSY: the file is there and cannot be removed.
		 * ELOOP: there is a link on the way, which we do not follow.
		 * EIO, ESTALE, ENOMEM, EMFILE, ENFILE, ENOSPC, EDQUOT, …: unknown. A file that may
		 * exist counts as one that does.
		 */
		return DISK_FAILED;
	}
}

/* Tells the diagnosis which call failed on what. */
static void tell_of_call(struct diagnosis *diagnosis, const char *call, const char *name)
{
	diagnosis_cause(diagnosis, "%s %s: %s", call, name, strerror(errno));
}

/* The same, unless errno only says that there is no file. Returns what errno says. */
static enum disk_place place_of_failure(struct diagnosis *diagnosis, const char *call,
                                        const char *name)
{
	enum disk_place place = place_of(errno);

	if (place == DISK_FAILED)
		tell_of_call(diagnosis, call, name);
	return place;
}

/*
 * Opens one directory of the walk. Fails with ELOOP if it is a symbolic link. Linux says ENOTDIR
 * then (open(2), O_DIRECTORY with O_NOFOLLOW), as of a plain file.
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

int disk_open(const char *public_root, struct diagnosis *diagnosis)
{
	int root = open(public_root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int recursos;

	if (root < 0) {
		diagnosis_cause(diagnosis, "open %s: %s", public_root, strerror(errno));
		return -1;
	}
	recursos = open_directory(root, "recursos", O_RDONLY);
	if (recursos < 0)
		diagnosis_cause(diagnosis, "open %s/recursos: %s", public_root, strerror(errno));
	close(root);
	return recursos;
}

/* Copies the first segment of path. Fails with ENAMETOOLONG if no name can be that long. */
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
static int descend(struct disk_file *file, int flags)
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
 * Walks from recursos/ to the directory of the file, and leaves the file's name in file->name.
 * Opens only the last directory for reading, which fsync(2) needs.
 */
static int walk(struct disk_file *file, int recursos, const char *url)
{
	const char *segment = url_path(url);
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

static struct entry public_entry(const struct disk_file *file)
{
	return (struct entry){ file->directory, file->name };
}

static struct entry staged_entry(const struct disk_file *file)
{
	return (struct entry){ file->stage, file->nested ? file->name : file->stage_name };
}

/*
 * Looks at an entry without following it. Returns DISK_PUBLIC for a file or a link, even in a
 * stage. Fills in version, unless it is NULL.
 */
static enum disk_place look_at_entry(struct entry entry, struct disk_version *version,
                                     struct diagnosis *diagnosis)
{
	struct stat status;

	if (fstatat(entry.directory, entry.name, &status, AT_SYMLINK_NOFOLLOW) != 0)
		return place_of_failure(diagnosis, "stat", entry.name);
	if (version)
		*version = (struct disk_version){ status.st_dev, status.st_ino, status.st_size,
			                          status.st_mtim, status.st_ctim };
	return S_ISREG(status.st_mode) || S_ISLNK(status.st_mode) ? DISK_PUBLIC : DISK_NO_FILE;
}

static void name_stage(struct disk_file *file, bool nested)
{
	file->nested = nested;
	url_stage_name(file->stage_name, file->id, file->name, nested);
}

/*
 * Opens the stage if there is one. It is nested if the file system finds the longer name too long.
 * Returns false if that cannot be found out.
 */
static bool open_stage(struct disk_file *file, struct diagnosis *diagnosis)
{
	enum disk_place place;

	name_stage(file, false);
	place = look_at_entry((struct entry){ file->directory, file->stage_name },
	                      &file->staged_version, diagnosis);
	if (place != DISK_ABSENT)
		file->stage = file->directory;
	if (place != DISK_ABSENT || errno != ENAMETOOLONG) {
		file->staged = place == DISK_PUBLIC;
		return place != DISK_FAILED;
	}
	name_stage(file, true);
	file->stage = open_directory(file->directory, file->stage_name, O_RDONLY);
	if (file->stage >= 0)
		place = look_at_entry(staged_entry(file), &file->staged_version, diagnosis);
	else
		place = place_of_failure(diagnosis, "open", file->stage_name);
	file->staged = file->stage >= 0 && place == DISK_PUBLIC;
	return place != DISK_FAILED;
}

/*
 * Whether the public place and the stage are one file, because a crash came between two steps of a
 * move back.
 */
static bool is_one_file(const struct disk_file *file)
{
	return file->staged && file->staged_version.device == file->public_version.device &&
	       file->staged_version.inode == file->public_version.inode;
}

/* Looks at both places: the public one, then the stage. */
static enum disk_place look_at_places(struct disk_file *file, struct diagnosis *diagnosis)
{
	enum disk_place place = look_at_entry(public_entry(file), &file->public_version, diagnosis);

	if (place == DISK_FAILED || !open_stage(file, diagnosis))
		return DISK_FAILED;
	file->superseded = place == DISK_PUBLIC && file->staged && !is_one_file(file);
	return place == DISK_ABSENT && file->staged ? DISK_STAGED : place;
}

enum disk_place disk_locate(struct disk_file *file, int recursos, const char *url, int32_t id,
                            struct diagnosis *diagnosis)
{
	*file = DISK_FILE_NONE;
	file->id = id;
	if (walk(file, recursos, url) == 0) {
		file->place = look_at_places(file, diagnosis);
		return file->place;
	}
	file->unreachable = errno == ENOENT; /* of a directory on the way */
	if (file->unreachable) {
		tell_of_call(diagnosis, "open", url);
		file->place = DISK_FAILED;
	} else {
		file->place = place_of_failure(diagnosis, "open", url);
	}
	return file->place;
}

static bool is_there(struct entry entry)
{
	struct stat status;

	return fstatat(entry.directory, entry.name, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Whether an entry is known not to be there. */
static bool is_absent(struct entry entry)
{
	return !is_there(entry) && errno == ENOENT;
}

static int unlink_entry(struct entry entry)
{
	return unlinkat(entry.directory, entry.name, 0);
}

/* Opens a directory again, to list it from its first entry. */
static DIR *open_listing(int directory)
{
	int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *listing = fd < 0 ? NULL : fdopendir(fd);

	if (!listing && fd >= 0)
		close(fd);
	return listing;
}

/*
 * Whether the list of the directory has the name of the public place; -1 if the list cannot be
 * read. A look may be answered from this host's memory, and on GlusterFS or NFS another host may
 * just have moved that name away. A list is always read anew.
 */
static int is_listed(const struct disk_file *file)
{
	DIR *listing = open_listing(file->directory);
	struct dirent *entry;
	bool found = false;
	int error;

	if (!listing)
		return -1;
	while (!found && (errno = 0, entry = readdir(listing)))
		found = strcmp(entry->d_name, file->name) == 0;
	error = errno;
	closedir(listing);
	errno = error;
	return found ? 1 : -(error != 0);
}

/*
 * Whether an entry has been moved. The result of a rename, link or unlink may be wrong: a file
 * server repeats a call whose reply was lost, and reports the result of the repetition. Keeps
 * errno.
 */
static bool has_moved(struct entry from, struct entry to)
{
	int error = errno;
	bool moved = is_absent(from) && is_there(to);

	errno = error;
	return moved;
}

/* Links, then unlinks. Undoes a link that is of no use, but never removes the file's last name. */
static int move_in_two_steps(struct entry from, struct entry to)
{
	int error;

	if (linkat(from.directory, from.name, to.directory, to.name, 0) != 0)
		return -1;
	if (unlink_entry(from) == 0)
		return 0;
	error = errno;
	if (is_there(from))
		unlink_entry(to);
	errno = error;
	return -1;
}

/*
 * Moves an entry. Fails with EEXIST rather than replace another one. File systems without
 * RENAME_NOREPLACE (such as NFS) and kernels without renameat2(2) need two steps. A crash between
 * them leaves one file under both names. Use it only for the way back: an upload may replace the
 * file that is being linked, and be unlinked.
 */
static int move_back(struct entry from, struct entry to)
{
	int status = kernel_rename_noreplace(from.directory, from.name, to.directory, to.name);

	if (status != 0 && (errno == EINVAL || errno == ENOSYS))
		status = move_in_two_steps(from, to);
	return status == 0 || has_moved(from, to) ? 0 : -1;
}

/* Makes a directory's entries durable. EINVAL: a file system with nothing to sync (fsync(2)). */
static int sync_directory(int directory)
{
	return fsync(directory) == 0 || errno == EINVAL ? 0 : -1;
}

bool disk_remove_empty_stage(int directory, const char *name)
{
	return unlinkat(directory, name, AT_REMOVEDIR) == 0;
}

static void close_stage(struct disk_file *file)
{
	if (file->nested && file->stage >= 0)
		close(file->stage);
	file->stage = -1;
	file->staged = false;
}

/* Removes the stage if it is empty. Otherwise it holds a file that somebody else must settle. */
static void remove_stage(struct disk_file *file)
{
	bool nested = file->nested && file->stage >= 0;

	close_stage(file);
	if (nested)
		disk_remove_empty_stage(file->directory, file->stage_name);
}

/* --- out of the public place --- */

static int make_stage(struct disk_file *file)
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

/*
 * If both names are names of one file, rename(2) does nothing. So this removes the stage's name. It
 * never removes the public name: an upload may have come there since the look. If the public name
 * exists only in this host's memory, the stage's name is the last one, and stays.
 */
static int leave_one_name(const struct disk_file *file)
{
	int listed = is_listed(file);

	if (listed <= 0)
		return listed;
	return unlink_entry(staged_entry(file)) == 0 || errno == ENOENT ? 0 : -1;
}

/*
 * Moves the file from the public place into the stage, and replaces an older file of that name
 * there.
 */
static int enter_stage(struct disk_file *file)
{
	struct entry from = public_entry(file), to;

	if (make_stage(file) != 0 || (is_one_file(file) && leave_one_name(file) != 0))
		return -1;
	to = staged_entry(file);
	if (renameat(from.directory, from.name, to.directory, to.name) != 0 && !has_moved(from, to))
		return -1;
	/* The version as it was located, so that a later write or rename into place shows. */
	file->staged_version = file->public_version;
	return 0;
}

/*
 * Tells why the file could not enter its stage. Only a look can tell whether the file is gone:
 * ENOENT may also mean the stage.
 */
static enum disk_place fail_to_stage(struct disk_file *file, struct diagnosis *diagnosis)
{
	int error = errno;

	remove_stage(file);
	if (look_at_entry(public_entry(file), NULL, diagnosis) == DISK_ABSENT)
		return DISK_ABSENT;
	diagnosis_cause(diagnosis, "stage %s as %s: %s", file->name, file->stage_name,
	                strerror(error));
	return DISK_FAILED;
}

/*
 * One fsync(2), of the directory that the file leaves and that holds the stage. This is enough for
 * a nested stage, too: a journal has rename(2) as one change of both directories. To sync the stage
 * as well would double the wait for the disk. It could help only without a journal, where we
 * promise nothing.
 */
enum disk_place disk_stage(struct disk_file *file, struct diagnosis *diagnosis)
{
	if (file->place == DISK_ABSENT) {
		remove_stage(file);
		return file->place;
	}
	if (file->place == DISK_PUBLIC && enter_stage(file) != 0)
		return file->place = fail_to_stage(file, diagnosis);
	file->place = DISK_STAGED;
	file->staged = true;
	file->returned = false;
	if (sync_directory(file->directory) != 0) {
		diagnosis_cause(diagnosis, "fsync of the directory of %s: %s", file->name,
		                strerror(errno));
		disk_put_back(file, DISK_THIS, diagnosis);
		return DISK_FAILED;
	}
	return DISK_STAGED;
}

/* --- back --- */

static bool stays_staged(const struct disk_file *file, struct diagnosis *diagnosis)
{
	diagnosis_cause(diagnosis, "%s stays staged as %s: %s", file->name, file->stage_name,
	                strerror(errno));
	return false;
}

static void has_come_back(struct disk_file *file)
{
	sync_directory(file->directory);
	remove_stage(file);
	file->place = DISK_PUBLIC;
}

/* Erases a staged file, because the public place has another file or the same one. */
static int erase_superseded(struct disk_file *file, struct diagnosis *diagnosis)
{
	int listed = is_listed(file);

	if (listed < 0)
		return -1;
	if (look_at_entry(public_entry(file), &file->public_version, diagnosis) != DISK_PUBLIC ||
	    !listed) {
		errno = EEXIST;
		return -1;
	}
	if (unlink_entry(staged_entry(file)) != 0 && errno != ENOENT)
		return -1;
	file->superseded = !is_one_file(file);
	return 0;
}

/* One of the stages of a name. */
struct stage {
	char name[STAGE_NAME_SIZE];
	bool nested;
	int32_t id; /* -1: none has been found */
	struct disk_version version;
};

static bool is_later(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec : a->tv_nsec > b->tv_nsec;
}

/*
 * Whether a was staged after b. Compares the time of the rename, then that of the last write, then
 * the id.
 */
static bool is_newer(const struct stage *a, const struct stage *b)
{
	if (b->id < 0 || is_later(&a->version.changed, &b->version.changed))
		return true;
	if (is_later(&b->version.changed, &a->version.changed))
		return false;
	if (is_later(&a->version.modified, &b->version.modified))
		return true;
	return !is_later(&b->version.modified, &a->version.modified) && a->id > b->id;
}

/*
 * The entry of a stage's file. The caller closes it with close_entry(). If its directory is -1, it
 * cannot be opened.
 */
static struct entry open_entry(const struct disk_file *file, const struct stage *stage)
{
	if (!stage->nested)
		return (struct entry){ file->directory, stage->name };
	return (struct entry){ open_directory(file->directory, stage->name, O_RDONLY), file->name };
}

static void close_entry(const struct stage *stage, struct entry entry)
{
	if (stage->nested && entry.directory >= 0)
		close(entry.directory);
}

/* Whether the file system finds the other form of this file's stage too long for a name. */
static bool needs_nesting(const struct disk_file *file, int32_t id)
{
	char name[STAGE_NAME_SIZE];

	url_stage_name(name, id, file->name, false);
	return !is_there((struct entry){ file->directory, name }) && errno == ENAMETOOLONG;
}

/*
 * Reads an entry of the directory. Returns 1 and fills in stage if it is a stage of this file's
 * name; 0 if it is not; -1 if that cannot be found out, because it might be the newest.
 */
static int read_stage(const struct disk_file *file, const char *name, struct stage *stage)
{
	enum disk_place place = DISK_ABSENT;
	const char *original;
	struct entry entry;
	int error;

	if (!url_is_stage(name, &stage->id, &original) || stage->id < 0 ||
	    (*original && strcmp(original, file->name) != 0))
		return 0;
	stage->nested = !*original;
	if (stage->nested && !needs_nesting(file, stage->id))
		return 0;
	snprintf(stage->name, sizeof stage->name, "%s", name);
	entry = open_entry(file, stage);
	if (entry.directory >= 0)
		place = look_at_entry(entry, &stage->version, &(struct diagnosis){ 0 });
	else if (errno != ELOOP) /* a link is no stage */
		place = place_of(errno);
	error = errno;
	close_entry(stage, entry);
	errno = error;
	if (place == DISK_FAILED)
		return -1;
	return place == DISK_PUBLIC;
}

/* Finds the newest stage of this file's name, in its directory. Returns false on an error. */
static bool find_newest(const struct disk_file *file, struct stage *newest)
{
	DIR *listing = open_listing(file->directory);
	struct dirent *entry;
	struct stage stage;
	int error, is_stage = 0;

	newest->id = -1;
	if (!listing)
		return false;
	while (is_stage >= 0 && (errno = 0, entry = readdir(listing))) {
		is_stage = read_stage(file, entry->d_name, &stage);
		if (is_stage > 0 && is_newer(&stage, newest))
			*newest = stage;
	}
	error = errno;
	closedir(listing);
	errno = error;
	return error == 0;
}

/* Moves the newest file that was staged from the public place back there. The place is free. */
static int move_newest_back(struct disk_file *file)
{
	struct stage newest;
	struct entry entry;
	int status, error;

	if (!find_newest(file, &newest))
		return -1;
	if (newest.id < 0)
		return 0;
	entry = open_entry(file, &newest);
	status = entry.directory < 0 ? -1 : move_back(entry, public_entry(file));
	error = errno;
	close_entry(&newest, entry);
	if (status == 0 && newest.nested)
		disk_remove_empty_stage(file->directory, newest.name);
	errno = error;
	return status;
}

/* Fills the public place if it is free. It is no error if the place is taken. */
static int fill_public_place(struct disk_file *file, enum disk_which which,
                             struct diagnosis *diagnosis)
{
	int status;

	if (look_at_entry(public_entry(file), NULL, diagnosis) != DISK_ABSENT)
		return 0;
	status = which == DISK_THIS ? move_back(staged_entry(file), public_entry(file))
	                            : move_newest_back(file);
	return status == 0 || errno == EEXIST || errno == ENOENT ? 0 : -1;
}

/*
 * Waits until this host forgets a file that another host has moved out of the public place.
 * GlusterFS and FUSE remember it for a second after the last look at the file by any name. So this
 * looks at the public name before any other.
 */
static void forget_moved(const struct disk_file *file)
{
	const struct timespec memory = { .tv_sec = 1, .tv_nsec = 200000000 };

	if (is_there(public_entry(file)) && is_listed(file) == 0) {
		nanosleep(&memory, NULL);
		is_there(public_entry(file));
	}
}

bool disk_put_back(struct disk_file *file, enum disk_which which, struct diagnosis *diagnosis)
{
	struct entry staged = staged_entry(file);

	file->superseded = false;
	if (file->stage < 0)
		return true;
	forget_moved(file);
	if (!is_absent(staged) && (fill_public_place(file, which, diagnosis) != 0 ||
	                           (!is_absent(staged) && erase_superseded(file, diagnosis) != 0)))
		return stays_staged(file, diagnosis);
	has_come_back(file);
	return true;
}

/* Whether a file was looked for in an existing directory, and is not in its public place. */
static bool is_not_public(const struct disk_file *file)
{
	return file->directory >= 0 && (file->place == DISK_ABSENT || file->place == DISK_STAGED);
}

bool disk_is_staged(const struct disk_file *file)
{
	struct stage newest;

	return is_not_public(file) && (!find_newest(file, &newest) || newest.id >= 0);
}

bool disk_bring_back(struct disk_file *file, struct diagnosis *diagnosis)
{
	if (!is_not_public(file))
		return true;
	if (move_newest_back(file) != 0 && errno != EEXIST && errno != ENOENT) {
		diagnosis_cause(diagnosis, "%s stays staged: %s", file->name, strerror(errno));
		return false;
	}
	has_come_back(file);
	return true;
}

/* --- for good --- */

static bool is_same_version(const struct disk_version *a, const struct disk_version *b)
{
	return a->device == b->device && a->inode == b->inode && a->size == b->size &&
	       a->modified.tv_sec == b->modified.tv_sec &&
	       a->modified.tv_nsec == b->modified.tv_nsec;
}

/*
 * Whether somebody has the file open for writing. The kernel tells this only to the file's owner
 * and to root (F_SETLEASE, fcntl(2)).
 */
static bool is_open_for_writing(struct entry entry)
{
	int fd = openat(entry.directory, entry.name,
	                O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	bool is = fd >= 0 && fcntl(fd, F_SETLEASE, F_RDLCK) != 0 && errno == EAGAIN;

	if (fd >= 0)
		close(fd); /* and give up the lease */
	return is;
}

/* The staged file is not there: somebody has put it back, or erased it. */
static enum disk_erasure look_for_returned(struct disk_file *file, struct diagnosis *diagnosis)
{
	struct disk_version version = { 0 };
	enum disk_place place = look_at_entry(public_entry(file), &version, diagnosis);

	if (place == DISK_FAILED)
		return DISK_LEFT;
	remove_stage(file);
	/* The inode alone proves nothing: a freed one is soon used again. */
	if (place == DISK_PUBLIC && is_same_version(&version, &file->staged_version)) {
		file->place = DISK_PUBLIC;
		file->returned = true;
		file->public_version = version;
		return DISK_RETURNED;
	}
	file->place = DISK_ABSENT;
	return DISK_ERASED;
}

bool disk_is_returned(struct disk_file *file, struct diagnosis *diagnosis)
{
	if (file->returned)
		file->returned = look_for_returned(file, diagnosis) != DISK_ERASED;
	return file->returned;
}

static enum disk_erasure erase_for_good(struct disk_file *file, struct diagnosis *diagnosis)
{
	struct entry entry = staged_entry(file);

	if (unlink_entry(entry) != 0) {
		if (errno == ENOENT)
			return look_for_returned(file, diagnosis);
		stays_staged(file, diagnosis);
		return DISK_LEFT;
	}
	remove_stage(file);
	file->place = DISK_ABSENT;
	return DISK_ERASED;
}

enum disk_erasure disk_erase(struct disk_file *file, struct diagnosis *diagnosis)
{
	struct disk_version version = { 0 };
	enum disk_place place = look_at_entry(staged_entry(file), &version, diagnosis);

	if (place == DISK_ABSENT)
		return look_for_returned(file, diagnosis);
	if (place == DISK_FAILED)
		return DISK_LEFT;
	if (!is_same_version(&version, &file->staged_version) ||
	    is_open_for_writing(staged_entry(file))) {
		diagnosis_cause(diagnosis, "%s stays staged as %s: it is being written", file->name,
		                file->stage_name);
		return DISK_CHANGING;
	}
	return erase_for_good(file, diagnosis);
}

bool disk_is_unchanged(const struct disk_file *file, time_t moment)
{
	return file->public_version.modified.tv_sec <= moment &&
	       file->public_version.changed.tv_sec <= moment;
}

void disk_release(struct disk_file *file)
{
	close_stage(file);
	if (file->directory >= 0)
		close(file->directory);
	*file = DISK_FILE_NONE;
}
