/* SPDX-License-Identifier: ISC */
/* The findings, one line each. Their names are an interface, as are the exit statuses. */
#ifndef FINDINGS_H
#define FINDINGS_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

/* Exit statuses add up (fsck(8)). */
enum {
	STATUS_CLEAN = 0,
	STATUS_CORRECTED = 1,
	STATUS_LEFT = 4,
	STATUS_UNCHECKED = 8, /* or a repair failed, or the metrics could not be written */
	STATUS_USAGE = 16
};

/* In the order of the table in findings.c, which says what each one means and what to do. */
enum finding {
	FINDING_STAGED,
	FINDING_EMPTY_STAGE,
	FINDING_MISSING_FILE,
	FINDING_ORPHAN_FILE,
	FINDING_OTHER_SPELLING,
	FINDING_ODD_URL,
	FINDING_ODD_NAME,
	FINDING_NOT_A_FILE,
	FINDING_SYMBOLIC_LINK,
	FINDING_UNKNOWN,
	FINDINGS
};

/* The report: how to print it, and the exit status so far. */
struct report {
	bool json;
	bool nagios;     /* print nothing before nagios_end() */
	bool progress;   /* show progress on the terminal */
	long long start; /* clock_now() */
	bool complete;   /* all records and files were compared */
	int status;
	long records, files, findings;
	long counts[FINDINGS]; /* of each finding */
	char failure[1024];    /* why the check could not be done, for nagios_end() */
};

const char *finding_name(enum finding finding);

/* Prints the table: each finding's name, what it means, and what to do about it. */
void findings_describe(void);

/* Begins a finding. Never returns NULL: if out of memory, the program ends. */
json_object *finding_begin(struct report *report, const char *url);

void finding_add_number(json_object *members, const char *key, int64_t number);

/* Adds text, made printable. */
void finding_add_text(json_object *members, const char *key, const char *text);

/* Prints and frees a finding. Call it without locks: a terminal may be slow. */
void finding_print(struct report *report, enum finding finding, json_object *members);

/* Prints a whole finding that this program cannot repair. */
void finding_report(struct report *report, enum finding finding, const char *url);

/* Prints what kept the check from looking. */
void finding_report_unknown(struct report *report, const char *url, const char *cause);

void report_progress(const struct report *report);
void report_summary(const struct report *report);

/* The time since the start. */
double report_seconds(const struct report *report);

/* Tells the operator, as a rule on standard error, why the check could not be done or finished. */
void report_failure(struct report *report, const char *cause);

#endif
