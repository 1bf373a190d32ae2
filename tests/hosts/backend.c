/* SPDX-License-Identifier: ISC */
/*
 * backend ROOM PUBLIC
 *
 * Stands in for the shop's own server: takes HTTP/1 requests on a port of 127.0.0.1, one
 * after the other, and says that it was the shop that answered. ROOM/requests gets a line
 * of each, METHOD TARGET, as it came; ROOM/body has the body of the last one. A GET of
 * what lies beneath PUBLIC/recursos is answered with the file, whatever its name.
 * Prints its process id and its port once it listens, and goes on in the background.
 */
#include "config.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { BUFFER = 1 << 16 };

struct request {
	char head[BUFFER];
	const char *method, *target;
	char *body; /* the part that came with the head */
	size_t body_length;
	long content_length;
};

static void die(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

static void write_all(int fd, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t n = write(fd, bytes, length);

		if (n <= 0)
			return;
		bytes += n;
		length -= (size_t)n;
	}
}

/* --- the request --- */

/* The value of a header field, or NULL; name is in lower case. */
static const char *field(const char *head, const char *name)
{
	for (const char *line = strstr(head, "\r\n"); line; line = strstr(line + 2, "\r\n"))
		if (strncasecmp(line + 2, name, strlen(name)) == 0 && line[2 + strlen(name)] == ':')
			return line + 3 + strlen(name);
	return NULL;
}

static int read_head(int client, struct request *request)
{
	size_t length = 0;
	char *end = NULL;

	while (!end) {
		ssize_t n = read(client, request->head + length, BUFFER - 1 - length);

		if (n <= 0)
			return -1;
		length += (size_t)n;
		request->head[length] = '\0';
		end = strstr(request->head, "\r\n\r\n");
	}
	end[2] = '\0';
	request->body = end + 4;
	request->body_length = length - (size_t)(request->body - request->head);
	return 0;
}

/* Reads a request, except the rest of its body. Returns 0, or -1 if it is not a request. */
static int read_request(int client, struct request *request)
{
	const char *value;
	char *space;

	if (read_head(client, request) != 0)
		return -1;
	value = field(request->head, "content-length");
	request->content_length = value ? atol(value) : 0;
	value = field(request->head, "expect");
	if (value)
		write_all(client, "HTTP/1.1 100 Continue\r\n\r\n", 25);
	request->method = request->head;
	space = strchr(request->head, ' ');
	if (!space)
		return -1;
	*space = '\0';
	request->target = space + 1;
	space = strchr(request->target, ' ');
	if (!space)
		return -1;
	*space = '\0';
	return 0;
}

/* Writes the body to the file `body`, and a line of the request to the file `requests`. */
static void keep_request(int client, const struct request *request)
{
	int file = open("body.new", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	long rest = request->content_length - (long)request->body_length;
	FILE *requests;
	char buffer[BUFFER];

	write_all(file, request->body, request->body_length);
	while (rest > 0) {
		ssize_t n = read(client, buffer, sizeof buffer);

		if (n <= 0)
			break;
		write_all(file, buffer, (size_t)n);
		rest -= n;
	}
	close(file);
	rename("body.new", "body");
	requests = fopen("requests", "a");
	if (!requests)
		die("requests");
	fprintf(requests, "%s %s\n", request->method, request->target);
	fclose(requests);
}

/* --- the answer --- */

static void percent_decode(char *text)
{
	char *to = text;
	unsigned byte;

	while (*text && *text != '?') {
		if (*text == '%' && sscanf(text + 1, "%2x", &byte) == 1) {
			*to++ = (char)byte;
			text += 3;
		} else {
			*to++ = *text++;
		}
	}
	*to = '\0';
}

/* The file that a target names, and as many bytes of it as fit; or -1. */
static ssize_t read_file(const char *public, const char *target, char *bytes, size_t size)
{
	char path[BUFFER];
	ssize_t length = -1;
	int file, prefix = snprintf(path, sizeof path, "%s", public);

	snprintf(path + prefix, sizeof path - (size_t)prefix, "%s", target);
	percent_decode(path + prefix);
	if (strncmp(path + prefix, "/recursos/", 10) != 0)
		return -1;
	file = open(path, O_RDONLY);
	if (file >= 0) {
		length = read(file, bytes, size);
		close(file);
	}
	return length;
}

static void answer(int client, const struct request *request, const char *public)
{
	static char body[BUFFER], head[256];
	const char *status = "200 OK";
	ssize_t length = read_file(public, request->target, body, sizeof body);

	if (length < 0) {
		if (strncmp(request->target, "/recursos/", 10) == 0)
			status = "404 Not Found";
		length = snprintf(body, sizeof body, "the shop: %s", request->method);
	}
	snprintf(head, sizeof head,
	         "HTTP/1.1 %s\r\nX-Answered-By: the shop\r\nContent-Type: text/plain\r\n"
	         "Content-Length: %zd\r\nConnection: close\r\n\r\n",
	         status, length);
	write_all(client, head, strlen(head));
	if (strcmp(request->method, "HEAD") != 0)
		write_all(client, body, (size_t)length);
}

static void serve(int client, const char *public)
{
	static struct request request;
	const struct timeval patience = { .tv_sec = 10 };

	setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	if (read_request(client, &request) == 0) {
		keep_request(client, &request);
		answer(client, &request, public);
	}
	close(client);
}

static int listen_anywhere(int *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		                       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) != 0 || listen(fd, 16) != 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &size) != 0)
		die("listen");
	*port = ntohs(address.sin_port);
	return fd;
}

/* Goes to the background, and keeps no descriptor that somebody waits for. */
static void detach(int listener, int port)
{
	pid_t child = fork();

	if (child < 0)
		die("fork");
	if (child > 0) {
		printf("%ld %d\n", (long)child, port);
		exit(EXIT_SUCCESS);
	}
	for (int fd = 0; fd < 64; fd++)
		if (fd != listener)
			close(fd);
	open("/dev/null", O_RDWR);
	setsid();
}

int main(int argc, char **argv)
{
	int port, listener;

	if (argc != 3 || chdir(argv[1]) != 0)
		die("usage: backend ROOM PUBLIC");
	listener = listen_anywhere(&port);
	signal(SIGPIPE, SIG_IGN);
	detach(listener, port);
	for (;;) {
		int client = accept(listener, NULL, NULL);

		if (client >= 0)
			serve(client, argv[2]);
	}
}
