/* SPDX-License-Identifier: ISC */
/* The command line. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <limits.h>
#include <stdbool.h>
#include <time.h>

struct options {
	bool repair;
	bool delete_orphans;
	bool force;
	bool json;
	bool nagios;
	const char *metrics;      /* NULL: not given */
	int max_share;            /* percent of the files that may be erased as orphans */
	time_t older_than;        /* seconds; -1: not given */
	char directory[PATH_MAX]; /* with a slash at both ends: only orphans beneath it count */
};

/* Reads the command line. If it is wrong, says so and ends the program. */
void options_parse(struct options *options, int argc, char **argv);

#endif
