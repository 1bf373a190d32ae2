/* SPDX-License-Identifier: ISC */
/* What a check has counted, as a file for the textfile collector of Prometheus's node_exporter. */
#ifndef METRICS_H
#define METRICS_H

#include "findings.h"

#include "base/diagnosis.h"

#include <stdbool.h>

/*
 * Replaces the file, whole or not at all. Refuses one that is not a regular file, and one beneath
 * recursos/, an open directory or -1. If this check has not succeeded, the time of the last success
 * is the old file's. Returns whether the file is written; if not, the old file stays, and the
 * diagnosis says why.
 */
bool metrics_write(const struct report *report, const char *file, int recursos,
                   struct diagnosis *diagnosis);

#endif
