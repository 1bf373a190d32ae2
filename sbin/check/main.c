/* SPDX-License-Identifier: ISC */
/* imagenes-check: tells an operator whether the program would work here, for this user. */
#include "config.h"

#include "check.h"
#include "base/confinement.h"
#include "base/usage.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char help[] =
	"Usage: imagenes-check [OPTION]...\n"
	"Checks the settings, the database, the disk and the program. Run it as the user\n"
	"who runs the program. It changes nothing: it deletes an image in the database, to\n"
	"see whether anything refuses that, and undoes the deletion.\n"
	"\n"
	"  --program FILE      the CGI program, if it is not " CGIDIR "/imagenes;\n"
	"                      imagenes or productos\n"
	"  --productos         productos is in use: check what that needs, too. A FILE that\n"
	"                      is productos implies this\n"
	"  --htpasswd FILE     the web server's password file\n"
	"  --url URL           the shop, such as https://shop.example: check that the\n"
	"                      program answers there\n"
	"  --curl-config FILE  options for curl, such as how to sign in:\n"
	"                      user = \"NAME:PASSWORD\" or cookie = \"token=...\"\n"
	"  -h, --help          print this\n"
	"  -V, --version       print the version\n"
	"\n"
	"Prints a line `ok: ...`, `warning: ...` or `error: ...` for each finding, and says\n"
	"in a line `hint: ...` after it what to do. Exit status: 0 if there was no error, 1\n"
	"if there was one, 2 if the command line is wrong. The manual page imagenes-check(8)\n"
	"says more.\n";

static const struct usage usage = {
	.program = "imagenes-check",
	.help = help,
	.wrong = 2,
	.unprinted = EXIT_FAILURE,
};

static int check_all(const struct check_options *options)
{
	struct check check = { .options = *options, .budget = { .start = clock_now() } };

	setlocale(LC_CTYPE, "C.UTF-8");
	check_user(&check);
	check.products = check_wants_products(&check);
	if (check_settings(&check)) {
		check_database(&check);
		check_files(&check);
	}
	check_program(&check);
	check_htpasswd(&check);
	check_outside(&check);
	examination_release_sample(&check.sample);
	check_release_directories(&check);
	settings_release(&check.settings);
	fflush(stdout);
	if (ferror(stdout))
		check.failed = true;
	return check.failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Accepts a scheme and a host. Never quotes a password. */
static void take_url(struct check_options *options, const char *url)
{
	const char *host = strncasecmp(url, "https://", 8) == 0  ? url + 8
	                   : strncasecmp(url, "http://", 7) == 0 ? url + 7
	                                                         : "";

	if (strchr(url, '@'))
		usage_refuse(&usage,
		             "invalid argument for '--url': a sign-in belongs in a file for "
		             "--curl-config");
	if (!*host || strpbrk(host, "/?# "))
		usage_refuse(&usage,
		             "invalid argument '%s' for '--url': say a scheme and a host, such as "
		             "https://shop.example",
		             url);
	options->url = url;
}

enum { PROGRAM = 256, PRODUCTOS, HTPASSWD, URL, CURL_CONFIG };

static void take_option(struct check_options *options, int option, const char *argument)
{
	switch (option) {
	case PROGRAM:
		options->program = argument;
		break;
	case PRODUCTOS:
		options->productos = true;
		break;
	case HTPASSWD:
		options->htpasswd = argument;
		break;
	case URL:
		take_url(options, argument);
		break;
	default:
		options->curl_config = argument;
		break;
	}
}

/* Reads the command line. If it is wrong, says so and ends the program. */
static void read_options(int argc, char **argv, struct check_options *options)
{
	static const struct option known[] = { { "program", required_argument, NULL, PROGRAM },
		                               { "productos", no_argument, NULL, PRODUCTOS },
		                               { "htpasswd", required_argument, NULL, HTPASSWD },
		                               { "url", required_argument, NULL, URL },
		                               { "curl-config", required_argument, NULL,
		                                 CURL_CONFIG },
		                               USAGE_OPTIONS };
	int option;

	while ((option = usage_next(&usage, argc, argv, known)) != -1)
		take_option(options, option, optarg);
	if (optind < argc)
		usage_refuse(&usage, "extra operand '%s'", argv[optind]);
}

int main(int argc, char **argv)
{
	struct check_options options = { 0 };

	if (confinement_enter() != 0) {
		perror("imagenes-check: /dev/null");
		return EXIT_FAILURE;
	}
	if (usage_is_request()) { /* only the operator may see what we print */
		fputs("imagenes-check: not a CGI program\n", stderr);
		return EXIT_FAILURE;
	}
	read_options(argc, argv, &options);
	return check_all(&options);
}
