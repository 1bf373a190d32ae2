/* SPDX-License-Identifier: ISC */
/*
 * Preload this (ld.so(8), LD_PRELOAD): the FAIL_ALLOC-th allocation of the program fails, and with
 * FAIL_ALLOC_ON all later ones, too, including those of libpq, json-c and libc. FAIL_ALLOC_REPORT
 * is a file whose first byte becomes 1 when an allocation has failed. Counts from main() on: what
 * the libraries' constructors do is not ours.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* glibc's own: dlsym(3) would allocate. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);

typedef int program(int, char **, char **);
typedef int start(program *main, int argc, char **argv, void (*init)(void), void (*fini)(void),
                  void (*at_exit)(void), void *stack);
start __libc_start_main;

static program *program_main;
static long countdown; /* 0: nothing is to fail (yet) */
static bool for_good;
static char *report;

static bool fails(void)
{
	if (countdown == 0 || --countdown > 0)
		return false;
	countdown = for_good;
	if (report)
		*report = '1';
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
	return fails() ? NULL : __libc_realloc(memory, size);
}

/*
 * Mapped, because the program closes descriptors that it does not know, and may not be able to
 * write later.
 */
static char *map_report(const char *path)
{
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *memory = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	close(fd);
	return memory == MAP_FAILED ? NULL : memory;
}

static int counted_main(int argc, char **argv, char **environment)
{
	const char *number = getenv("FAIL_ALLOC");

	report = map_report(getenv("FAIL_ALLOC_REPORT"));
	for_good = getenv("FAIL_ALLOC_ON") != NULL;
	countdown = number ? atol(number) : 0;
	return program_main(argc, argv, environment);
}

/* The program's start code calls this with its main(). */
int __libc_start_main(program *main, int argc, char **argv, void (*init)(void), void (*fini)(void),
                      void (*at_exit)(void), void *stack)
{
	start *real = NULL;

	*(void **)&real = dlsym(RTLD_NEXT, "__libc_start_main");
	program_main = main;
	return real(counted_main, argc, argv, init, fini, at_exit, stack);
}
