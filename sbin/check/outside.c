/* SPDX-License-Identifier: ISC */
/* Asks the shop's url as a browser would, to see whether the program answers. */
#include "config.h"

#include "check.h"
#include "imagenes_answers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* An image that does not exist: its id is the largest that a record can have. */
#define IMAGE "/2147483647"
static const char path[] = "/api/v1/admin/imagenes" IMAGE;
static const char path_in_capitals[] = "/API/V1/ADMIN/IMAGENES" IMAGE;
static const char path_of_uploads[] = "/api/v1/admin/imagenes/subir";

/* One answer. */
struct reply {
	struct check_result curl;
	char asked[2200];    /* method and url, for a reader */
	const char *headers; /* the last ones, after any interim ones; a string of curl's */
	const char *body;
	int status;
};

/* --- asking --- */

/* Splits the answer into its parts, as curl's --include prints it. */
static void read_reply(struct reply *reply)
{
	char *text = reply->curl.output;
	char *end;

	reply->headers = reply->body = "";
	while (strncmp(text, "HTTP/", 5) == 0 && (end = strstr(text, "\r\n\r\n"))) {
		const char *code = strchr(text, ' ');

		reply->headers = text;
		reply->status = code ? (int)strtol(code, NULL, 10) : 0;
		end[2] = '\0';
		text = end + 4;
		if (reply->status / 100 != 1)
			break;
	}
	reply->body = text;
	text[strcspn(text, "\r\n")] = '\0'; /* all that we print of it is one line */
}

static void hint_at_curl(int status)
{
	switch (status) {
	case 127:
		check_hint("As root: `apt-get install curl`");
		break;
	case 6:
		check_hint("Correct the host's name, or tell curl where it is: "
		           "`resolve = \"HOST:443:ADDRESS\"` in a file for --curl-config.");
		break;
	case 7:
	case 28:
		check_hint("Start the web server; correct host and port; see the firewall.");
		break;
	case 35:
	case 60:
		check_hint(
			"Have the web server present a certificate for this name; for one of your "
			"own authority, `cacert = \"FILE\"` in a file for --curl-config.");
		break;
	default:
		check_hint("curl's manual, EXIT CODES, says what %d is.", status);
		break;
	}
}

/*
 * Sends a request, signed in if curl is told how. Returns whether there was an answer; if not,
 * prints why.
 */
static bool ask(struct check *check, struct reply *reply, const char *method, const char *where)
{
	const char *config = check->options.curl_config;
	const bool post =
		strcmp(method, "POST") == 0; /* a POST needs a length, even for an empty body */
	char url[2048];
	const char *const arguments[] = { "curl",
		                          "-q",
		                          "--silent",
		                          "--show-error",
		                          "--include",
		                          "--suppress-connect-headers",
		                          "--globoff",
		                          "--path-as-is",
		                          "--max-time",
		                          "30",
		                          "--request",
		                          method,
		                          "--config",
		                          config ? config : "/dev/null",
		                          "--url",
		                          url,
		                          post ? "--data" : NULL,
		                          "",
		                          NULL };

	*reply = (struct reply){ .status = 0 };
	snprintf(url, sizeof url, "%s%s", check->options.url, where);
	snprintf(reply->asked, sizeof reply->asked, "%s %s", method, url);
	check_run(&reply->curl, arguments, NULL);
	read_reply(reply);
	if (reply->curl.status == 0 && reply->status != 0)
		return true;
	check_say(check, ERROR, "%s: %s", reply->asked, reply->curl.error);
	hint_at_curl(reply->curl.status);
	return false;
}

/* Copies a header field's value. Returns whether there is such a field. */
static bool field(const struct reply *reply, const char *name, char *value, size_t size)
{
	size_t length = strlen(name);
	const char *line = reply->headers;

	while ((line = strchr(line, '\n')) && line[1]) {
		line++;
		if (strncasecmp(line, name, length) != 0 || line[length] != ':')
			continue;
		line += length + 1;
		line += strspn(line, " \t");
		snprintf(value, size, "%.*s", (int)strcspn(line, "\r\n"), line);
		return true;
	}
	return false;
}

static bool has_field(const struct reply *reply, const char *name, const char *expected)
{
	char value[256];

	return field(reply, name, value, sizeof value) && strcasecmp(value, expected) == 0;
}

/* --- who answered --- */

/* Whether the answer has this outcome's status and words. */
static bool says(const struct reply *reply, enum outcome outcome)
{
	char body[512];

	snprintf(body, sizeof body, "{\"mensaje\":\"%s\"}", imagenes_answer(outcome)->mensaje);
	return reply->status == response_status(imagenes_answer(outcome)) &&
	       strcmp(reply->body, body) == 0;
}

/* Whether the shop's own server answered. It shares some of our words. */
static bool is_shop(const struct reply *reply)
{
	return has_field(reply, "X-Powered-By", "Express");
}

/* Whether the program itself may have answered: nobody else says no-store. */
static bool is_program(const struct reply *reply)
{
	return has_field(reply, "Cache-Control", "no-store");
}

/* Whether the program answered, or the web server as the recipe tells it to. */
static bool is_ours(const struct reply *reply)
{
	char ignored[256];

	if (is_shop(reply))
		return false;
	return has_field(reply, "Allow", "DELETE, OPTIONS") ||
	       (says(reply, OUTCOME_NOT_SIGNED_IN) &&
	        (is_program(reply) || field(reply, "WWW-Authenticate", ignored, sizeof ignored)));
}

/* --- what to do about a wrong answer --- */

/* An answer of the program, or of the web server in its place. Returns whether it is one. */
static bool explain_words(struct check *check, const struct reply *reply)
{
	static const struct {
		enum outcome outcome;
		const char *hint;
	} known[] = {
		{ OUTCOME_DATABASE_ERROR,
		  "The web server's log has the cause. Compare the user and "
		  "the settings there with those of this check." },
		{ OUTCOME_NOT_SIGNED_IN, "Sign in by a file for --curl-config, mode 600: `user = "
		                         "\"NAME:PASSWORD\"`, or `cookie = \"token=...\"`." },
		{ OUTCOME_TOKEN_INVALID, "Sign in to the shop again. If that does not help, "
		                         "\"jwt_secret\" is not the FIRMA_JWT of the shop." },
		{ OUTCOME_SESSION_REVOKED,
		  "Sign in to the shop again: a login ends the one before." },
		{ OUTCOME_NOT_ALLOWED, "The user's role is not among the admin_roles, or the web "
		                       "server refuses the user." },
		{ OUTCOME_METHOD_NOT_ALLOWED, "Something on the way has changed the method." },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (says(reply, known[i].outcome)) {
			check_say(check, ERROR, "%s: %d, %s", reply->asked, reply->status,
			          imagenes_answer(known[i].outcome)->mensaje);
			check_hint("%s", known[i].hint);
			return true;
		}
	return false;
}

/* The program and the web server may use these words. Only the program says no-store. */
static bool explain_configuration(struct check *check, const struct reply *reply)
{
	if (!says(reply, OUTCOME_SETTINGS_UNUSABLE))
		return false;
	if (is_program(reply)) {
		check_say(check, ERROR, "%s: the program finds its settings unusable",
		          reply->asked);
		check_hint(
			"The web server's log has the cause. Run this check as the user who runs "
			"the program, with no variables of your own.");
	} else {
		check_say(check, ERROR, "%s: the web server could not run the program",
		          reply->asked);
		check_hint("The web server's error log has the cause. After `a2enmod cgid`, "
		           "restart Apache. No line above the recipe may take its urls away.");
	}
	return true;
}

/* An answer of neither. */
static void explain_status(struct check *check, const struct reply *reply)
{
	static const struct {
		int status;
		const char *hint;
	} known[] = {
		{ 301, "Give --url the address that it redirects to." },
		{ 302, "Give --url the address that it redirects to." },
		{ 307, "Give --url the address that it redirects to." },
		{ 308, "Give --url the address that it redirects to." },
		{ 401, "The web server asks for a sign-in of its own: give one in a file for "
		       "--curl-config, and see which line, other than the recipe, asks for it." },
		{ 403,
		  "A filter may refuse the method, as the OWASP rules do: see the web server's "
		  "error log, and method_override in README." },
		{ 404, "Include the recipe in the virtual host (server) of this name, and restart "
		       "the web server." },
		{ 405, "Include the recipe in the virtual host (server) of this name, and restart "
		       "the web server; or a filter refuses the method." },
		{ 500, "The program may be missing, or not executable: see the web server's error "
		       "log." },
		{ 501, "Something on the way does not know the method: see method_override in "
		       "README." },
		{ 502, "The server behind the web server does not answer: with nginx, fcgiwrap." },
		{ 503, "After `a2enmod cgid`, restart Apache: a reload is not enough." },
		{ 504, "The program, or the server behind the web server, takes too long." },
	};
	const char *hint = "Include the recipe in the virtual host (server) of this name, above "
			   "what answers now, and restart the web server.";

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (known[i].status == reply->status)
			hint = known[i].hint;
	check_say(check, ERROR, "%s: %d, and not from the program", reply->asked, reply->status);
	check_hint("%s", hint);
}

static void explain(struct check *check, const struct reply *reply)
{
	if (is_shop(reply)) {
		check_say(check, ERROR, "%s: the shop's own server has answered, not the program",
		          reply->asked);
		check_hint("Include the recipe above the line that passes everything on (Apache: "
		           "ProxyPass, a [P] rule; lighttpd: proxy.server; nginx: location /), and "
		           "restart the web server.");
	} else if (!explain_words(check, reply) && !explain_configuration(check, reply)) {
		explain_status(check, reply);
	}
}

/* --- the requests --- */

static bool check_options_of(struct check *check, const char *where)
{
	struct reply reply;

	if (!ask(check, &reply, "OPTIONS", where))
		return false;
	if (is_ours(&reply))
		check_say(check, OK, "%s: %d, from the program", reply.asked, reply.status);
	else
		explain(check, &reply);
	return true;
}

/* Removes nothing: the image does not exist. */
static void check_deletion(struct check *check)
{
	const bool signed_in = check->options.curl_config != NULL;
	const bool open = check->settings.auth == AUTH_NONE;
	struct reply reply;
	bool not_found;

	if (!ask(check, &reply, "DELETE", path))
		return;
	not_found = says(&reply, OUTCOME_NOT_FOUND) && is_program(&reply) && !is_shop(&reply);
	if (not_found && !signed_in && !open) {
		check_say(check, ERROR, "%s: anybody may delete images", reply.asked);
		check_hint("See BALSAMOA_AUTH in the web server's configuration.");
	} else if (not_found) {
		check_say(check, OK, "%s: 404, as it should be: there is no such image",
		          reply.asked);
	} else if (says(&reply, OUTCOME_NOT_SIGNED_IN) && !signed_in && is_ours(&reply)) {
		check_say(check, OK, "%s: 401, as it should be without a sign-in", reply.asked);
	} else {
		explain(check, &reply);
	}
}

/* Uploads nothing: the request has no file. */
static void check_upload(struct check *check)
{
	struct reply reply;

	if (!ask(check, &reply, "POST", path_of_uploads))
		return;
	if (!is_ours(&reply)) {
		check_say(check, OK, "%s: %d, left to the shop", reply.asked, reply.status);
		return;
	}
	check_say(check, ERROR, "%s: the program has answered, so the shop gets no uploads",
	          reply.asked);
	check_hint("Use the recipe of this version: it leaves that url to the shop.");
}

/* Checks the file for curl. Returns whether curl can read it. */
static bool check_config(struct check *check)
{
	const char *config = check->options.curl_config;
	struct stat status;

	if (!config)
		return true;
	if (stat(config, &status) != 0 || access(config, R_OK) != 0) {
		check_say(check, ERROR, "--curl-config %s: %s", config, strerror(errno));
		return false;
	}
	if (status.st_mode & (S_IRWXG | S_IRWXO)) {
		char word[CHECK_WORD_SIZE];

		check_say(check, WARNING, "--curl-config %s: others can read how to sign in",
		          config);
		check_hint("`chmod 600 %s`", check_word(config, word));
	}
	return true;
}

void check_outside(struct check *check)
{
	if (!check->options.url || !check_config(check) || !check_options_of(check, path))
		return;
	check_options_of(check, path_in_capitals);
	check_deletion(check);
	check_upload(check);
}
