/* SPDX-License-Identifier: ISC */
/* The metrics, in Prometheus's text exposition format 0.0.4. Their names are an interface. */
#include "config.h"

#include "metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char last_success[] = "imagenes_fsck_last_success_timestamp_seconds";

/* Returns false. */
static bool complain(const char *file, const char *cause, struct diagnosis *diagnosis)
{
	diagnosis_cause(diagnosis, "write %s: %s", file, cause);
	return false;
}

/* Reads the time of the last success from the old file. Leaves 0, never, if it has none. */
static void find_last_success(FILE *old, long long *moment)
{
	char line[256], *end;

	while (fgets(line, sizeof line, old))
		if (strncmp(line, last_success, sizeof last_success - 1) == 0) {
			long long value = strtoll(line + sizeof last_success - 1, &end, 10);

			*moment = value > 0 && strcmp(end, "\n") == 0 ? value : 0;
		}
}

/* Returns false, with errno, if there is a file that cannot be read. */
static bool read_last_success(const char *file, long long *moment)
{
	FILE *old = fopen(file, "re");
	bool whole;

	*moment = 0;
	if (!old)
		return errno == ENOENT;
	find_last_success(old, moment);
	whole = !ferror(old);
	fclose(old);
	return whole;
}

static void describe(FILE *out, const char *name, const char *help)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

static void print_count(FILE *out, const char *name, const char *help, long count)
{
	describe(out, name, help);
	fprintf(out, "%s %ld\n", name, count);
}

static void print_counts(FILE *out, const struct report *report)
{
	print_count(out, "imagenes_fsck_records", "Records in producto_imagenes.", report->records);
	print_count(out, "imagenes_fsck_files", "Files beneath recursos/.", report->files);
	describe(out, "imagenes_fsck_findings", "Findings of the last check, settled ones too.");
	for (int i = 0; i < FINDINGS; i++)
		fprintf(out, "imagenes_fsck_findings{kind=\"%s\"} %ld\n",
		        finding_name((enum finding)i), report->counts[i]);
}

/* Without its end a check has counted nothing that can be compared: a gap is better. */
static void print_all(FILE *out, const struct report *report, long long success)
{
	if (report->complete)
		print_counts(out, report);
	describe(out, "imagenes_fsck_duration_seconds", "How long the last check took.");
	fprintf(out, "imagenes_fsck_duration_seconds %.3f\n", report_seconds(report));
	describe(out, last_success, "When a check last ended with a status below 8; 0: never.");
	fprintf(out, "%s %lld\n", last_success, success);
	print_count(out, "imagenes_fsck_exit_status", "Exit status of the last check.",
	            report->status);
}

/*
 * Everybody may read the file, whatever the umask: node_exporter runs as a user of its own. The
 * bytes are durable before the name is, so that no power failure leaves an empty file, and no time
 * of the last success, behind.
 */
static bool fill(int fd, const struct report *report, long long success)
{
	FILE *out = fdopen(fd, "w");
	bool filled;

	if (!out) { /* GCOVR_EXCL_BR_LINE: out of memory (make prove) */
		close(fd);
		return false;
	}
	print_all(out, report, success);
	filled = fflush(out) == 0 && fchmod(fd, S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH) == 0 &&
	         fsync(fd) == 0;
	return fclose(out) == 0 && filled;
}

/* Returns false, with errno, if the file is not replaced. */
static bool replace(const char *file, const struct report *report, long long success)
{
	char temporary[PATH_MAX + sizeof ".XXXXXX"];
	int error, fd;

	snprintf(temporary, sizeof temporary, "%s.XXXXXX", file);
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return false;
	if (fill(fd, report, success) && rename(temporary, file) == 0)
		return true;
	error = errno;
	unlink(temporary);
	errno = error;
	return false;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/*
 * Whether neither the file's directory nor one above it, up to the root, is recursos/. If so, the
 * diagnosis says it, or why this cannot be told.
 */
static bool is_outside(const char *file, int recursos, struct diagnosis *diagnosis)
{
	const char *name = strrchr(file, '/');
	char directory[2 * PATH_MAX]; /* stat(2) refuses one that is longer than PATH_MAX */
	struct stat shop, here, above;

	snprintf(directory, PATH_MAX, "%.*s", name ? (int)(name + 1 - file) : 1, name ? file : ".");
	if (fstat(recursos, &shop) != 0)
		return complain(file, strerror(errno), diagnosis);
	do {
		size_t length = strlen(directory);

		if (stat(directory, &here) != 0)
			return complain(file, strerror(errno), diagnosis);
		if (is_same(&here, &shop))
			return complain(file, "it would be public beneath recursos/", diagnosis);
		snprintf(directory + length, sizeof directory - length, "/..");
		if (stat(directory, &above) != 0)
			return complain(file, strerror(errno), diagnosis);
	} while (!is_same(&above, &here));
	return true;
}

/* A link, a device or a pipe would be replaced, not written to. */
static bool is_regular_or_missing(const char *file)
{
	struct stat status;

	return lstat(file, &status) != 0 || S_ISREG(status.st_mode);
}

bool metrics_write(const struct report *report, const char *file, int recursos,
                   struct diagnosis *diagnosis)
{
	long long success = time(NULL);

	if (strlen(file) >= PATH_MAX)
		return complain(file, strerror(ENAMETOOLONG), diagnosis);
	if (recursos >= 0 && !is_outside(file, recursos, diagnosis))
		return false;
	if (!is_regular_or_missing(file))
		return complain(file, "it is not a regular file", diagnosis);
	if ((report->status & STATUS_UNCHECKED && !read_last_success(file, &success)) ||
	    !replace(file, report, success))
		return complain(file, strerror(errno), diagnosis);
	return true;
}
