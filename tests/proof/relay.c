/* SPDX-License-Identifier: ISC */
/*
 * relay REPORT SOCKET SERVER-SOCKET SIDE:N:WHEN:THEN
 *
 * Stands between a client and PostgreSQL on unix sockets, passes on the messages of the
 * protocol (PostgreSQL manual, chapter 55) one at a time, and cuts the connection at the
 * Nth of SIDE's. The connections come one after the other, and N counts over all of them.
 *   SIDE  client or server
 *   N     a number; or a command, such as COMMIT: each message that brings it, or the word
 *         that it is done
 *   WHEN  before: the message is lost too; after: it still arrives
 *   THEN  again: later connections are served; never: they are refused; silent: nothing is
 *         cut, but from there on nothing passes
 * Prints its process id once it listens, and goes on in the background. REPORT gets the
 * type of the message, or nothing as long as there was no Nth.
 */
#include "config.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* More than any message of a removal. */
enum { BUFFER = 1 << 16 };

/* One way of a connection. */
struct way {
	int from, to;
	bool started; /* past the start-up message, which has no type */
	size_t length;
	char buffer[BUFFER];
};

struct plan {
	const char *report;
	bool server; /* which side's messages are counted */
	long n;
	char command[16]; /* N, where it is no number */
	bool before;
	char then; /* 'a', 'n' or 's' */
	bool cut;  /* has been done */
};

static void die(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

static struct sockaddr_un address_of(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof address.sun_path)
		die(path);
	memcpy(address.sun_path, path, strlen(path));
	return address;
}

/* The whole length of the message that the buffer begins with; 0: part of it is missing. */
static size_t message_length(const struct way *way)
{
	size_t type = way->started;
	uint32_t length;

	if (way->length < type + sizeof length)
		return 0;
	memcpy(&length, way->buffer + type, sizeof length);
	return type + ntohl(length) <= way->length ? type + ntohl(length) : 0;
}

/* Whether this message is the one to cut at. */
static bool is_nth(struct plan *plan, const struct way *way, bool server, size_t length)
{
	char type = server ? 'C' : 'P'; /* CommandComplete, Parse */

	if (server != plan->server)
		return false;
	if (!plan->command[0])
		return --plan->n == 0;
	return way->buffer[0] == type &&
	       memmem(way->buffer, length, plan->command, strlen(plan->command) + 1) != NULL;
}

static void write_report(const struct plan *plan, const struct way *way)
{
	FILE *file = fopen(plan->report, "w");

	if (!file || fprintf(file, "%c\n", way->started ? way->buffer[0] : '-') < 0 ||
	    fclose(file) != 0)
		die(plan->report);
}

/* Returns false if the other side has gone. */
static bool pass_on(struct way *way, size_t length)
{
	if (send(way->to, way->buffer, length, MSG_NOSIGNAL) != (ssize_t)length)
		return false;
	way->length -= length;
	way->started = true;
	memmove(way->buffer, way->buffer + length, way->length);
	return true;
}

/* Passes on whole messages. Returns whether the connection goes on. */
static bool relay_messages(struct plan *plan, struct way *way, bool server)
{
	ssize_t n = read(way->from, way->buffer + way->length, sizeof way->buffer - way->length);
	size_t length;

	if (n <= 0)
		return false;
	way->length += (size_t)n;
	while ((length = message_length(way)) > 0) {
		if (is_nth(plan, way, server, length)) {
			write_report(plan, way);
			plan->cut = true;
			if (!plan->before)
				pass_on(way, length);
			return false;
		}
		if (!pass_on(way, length))
			return false;
	}
	return true;
}

/* Returns whether later connections are to be served. */
static bool relay_connection(struct plan *plan, int client, int server)
{
	static struct way ways[2];
	struct pollfd sockets[2] = { { .fd = client, .events = POLLIN },
		                     { .fd = server, .events = POLLIN } };
	bool on = true;

	ways[0] = (struct way){ .from = client, .to = server };
	ways[1] = (struct way){ .from = server, .to = client, .started = true };
	while (on && poll(sockets, 2, -1) > 0)
		for (int i = 0; i < 2 && on; i++)
			if (sockets[i].revents)
				on = relay_messages(plan, &ways[i], i == 1);
	if (plan->then == 's' && plan->cut)
		pause();
	return plan->then == 'a' || !plan->cut;
}

static void serve(struct plan *plan, int listener, const char *server_path)
{
	struct sockaddr_un address = address_of(server_path);
	bool on = true;

	while (on) {
		int client = accept(listener, NULL, NULL);
		int server = socket(AF_UNIX, SOCK_STREAM, 0);

		if (client < 0 || server < 0)
			die("accept");
		if (connect(server, (struct sockaddr *)&address, sizeof address) == 0)
			on = relay_connection(plan, client, server);
		close(server);
		close(client);
	}
}

static struct plan parse(const char *report, char *text)
{
	struct plan plan = { .report = report };
	const char *side = strtok(text, ":"), *n = strtok(NULL, ":");
	const char *when = strtok(NULL, ":"), *then = strtok(NULL, ":");

	if (!then)
		exit(EXIT_FAILURE);
	plan.server = *side == 's';
	plan.n = strtol(n, NULL, 10);
	if (plan.n == 0)
		snprintf(plan.command, sizeof plan.command, "%s", n);
	plan.before = *when == 'b';
	plan.then = *then;
	return plan;
}

/* Goes to the background, and keeps no descriptor that somebody waits for. */
static void detach(int listener)
{
	pid_t child = fork();

	if (child < 0)
		die("fork");
	if (child > 0) {
		printf("%ld\n", (long)child);
		exit(EXIT_SUCCESS);
	}
	for (int fd = 0; fd < 64; fd++)
		if (fd != listener)
			close(fd);
	open("/dev/null", O_RDWR);
}

int main(int argc, char **argv)
{
	struct sockaddr_un address;
	struct plan plan;
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (argc != 5 || listener < 0)
		return EXIT_FAILURE;
	plan = parse(argv[1], argv[4]);
	address = address_of(argv[2]);
	if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 ||
	    listen(listener, 8) != 0)
		die(argv[2]);
	detach(listener);
	serve(&plan, listener, argv[3]);
	unlink(argv[2]);
	return EXIT_SUCCESS;
}
