/* SPDX-License-Identifier: ISC */
/*
 * The benchmark's HTTP client: requests with distinct ids, each on a connection of its own.
 *
 *     load PORT CONCURRENCY SECONDS LEAST METHOD PREFIX FIRST COUNT [HEADER]
 *
 * asks the loopback for the paths PREFIX followed by FIRST, FIRST+1, … until COUNT were asked for
 * or the time is up, and prints a line for each: when it began and how long it took, both in
 * microseconds, and the status (0: no answer within 20 s). If fewer than LEAST were asked for by
 * then, it goes on, but for no longer than three times as long. HEADER is one more line of each
 * request.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct sample {
	long long begin, duration;
	int status;
};

struct load {
	struct sockaddr_in address;
	const char *method, *prefix, *header;
	long first, count, least;
	long long start, end, latest_end;
	atomic_long next;
	struct sample *samples;
};

static long long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000LL + time.tv_nsec / 1000;
}

/* Reads until the server closes. Returns the status. */
static int read_answer(int fd)
{
	char answer[4096];
	size_t length = 0;
	ssize_t n;

	while ((n = read(fd, answer + length, sizeof answer - 1 - length)) > 0)
		length += (size_t)n;
	answer[length] = '\0';
	if (n < 0 || strncmp(answer, "HTTP/1.", 7) != 0)
		return 0;
	return (int)strtol(answer + 8, NULL, 10);
}

static int ask(const struct load *load, long id)
{
	char request[1024];
	int length = snprintf(request, sizeof request,
	                      "%s %s%ld HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n%s\r\n",
	                      load->method, load->prefix, id, load->header);
	const struct timeval patience = { .tv_sec = 20 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int status = 0;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	if (connect(fd, (const struct sockaddr *)&load->address, sizeof load->address) == 0 &&
	    write(fd, request, (size_t)length) == length)
		status = read_answer(fd);
	close(fd);
	return status;
}

static bool goes_on(struct load *load)
{
	return now() < (load->next < load->least ? load->latest_end : load->end);
}

static void *run(void *argument)
{
	struct load *load = argument;
	long i;

	while (goes_on(load) && (i = atomic_fetch_add(&load->next, 1)) < load->count) {
		long long begin = now();
		int status = ask(load, load->first + i);

		load->samples[i] = (struct sample){ begin, now() - begin, status };
	}
	return NULL;
}

int main(int argc, char **argv)
{
	struct load load = { .address = { .sin_family = AF_INET } };
	pthread_t threads[64];
	char header[512] = "";
	int concurrency;

	if (argc < 9 || argc > 10 || (concurrency = atoi(argv[2])) < 1 || concurrency > 64) {
		fprintf(stderr, "usage: load PORT CONCURRENCY SECONDS LEAST METHOD PREFIX FIRST "
		                "COUNT [HEADER]\n");
		return EXIT_FAILURE;
	}
	load.address.sin_port = htons((in_port_t)atoi(argv[1]));
	load.address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	load.least = atol(argv[4]);
	load.method = argv[5];
	load.prefix = argv[6];
	load.first = atol(argv[7]);
	load.count = atol(argv[8]);
	if (argc == 10)
		snprintf(header, sizeof header, "%s\r\n", argv[9]);
	load.header = header;
	load.samples = calloc((size_t)load.count, sizeof *load.samples);
	load.start = now();
	load.end = load.start + (long long)(atof(argv[3]) * 1e6);
	load.latest_end = load.start + 3 * (load.end - load.start);
	for (int i = 0; i < concurrency; i++)
		if (pthread_create(&threads[i], NULL, run, &load) != 0)
			return EXIT_FAILURE;
	for (int i = 0; i < concurrency; i++)
		pthread_join(threads[i], NULL);
	for (long i = 0; i < load.count && load.samples[i].begin; i++)
		printf("%lld %lld %d\n", load.samples[i].begin - load.start,
		       load.samples[i].duration, load.samples[i].status);
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
