/* SPDX-License-Identifier: ISC */
/* imagenes-check: tells an operator whether the program would work here, for this user. */
#include "config.h"

#include "check.h"
#include "base/confinement.h"

#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char usage[] =
	"Usage: imagenes-check [OPTION]...\n"
	"Checks the settings, the database, the disk and the program. Run it as the user who runs\n"
	"the program. It changes nothing: it deletes an image in the database, to see whether\n"
	"anything refuses that, and undoes the deletion.\n"
	"\n"
	"  --program FILE      the CGI program, if it is not " CGIDIR "/imagenes;\n"
	"                      imagenes or productos\n"
	"  --productos         productos is in use: check what that needs, too. A FILE that is\n"
	"                      productos implies this\n"
	"  --htpasswd FILE     the web server's password file\n"
	"  --url URL           the shop, such as https://shop.example: check that the\n"
	"                      program answers there\n"
	"  --curl-config FILE  options for curl, such as how to sign in: user = \"NAME:PASSWORD\"\n"
	"                      or cookie = \"token=...\"\n"
	"  -h, --help          print this\n"
	"  -V, --version       print the version\n"
	"\n"
	"Prints a line `ok: ...`, `warning: ...` or `error: ...` for each finding, and says in a\n"
	"line `hint: ...` after it what to do. Exit status: 0 if there was no error, 1 if there\n"
	"was one, 2 if an option is wrong.\n";

enum { USAGE_ERROR = 2 };

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

/* Prints what was asked for. */
static int print_and_flush(const char *text)
{
	fputs(text, stdout);
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int refuse(const char *what, const char *argument)
{
	fprintf(stderr, "imagenes-check: %s: %s\nTry `imagenes-check --help`.\n", argument, what);
	return USAGE_ERROR;
}

/* Accepts a scheme and a host. A refusal never quotes a password. */
static int check_url(const char *url)
{
	const char *host = strncasecmp(url, "https://", 8) == 0  ? url + 8
	                   : strncasecmp(url, "http://", 7) == 0 ? url + 7
	                                                         : NULL;

	if (host && strchr(host, '@'))
		return refuse("a sign-in belongs in a file for --curl-config", "--url");
	if (!host || !*host || strpbrk(host, "/?# "))
		return refuse("not like https://shop.example", "--url");
	return 0;
}

/* Reads the command line. Returns 0 to go on, or -1 with the exit status in *status. */
static int read_options(int argc, char **argv, struct check_options *options, int *status)
{
	enum { PROGRAM = 256, PRODUCTOS, HTPASSWD, URL, CURL_CONFIG };
	static const struct option known[] = { { "program", required_argument, NULL, PROGRAM },
		                               { "productos", no_argument, NULL, PRODUCTOS },
		                               { "htpasswd", required_argument, NULL, HTPASSWD },
		                               { "url", required_argument, NULL, URL },
		                               { "curl-config", required_argument, NULL,
		                                 CURL_CONFIG },
		                               { "help", no_argument, NULL, 'h' },
		                               { "version", no_argument, NULL, 'V' },
		                               { NULL, 0, NULL, 0 } };
	int option;

	while ((option = getopt_long(argc, argv, "hV", known, NULL)) != -1) {
		switch (option) {
		case PROGRAM:
			options->program = optarg;
			break;
		case PRODUCTOS:
			options->productos = true;
			break;
		case HTPASSWD:
			options->htpasswd = optarg;
			break;
		case URL:
			options->url = optarg;
			break;
		case CURL_CONFIG:
			options->curl_config = optarg;
			break;
		case 'h':
			*status = print_and_flush(usage);
			return -1;
		case 'V':
			*status = print_and_flush("imagenes-check " PACKAGE_VERSION "\n");
			return -1;
		default: /* getopt_long(3) has complained */
			*status = USAGE_ERROR;
			return -1;
		}
	}
	*status = optind < argc ? refuse("unexpected argument", argv[optind]) : 0;
	if (*status == 0 && options->url)
		*status = check_url(options->url);
	return *status == 0 ? 0 : -1;
}

int main(int argc, char **argv)
{
	struct check_options options = { 0 };
	int status;

	if (confinement_enter() != 0) {
		perror("imagenes-check: /dev/null");
		return EXIT_FAILURE;
	}
	/* A CGI host turns ?--help into an argument. Only the operator may see what we print. */
	if (getenv("GATEWAY_INTERFACE")) {
		fputs("imagenes-check: not a CGI program\n", stderr);
		return EXIT_FAILURE;
	}
	if (read_options(argc, argv, &options, &status) != 0)
		return status;
	return check_all(&options);
}
