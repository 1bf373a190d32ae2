/* SPDX-License-Identifier: ISC */
/* What is found, as one line each: their names are an interface, as are the exit statuses. */
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
	STATUS_UNCHECKED = 8, /* or a repair has failed */
	STATUS_USAGE = 16
};

/* In the order of the table in findings.c, which says what each means and what to do. */
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

/* The report: where it goes, and what it adds up to. */
struct report {
	bool json;
	bool progress; /* the terminal is shown how far it is */
	int status;
	long records, files, findings;
};

/* Prints the table: each finding's name, what it means, and what to do about it. */
void findings_describe(void);

/* Begins a finding. Never NULL: without memory the check cannot go on, and the program ends. */
json_object *finding_begin(struct report *report, const char *url);

void finding_add_number(json_object *members, const char *key, int64_t number);

/* Adds text, made printable. */
void finding_add_text(json_object *members, const char *key, const char *text);

/* Prints and frees a finding. To be called without locks: a terminal may be slow. */
void finding_print(struct report *report, enum finding finding, json_object *members);

/* A whole finding that nothing can be done about here. */
void finding_report(struct report *report, enum finding finding, const char *url);

/* What kept the check from looking. */
void finding_report_unknown(struct report *report, const char *url, const char *cause);

void report_progress(const struct report *report);
void report_summary(const struct report *report);

/* Tells the operator on standard error why the check could not be done, or not to its end. */
void report_failure(struct report *report, const char *cause);

#endif
