/* SPDX-License-Identifier: ISC */
/* A program's command line: --help, --version, and how a wrong argument is refused. */
#ifndef USAGE_H
#define USAGE_H

#include <getopt.h>
#include <stdbool.h>

/* What a program says of itself. */
struct usage {
	const char *program;
	const char *help;      /* the text of --help */
	void (*rest)(void);    /* prints what follows it; NULL: nothing */
	void (*refused)(void); /* what else a wrong command line prints; NULL: nothing */
	int wrong, unprinted;  /* exit statuses: wrong usage; standard output cannot be written */
};

/* The options that every program has: the end of its table for usage_next(). */
#define USAGE_OPTIONS                                                                              \
	{ "help", no_argument, NULL, 'h' }, { "version", no_argument, NULL, 'V' },                 \
	{                                                                                          \
		NULL, 0, NULL, 0                                                                   \
	}

/*
 * Whether a web server has started the program. Then the arguments are not the operator's, but may
 * be the words of a query (RFC 3875, 4.4): ignore them.
 */
bool usage_is_request(void);

/*
 * Reads the next option, as getopt_long(3) does. Returns -1 after the last one. Answers --help and
 * --version itself, and refuses a wrong option: does not return then.
 */
int usage_next(const struct usage *usage, int argc, char **argv, const struct option *options);

/* Tells the user which argument is wrong, and ends the program. */
_Noreturn void usage_refuse(const struct usage *usage, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* For a CGI program that no web server has started: it has only the options of every program. */
_Noreturn void usage_answer(const struct usage *usage, int argc, char **argv);

#endif
