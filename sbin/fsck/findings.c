/* SPDX-License-Identifier: ISC */
/* The findings: one table, one way to print, for a reader or for a program. */
#include "config.h"

#include "findings.h"

#include "base/clock.h"
#include "base/printable.h"
#include "nagios.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

static const struct {
	const char *name;
	const char *meaning;
	const char *remedy;
} table[FINDINGS] = {
	[FINDING_STAGED] = { "staged",
	                     "a removal has not ended: the file is out of its public place",
	                     "--repair puts it back, or erases it, as the database says" },
	[FINDING_EMPTY_STAGE] = { "empty-stage", "a removal's own directory, with nothing in it",
	                          "--repair removes it" },
	[FINDING_MISSING_FILE] = { "missing-file", "a record names a file that is not there",
	                           "upload it again, or delete the image" },
	[FINDING_ORPHAN_FILE] = { "orphan-file", "no record names the file",
	                          "--delete-orphans erases it, if it is old enough" },
	[FINDING_OTHER_SPELLING] = { "other-spelling",
	                             "a record names the file, but not by its canonical url",
	                             "correct the record's url" },
	[FINDING_ODD_URL] = { "odd-url", "a record's url can name no file",
	                      "correct it, or delete the image" },
	[FINDING_ODD_NAME] = { "odd-name",
	                       "a file's name that no url can hold (not UTF-8, or a path of over "
	                       "255 characters). Or it has an ASCII control character or a "
	                       "backslash. Or it begins with .removal-, but is no stage",
	                       "rename the file, and correct the record" },
	[FINDING_NOT_A_FILE] = { "not-a-file", "a directory, a socket, ... where a file should be",
	                         "look at it" },
	[FINDING_SYMBOLIC_LINK] = { "symbolic-link", "a link among the images",
	                            "look where it leads: a removal removes the link" },
	[FINDING_UNKNOWN] = { "unknown", "it could not be looked at, for the cause given",
	                      "remove the cause, and run imagenes-fsck again" },
};

void findings_describe(void)
{
	for (size_t i = 0; i < FINDINGS; i++)
		printf("  %-15s %s: %s\n", table[i].name, table[i].meaning, table[i].remedy);
}

const char *finding_name(enum finding finding)
{
	return table[finding].name;
}

static void exit_without_memory(struct report *report)
{
	report_failure(report, "out of memory");
	exit(report->nagios ? nagios_end(report) : report->status);
}

/* An object as JSON text, which the object owns. Never NULL. */
static const char *text_of(struct report *report, json_object *object)
{
	const char *text = json_object_to_json_string_ext(
		object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);

	if (!text) /* GCOVR_EXCL_BR_LINE: out of memory (make prove) */
		exit_without_memory(report);
	return text;
}

/* Prints text that has been made printable. Only a quote still needs an escape. */
static void print_quoted(const char *text)
{
	putchar('"');
	for (; *text; text++)
		if (*text == '"')
			fputs("\\\"", stdout);
		else
			putchar(*text);
	putchar('"');
}

/* Prints a value for a reader. It does not escape text again, as JSON would. */
static void print_value(struct report *report, json_object *value)
{
	if (json_object_is_type(value, json_type_string))
		print_quoted(json_object_get_string(value));
	else
		fputs(text_of(report, value), stdout);
}

/* Prints the members of a finding, as KEY=VALUE each. */
static void print_members(struct report *report, json_object *members)
{
	struct json_object_iterator end = json_object_iter_end(members);

	for (struct json_object_iterator i = json_object_iter_begin(members);
	     !json_object_iter_equal(&i, &end); json_object_iter_next(&i)) {
		printf(" %s=", json_object_iter_peek_name(&i));
		print_value(report, json_object_iter_peek_value(&i));
	}
}

/* Clears the terminal's line that shows the progress. */
static void clear_progress(const struct report *report)
{
	if (report->progress)
		fputs("\r\033[K", stderr);
}

json_object *finding_begin(struct report *report, const char *url)
{
	json_object *members = json_object_new_object();

	if (!members) /* GCOVR_EXCL_BR_LINE: out of memory (make prove) */
		exit_without_memory(report);
	finding_add_text(members, "url", url);
	return members;
}

void finding_add_number(json_object *members, const char *key, int64_t number)
{
	json_object_object_add(members, key, json_object_new_int64(number));
}

void finding_add_text(json_object *members, const char *key, const char *text)
{
	static const struct printable_rule rule = { .special = "\\" };
	char printable[PRINTABLE_LONGEST * PATH_MAX];

	printable_copy(printable, sizeof printable, text, &rule);
	json_object_object_add(members, key, json_object_new_string(printable));
}

void finding_print(struct report *report, enum finding finding, json_object *members)
{
	report->findings++;
	report->counts[finding]++;
	clear_progress(report);
	if (report->json) {
		json_object_object_add(members, "finding",
		                       json_object_new_string(table[finding].name));
		puts(text_of(report, members));
	} else if (!report->nagios) {
		fputs(table[finding].name, stdout);
		print_members(report, members);
		putchar('\n');
	}
	json_object_put(members);
}

void finding_report(struct report *report, enum finding finding, const char *url)
{
	report->status |= STATUS_LEFT;
	finding_print(report, finding, finding_begin(report, url));
}

void finding_report_unknown(struct report *report, const char *url, const char *cause)
{
	json_object *members = finding_begin(report, url);

	finding_add_text(members, "cause", cause);
	report->status |= STATUS_UNCHECKED;
	finding_print(report, FINDING_UNKNOWN, members);
}

void report_progress(const struct report *report)
{
	if (report->progress && report->files % 4096 == 0)
		fprintf(stderr, "\r%ld files, %ld records, %ld findings\033[K", report->files,
		        report->records, report->findings);
}

void report_summary(const struct report *report)
{
	clear_progress(report);
	if (report->nagios)
		return;
	printf(report->json ? "{\"records\":%ld,\"files\":%ld,\"findings\":%ld}\n"
	                    : "%ld records, %ld files, %ld findings\n",
	       report->records, report->files, report->findings);
}

double report_seconds(const struct report *report)
{
	return (double)(clock_now() - report->start) / 1000;
}

void report_failure(struct report *report, const char *cause)
{
	static const struct printable_rule rule = { .special = "|" }; /* ends the text for Nagios */

	clear_progress(report);
	if (report->nagios)
		printable_copy(report->failure, sizeof report->failure, cause, &rule);
	else
		fprintf(stderr, "imagenes-fsck: %s\n", cause);
	report->status |= STATUS_UNCHECKED;
}
