/* SPDX-License-Identifier: ISC */
/* The command line. */
#include "config.h"

#include "options.h"

#include "findings.h"
#include "nagios.h"

#include "base/clock.h"
#include "base/settings.h"
#include "base/usage.h"
#include "shop/url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_findings(void)
{
	puts("\nFindings:");
	findings_describe();
}

static const char help[] =
	"Usage: imagenes-fsck [OPTION]... [DIRECTORY]\n"
	"Checks producto_imagenes and the files beneath recursos/ against each other, and\n"
	"prints one finding a line. Run it as the user who runs the program. Without\n"
	"--repair and --delete-orphans it changes nothing.\n"
	"\n"
	"  --repair             settle what crashed removals left staged\n"
	"  --delete-orphans     erase files beneath DIRECTORY (recursos/imagenes/productos)\n"
	"                       that no record names and that have not changed for AGE\n"
	"  --older-than AGE     a number and s, m, h, d or w, such as 7d\n"
	"  --max-share PERCENT  refuse to erase more than this share of the files (10)\n"
	"  --force              erase them even so, and even if no record has a file\n"
	"  --json               print one JSON object a line\n"
	"  --metrics FILE       at the end, write FILE for Prometheus's node_exporter\n"
	"  --nagios             print one line, and exit with 0 OK, 1 WARNING, 2 CRITICAL or\n"
	"                       3 UNKNOWN; none of the options above may come with it\n"
	"  -h, --help           print this\n"
	"  -V, --version        print the version\n"
	"\n"
	"Exit status, added up: 0 clean, 1 corrected, 4 left uncorrected, 8 could not check,\n"
	"could not repair, or could not write FILE, 16 usage. The manual page\n"
	"imagenes-fsck(8) says more.\n";

static struct usage usage = {
	.program = "imagenes-fsck",
	.help = help,
	.rest = print_findings,
	.wrong = STATUS_USAGE,
	.unprinted = STATUS_UNCHECKED,
};

/* What Nagios shows of a wrong command line. */
static void tell_nagios(void)
{
	nagios_end(&(struct report){ .start = clock_now(),
	                             .failure = "wrong options: see imagenes-fsck --help" });
}

/* Reads DIRECTORY, relative to the public root, with or without slashes around it. */
static bool parse_directory(struct options *options, const char *text)
{
	size_t length;

	while (*text == '/')
		text++;
	length = strlen(text);
	while (length > 0 && text[length - 1] == '/')
		length--;
	if (length + sizeof "//" > sizeof options->directory)
		return false;
	snprintf(options->directory, sizeof options->directory, "/%.*s", (int)length, text);
	if (url_classify(options->directory) != URL_OURS &&
	    strcmp(options->directory, "/recursos") != 0)
		return false;
	snprintf(options->directory, sizeof options->directory, "/%.*s/", (int)length, text);
	return true;
}

/* Reads digits, from 0 to 100. Returns -1 if they are not that. */
static int parse_percent(const char *text)
{
	size_t length = strspn(text, "0123456789");
	long value = strtol(text, NULL, 10);

	return length >= 1 && length <= 3 && !text[length] && value <= 100 ? (int)value : -1;
}

static void take_age(struct options *options, const char *argument)
{
	options->older_than = settings_parse_age(argument);
	if (options->older_than < 0)
		usage_refuse(&usage,
		             "invalid argument '%s' for '--older-than': say a number and s, m, h, "
		             "d or w, such as 7d",
		             argument);
}

static void take_share(struct options *options, const char *argument)
{
	options->max_share = parse_percent(argument);
	if (options->max_share < 0)
		usage_refuse(&usage,
		             "invalid argument '%s' for '--max-share': say a number from 0 to 100",
		             argument);
}

static void take_metrics(struct options *options, const char *argument)
{
	options->metrics = argument;
	if (!*argument)
		usage_refuse(&usage, "invalid argument '' for '--metrics': say a file");
}

static void take_directory(struct options *options, const char *argument)
{
	if (!parse_directory(options, argument))
		usage_refuse(
			&usage,
			"invalid directory '%s': say recursos, or one beneath it, as seen from "
			"the public root",
			argument);
}

/* Orphans need an age, and an age counts only for orphans. */
static void check_together(const struct options *options)
{
	const bool aged = options->older_than >= 0;

	if (options->delete_orphans != aged)
		usage_refuse(&usage, "option '%s' requires '%s'",
		             aged ? "--older-than" : "--delete-orphans",
		             aged ? "--delete-orphans" : "--older-than");
	/* A plugin changes nothing, and prints and writes nothing else. */
	if (options->nagios && (options->repair || options->delete_orphans || options->force ||
	                        options->json || options->metrics))
		usage_refuse(&usage, "option '--nagios' comes with a directory alone");
}

static void take_option(struct options *options, int option, const char *argument)
{
	switch (option) {
	case 'r':
		options->repair = true;
		break;
	case 'o':
		options->delete_orphans = true;
		break;
	case 'f':
		options->force = true;
		break;
	case 'j':
		options->json = true;
		break;
	case 'm':
		take_metrics(options, argument);
		break;
	case 'n':
		options->nagios = true;
		break;
	case 't':
		take_age(options, argument);
		break;
	default:
		take_share(options, argument);
		break;
	}
}

/* Wherever the option stands, whatever is wrong is told as Nagios wants it. */
static bool is_for_nagios(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--nagios") == 0)
			return true;
	return false;
}

void options_parse(struct options *options, int argc, char **argv)
{
	static const struct option known[] = { { "repair", no_argument, NULL, 'r' },
		                               { "delete-orphans", no_argument, NULL, 'o' },
		                               { "older-than", required_argument, NULL, 't' },
		                               { "max-share", required_argument, NULL, 's' },
		                               { "force", no_argument, NULL, 'f' },
		                               { "json", no_argument, NULL, 'j' },
		                               { "metrics", required_argument, NULL, 'm' },
		                               { "nagios", no_argument, NULL, 'n' },
		                               USAGE_OPTIONS };
	const char *directory = "recursos/imagenes/productos";
	int option;

	*options = (struct options){ .older_than = -1, .max_share = 10 };
	if (is_for_nagios(argc, argv)) {
		usage.refused = tell_nagios;
		usage.wrong = usage.unprinted = NAGIOS_UNKNOWN;
	}
	while ((option = usage_next(&usage, argc, argv, known)) != -1)
		take_option(options, option, optarg);
	if (optind < argc)
		directory = argv[optind++];
	if (optind < argc)
		usage_refuse(&usage, "extra operand '%s'", argv[optind]);
	check_together(options);
	take_directory(options, directory);
}
