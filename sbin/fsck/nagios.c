/* SPDX-License-Identifier: ISC */
/* The answer of a monitoring plugin: one line, with performance data, and one of four statuses. */
#include "config.h"

#include "nagios.h"

#include <stdio.h>

static const char *const names[] = { [NAGIOS_OK] = "OK",
	                             [NAGIOS_WARNING] = "WARNING",
	                             [NAGIOS_CRITICAL] = "CRITICAL",
	                             [NAGIOS_UNKNOWN] = "UNKNOWN" };

/* Visitors notice only an image that is missing. What is unknown may be worse than a warning. */
static int state_of(const struct report *report)
{
	if (!report->complete)
		return NAGIOS_UNKNOWN;
	if (report->counts[FINDING_MISSING_FILE] > 0)
		return NAGIOS_CRITICAL;
	if (report->status & STATUS_UNCHECKED)
		return NAGIOS_UNKNOWN;
	return report->status & STATUS_LEFT ? NAGIOS_WARNING : NAGIOS_OK;
}

static void print_counts(const struct report *report)
{
	const char *separator = ": ";

	printf("%ld records, %ld files, %ld findings", report->records, report->files,
	       report->findings);
	for (int i = 0; i < FINDINGS; i++)
		if (report->counts[i] > 0) {
			printf("%s%ld %s", separator, report->counts[i],
			       finding_name((enum finding)i));
			separator = ", ";
		}
	printf(" | records=%ld;;;0 files=%ld;;;0 findings=%ld;;;0", report->records, report->files,
	       report->findings);
}

int nagios_end(const struct report *report)
{
	int state = state_of(report);

	printf("IMAGENES %s - ", names[state]);
	if (report->complete)
		print_counts(report);
	else
		printf("%s |", report->failure);
	printf(" seconds=%.3fs;;;0\n", report_seconds(report));
	return fflush(stdout) == 0 ? state : NAGIOS_UNKNOWN;
}
