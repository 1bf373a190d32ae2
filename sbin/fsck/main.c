/* SPDX-License-Identifier: ISC */
/* imagenes-fsck: checks the shop's image records and image files against each other. */
#include "config.h"

#include "fsck.h"

#include "base/confinement.h"
#include "base/usage.h"
#include "database.h"
#include "merge.h"
#include "metrics.h"
#include "nagios.h"
#include "shop/url.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void fsck_begin_question(struct fsck *fsck)
{
	fsck->budget.start = clock_now();
	fsck->diagnosis = (struct diagnosis){ .cause = "" };
}

int fsck_is_referenced(struct fsck *fsck, const char *url)
{
	struct record anyone = { .id = 0, .url = url };
	enum catalogue_answer answer;

	fsck_begin_question(fsck);
	answer = catalogue_ask(&fsck->live, &anyone, CATALOGUE_WAIT);
	catalogue_rollback(&fsck->live);
	if (answer == CATALOGUE_RECORD_GONE)
		return anyone.shared;
	finding_report_unknown(&fsck->report, url, fsck->diagnosis.cause);
	return -1;
}

enum disk_place fsck_locate(struct fsck *fsck, const char *url, int32_t id)
{
	struct disk_file file;
	enum disk_place place;

	fsck->diagnosis.cause[0] = '\0';
	place = disk_locate(&file, fsck->recursos, url, id, &fsck->diagnosis);
	disk_release(&file);
	return place;
}

bool fsck_has_gone(const struct walk_entry *entry)
{
	struct stat status;

	return fstatat(entry->directory, entry->name, &status, AT_SYMLINK_NOFOLLOW) != 0 &&
	       errno == ENOENT;
}

bool fsck_is_file(const struct walk_entry *entry)
{
	return entry->type == DT_REG || entry->type == DT_LNK;
}

/* Whether no url can hold the path, or a terminal or a browser would misread it. */
static bool is_odd(const char *path)
{
	for (const char *c = path; *c; c++)
		if ((*c >= 0 && *c < ' ') || *c == '\x7f' || *c == '\\')
			return true;
	return mbstowcs(NULL, path, 0) > 255; /* (size_t)-1: not UTF-8 */
}

static void check_public_file(struct fsck *fsck, const struct walk_entry *entry, bool recorded)
{
	fsck->report.files++;
	if (is_odd(entry->path))
		finding_report(&fsck->report, FINDING_ODD_NAME, entry->path);
	if (entry->type == DT_LNK)
		finding_report(&fsck->report, FINDING_SYMBOLIC_LINK, entry->path);
	if (!recorded)
		orphans_check(fsck, entry);
}

static bool is_database_file(const struct walk_entry *entry)
{
	return strcmp(url_path(entry->path), database_file) == 0;
}

static void check_entry(void *context, const struct walk_entry *entry, bool recorded)
{
	struct fsck *fsck = context;
	const char *original;
	int32_t id;

	if (is_database_file(entry))
		return;
	if (!url_is_stage(entry->name, &id, &original)) {
		if (fsck_is_file(entry))
			check_public_file(fsck, entry, recorded);
		else
			finding_report(&fsck->report, FINDING_NOT_A_FILE, entry->path);
	} else if (recorded) { /* an image, whatever its name */
		finding_report(&fsck->report, FINDING_ODD_NAME, entry->path);
	} else {
		stages_check(fsck, entry, id, original);
	}
	report_progress(&fsck->report);
}

static void check_record(void *context, const struct record *record)
{
	records_check(context, record);
}

static void report_unread(void *context, const char *path)
{
	struct fsck *fsck = context;

	finding_report_unknown(&fsck->report, path, strerror(errno));
}

/* Checks everything by this scan. */
static void check_by_scan(struct fsck *fsck, struct scan *scan)
{
	const struct merge_listener listener = { check_entry, check_record, report_unread, fsck };
	struct merge_count count = merge(&listener, scan, fsck->recursos);

	fsck->report.records = count.records;
	fsck->report.complete = count.whole;
	if (!count.whole)
		report_failure(&fsck->report, scan->database.diagnosis->cause);
	report_summary(&fsck->report);
}

static bool changes_anything(const struct fsck *fsck)
{
	return fsck->options.repair || fsck->options.delete_orphans;
}

static bool open_all(struct fsck *fsck)
{
	if (settings_load_stores(&fsck->settings, &fsck->diagnosis) != 0)
		return false;
	fsck->budget.total = fsck->settings.timeout;
	fsck->recursos = disk_open(fsck->settings.public_root, &fsck->diagnosis);
	return fsck->recursos >= 0 &&
	       catalogue_open(&fsck->live, &fsck->settings, &fsck->budget, &fsck->diagnosis) ==
	               OUTCOME_SUCCESS &&
	       database_is_the_same(&fsck->live.database, fsck->recursos, changes_anything(fsck));
}

/* The check itself. The scan has its own connection, causes and time. */
static void run(struct fsck *fsck)
{
	struct budget budget = { .total = fsck->settings.timeout };
	struct diagnosis diagnosis = { .cause = "" };
	struct scan scan;

	fsck->delete_orphans = fsck->options.delete_orphans && orphans_may_be_erased(fsck);
	budget.start = clock_now(); /* the orphans were counted in their own time */
	if (scan_open(&scan, fsck->settings.database, &budget, &diagnosis))
		check_by_scan(fsck, &scan);
	else
		report_failure(&fsck->report, diagnosis.cause);
	scan_close(&scan);
}

static void close_all(struct fsck *fsck)
{
	spellings_release(&fsck->spellings);
	catalogue_close(&fsck->live);
	if (fsck->recursos >= 0)
		close(fsck->recursos);
	settings_release(&fsck->settings);
}

static void write_metrics(struct fsck *fsck)
{
	struct diagnosis diagnosis = { .cause = "" };

	if (!metrics_write(&fsck->report, fsck->options.metrics, fsck->recursos, &diagnosis))
		report_failure(&fsck->report, diagnosis.cause);
}

/* Ends the report. Metrics come last: a fault in writing them changes nothing but the status. */
static int end_report(struct fsck *fsck)
{
	if (fsck->options.nagios)
		return nagios_end(&fsck->report);
	if (ferror(stdout) || fclose(stdout) != 0)
		fsck->report.status |= STATUS_UNCHECKED;
	if (fsck->options.metrics)
		write_metrics(fsck);
	return fsck->report.status;
}

static int check_shop(struct fsck *fsck)
{
	int status;

	setlocale(LC_CTYPE, "C.UTF-8");
	fsck->report.json = fsck->options.json;
	fsck->report.nagios = fsck->options.nagios;
	fsck->report.progress = isatty(STDERR_FILENO);
	fsck->report.start = fsck->budget.start = clock_now();
	if (open_all(fsck))
		run(fsck);
	else
		report_failure(&fsck->report, fsck->diagnosis.cause);
	status = end_report(fsck);
	close_all(fsck);
	return status;
}

int main(int argc, char **argv)
{
	struct fsck fsck = { .recursos = -1 };

	if (confinement_enter() != 0) {
		perror("imagenes-fsck: /dev/null");
		return STATUS_UNCHECKED;
	}
	if (usage_is_request()) {
		fputs("imagenes-fsck: not a CGI program\n", stderr);
		return STATUS_USAGE;
	}
	options_parse(&fsck.options, argc, argv);
	return check_shop(&fsck);
}
