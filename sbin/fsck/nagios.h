/* SPDX-License-Identifier: ISC */
/* The answer of a monitoring plugin (Monitoring Plugins Development Guidelines). */
#ifndef NAGIOS_H
#define NAGIOS_H

#include "findings.h"

enum { NAGIOS_OK, NAGIOS_WARNING, NAGIOS_CRITICAL, NAGIOS_UNKNOWN };

/* Prints the one line. Returns the exit status that goes with it, from 0, OK, to 3, UNKNOWN. */
int nagios_end(const struct report *report);

#endif
