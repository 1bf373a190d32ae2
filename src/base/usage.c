/* SPDX-License-Identifier: ISC */
/* A program's command line: --help, --version, and how a wrong argument is refused. */
#include "config.h"

#include "base/usage.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* Name and version in one piece, so that strings(1) finds them in a stripped file, too. */
static const char package[] = PACKAGE_STRING;

bool usage_is_request(void)
{
	return getenv("GATEWAY_INTERFACE") || getenv("REQUEST_METHOD");
}

static _Noreturn void end(const struct usage *usage)
{
	exit(fflush(stdout) == 0 ? EXIT_SUCCESS : usage->unprinted);
}

static _Noreturn void print_help(const struct usage *usage)
{
	fputs(usage->help, stdout);
	if (usage->rest)
		usage->rest();
	end(usage);
}

/* As the GNU coding standards have it: "imagenes (balsamoa-imagenes) 1.1.0". */
static _Noreturn void print_version(const struct usage *usage)
{
	printf("%s (" PACKAGE_NAME ") %s\n", usage->program, package + sizeof PACKAGE_NAME);
	end(usage);
}

static _Noreturn void point_to_help(const struct usage *usage)
{
	fprintf(stderr, "Try '%s --help' for more information.\n", usage->program);
	if (usage->refused)
		usage->refused();
	exit(usage->wrong);
}

int usage_next(const struct usage *usage, int argc, char **argv, const struct option *options)
{
	int option;

	if (argc > 0)
		argv[0] = (char *)usage->program; /* begins what getopt_long() prints */
	option = getopt_long(argc, argv, "hV", options, NULL);
	if (option == 'h')
		print_help(usage);
	if (option == 'V')
		print_version(usage);
	if (option == '?')
		point_to_help(usage);
	return option;
}

void usage_refuse(const struct usage *usage, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "%s: ", usage->program);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	point_to_help(usage);
}

void usage_answer(const struct usage *usage, int argc, char **argv)
{
	static const struct option options[] = { USAGE_OPTIONS };

	usage_next(usage, argc, argv, options); /* returns only if there is no option */
	if (optind < argc)
		usage_refuse(usage, "extra operand '%s'", argv[optind]);
	usage_refuse(usage, "this is a CGI program: a web server starts it");
}
