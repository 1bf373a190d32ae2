/* SPDX-License-Identifier: ISC */
/* The command line. */
#include "config.h"

#include "options.h"

#include "base/settings.h"
#include "shop/url.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char options_usage[] =
	"usage: imagenes-fsck [OPTION]... [DIRECTORY]\n"
	"Checks producto_imagenes and the files beneath recursos/ against each other, and prints\n"
	"one finding a line. Without --repair and --delete-orphans it changes nothing.\n"
	"  --repair             settle what crashed removals left staged\n"
	"  --delete-orphans     erase files beneath DIRECTORY (recursos/imagenes/productos) that "
	"no\n"
	"                       record names and that have not changed for AGE\n"
	"  --older-than AGE     a number and s, m, h, d or w, such as 7d\n"
	"  --max-share PERCENT  refuse to erase more than this share of the files (10)\n"
	"  --force              erase them even so, and even if no record has a file\n"
	"  --json               print one JSON object a line\n"
	"  --help, --version\n"
	"Exit status, added up: 0 clean, 1 corrected, 4 left uncorrected, 8 could not check,\n"
	"or could not repair, 16 usage.\n";

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

/* Reads one option. Returns false if it is unknown or its argument is wrong. */
static bool take_option(struct options *options, int option, const char *argument)
{
	switch (option) {
	case 'r':
		return options->repair = true;
	case 'o':
		return options->delete_orphans = true;
	case 'f':
		return options->force = true;
	case 'j':
		return options->json = true;
	case 'h':
		return options->help = true;
	case 'v':
		return options->version = true;
	case 't':
		return (options->older_than = settings_parse_age(argument)) >= 0;
	case 's':
		return (options->max_share = parse_percent(argument)) >= 0;
	default:
		return false;
	}
}

bool options_parse(struct options *options, int argc, char **argv)
{
	static const struct option known[] = { { "repair", no_argument, NULL, 'r' },
		                               { "delete-orphans", no_argument, NULL, 'o' },
		                               { "older-than", required_argument, NULL, 't' },
		                               { "max-share", required_argument, NULL, 's' },
		                               { "force", no_argument, NULL, 'f' },
		                               { "json", no_argument, NULL, 'j' },
		                               { "help", no_argument, NULL, 'h' },
		                               { "version", no_argument, NULL, 'v' },
		                               { 0 } };
	const char *directory = "recursos/imagenes/productos";
	int option;

	*options = (struct options){ .older_than = -1, .max_share = 10 };
	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1)
		if (!take_option(options, option, optarg))
			return false;
	if (optind < argc)
		directory = argv[optind++];
	return optind == argc && options->delete_orphans == (options->older_than >= 0) &&
	       parse_directory(options, directory);
}
