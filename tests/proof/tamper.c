/* SPDX-License-Identifier: ISC */
/*
 * tamper [-aces] [-f CALL:ERROR]... REPORT N ACTION COMMAND...
 *
 * Runs COMMAND and tampers with its Nth system call, counted from the one that our main()
 * begins with (-a: from the first after execve(2)) to the write to standard output (-e: to the
 * end); N may be a name, for its first. Unlike strace(1) it counts all calls together, so N = 1,
 * 2, … reaches every call once, in program order. With -c, it counts and tampers with the calls of
 * the process that COMMAND starts, not with COMMAND's own. ACTION is one of
 *   kill        SIGKILL where the call would begin
 *   kill-after  SIGKILL where it has ended
 *   fail:K      the call is not made and fails with the Kth error that it can have
 *   fail-on:K   so do all later calls of its name, where trying again cannot help
 *   lie:K       the call, if it changes a directory, is made and reported as failed, as NFS
 *               does after a lost reply
 *   short       the call transfers one byte
 *   pause:FIFO  the call waits until FIFO has been opened and closed by a writer
 *   step:FIFO   so does each call, from the Nth on, by which others see something change: a message
 *               to the server, a changed directory, an fsync; REPORT gets a line each time
 * With -s, COMMAND's standard output is a socket, as under Apache's mod_cgid, and what was
 * written to it is written to ours at the end. -f CALL:ERROR makes every CALL fail, besides.
 * REPORT gets one line: the call's number, its name and what was done to it; or nothing where
 * COMMAND ended first.
 * Exit status: COMMAND's, also with -c; 77: ptrace(2) is refused.
 */
#include "config.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 8, NOT_PERMITTED = 77 };

struct error {
	const char *name;
	int number;
};

struct call {
	long number;
	const char *name;
	const char *errors; /* the ones it can have: its manual page, and what NFS adds */
};

/* clang-format off */
#define ERROR(name) { #name, name }
static const struct error errors[] = {
	ERROR(E2BIG), ERROR(EACCES), ERROR(EAGAIN), ERROR(EBUSY), ERROR(ECONNREFUSED), ERROR(ECONNRESET),
	ERROR(EDQUOT), ERROR(EEXIST), ERROR(EFBIG), ERROR(EINTR), ERROR(EINVAL), ERROR(EIO),
	ERROR(EISDIR), ERROR(ELOOP), ERROR(EMFILE), ERROR(EMLINK), ERROR(ENFILE), ERROR(ENOBUFS),
	ERROR(ENOENT), ERROR(ENOMEM), ERROR(ENOSPC), ERROR(ENOSYS), ERROR(ENOTDIR),
	ERROR(ENOTEMPTY), ERROR(EOPNOTSUPP), ERROR(EPERM), ERROR(EPIPE), ERROR(EROFS), ERROR(ESTALE),
	ERROR(ETIMEDOUT), ERROR(EXDEV), { "EOF", 0 },
};

static const struct call calls[] = {
	{ SYS_openat, "openat", "EACCES ENOENT ENOTDIR ELOOP EMFILE ENFILE ENOMEM EIO EINTR ESTALE" },
#ifdef SYS_open
	{ SYS_open, "open", "EACCES ENOENT EMFILE ENFILE ENOMEM EIO EINTR" },
#endif
#ifdef SYS_newfstatat
	{ SYS_newfstatat, "newfstatat", "EACCES ENOENT ENOTDIR ELOOP ENOMEM EIO ESTALE" },
#endif
	{ SYS_statx, "statx", "EACCES ENOENT ENOTDIR ELOOP ENOMEM EIO ESTALE" },
	{ SYS_fstat, "fstat", "ENOMEM EIO ESTALE" },
	{ SYS_getdents64, "getdents64", "EIO ESTALE" },
	{ SYS_fcntl, "fcntl", "EMFILE EACCES EINTR" },
	{ SYS_mkdirat, "mkdirat", "EACCES EPERM EEXIST ENOENT ENOSPC EDQUOT EROFS EMLINK EIO ESTALE" },
#ifdef SYS_renameat
	{ SYS_renameat, "renameat", "EACCES EPERM ENOENT EXDEV EROFS ENOSPC EDQUOT EBUSY ENOMEM EIO"
	                            " EINTR ESTALE" },
#endif
	{ SYS_renameat2, "renameat2", "EACCES EPERM EEXIST ENOENT EINVAL ENOSYS EXDEV EROFS ENOSPC"
	                              " EDQUOT EBUSY ENOMEM EIO EINTR ESTALE" },
	{ SYS_linkat, "linkat", "EACCES EPERM EEXIST ENOENT EMLINK EXDEV EROFS ENOSPC EDQUOT EIO"
	                        " ESTALE" },
	{ SYS_unlinkat, "unlinkat", "EACCES EPERM ENOENT EROFS EBUSY EISDIR ENOTDIR ENOTEMPTY ENOMEM"
	                            " EIO EINTR ESTALE" },
	{ SYS_fsync, "fsync", "EIO ENOSPC EDQUOT EROFS EINVAL EINTR" },
	{ SYS_close, "close", "EIO EINTR ENOSPC EDQUOT" },
	{ SYS_read, "read", "EIO EINTR EISDIR EOF" },
	{ SYS_write, "write", "EPIPE EIO ENOSPC EDQUOT EFBIG EAGAIN EINTR" },
	{ SYS_lseek, "lseek", "EINVAL" },
	{ SYS_socket, "socket", "EACCES EMFILE ENFILE ENOBUFS ENOMEM" },
	{ SYS_connect, "connect", "ECONNREFUSED ENOENT EACCES EAGAIN EINTR ECONNRESET ETIMEDOUT" },
	{ SYS_getsockopt, "getsockopt", "ENOBUFS ENOMEM" },
	{ SYS_getsockname, "getsockname", "ENOBUFS ENOMEM" },
	{ SYS_setsockopt, "setsockopt", "ENOMEM" },
	{ SYS_sendto, "sendto", "EPIPE ECONNRESET ETIMEDOUT EINTR EAGAIN ENOMEM" },
	{ SYS_recvfrom, "recvfrom", "ECONNRESET ETIMEDOUT EINTR EAGAIN ENOMEM EIO EOF" },
#ifdef SYS_poll
	{ SYS_poll, "poll", "EINTR ENOMEM" },
#endif
	{ SYS_ppoll, "ppoll", "EINTR ENOMEM" },
	{ SYS_getrandom, "getrandom", "EAGAIN EINTR ENOSYS" },
	{ SYS_setrlimit, "setrlimit", "EPERM" },
	{ SYS_prlimit64, "prlimit64", "EPERM" },
	{ SYS_prctl, "prctl", "EINVAL" },
#ifdef SYS_landlock_create_ruleset
	{ SYS_landlock_create_ruleset, "landlock_create_ruleset", "ENOSYS EOPNOTSUPP EMFILE ENOMEM" },
	{ SYS_landlock_add_rule, "landlock_add_rule", "ENOMEM EPERM" },
	{ SYS_landlock_restrict_self, "landlock_restrict_self", "EPERM E2BIG" },
#endif
	{ SYS_brk, "brk", "ENOMEM" },
	{ SYS_mmap, "mmap", "ENOMEM" },
#ifdef SYS_pidfd_open
	{ SYS_pidfd_open, "pidfd_open", "EMFILE ENFILE ENOMEM ENOSYS" },
#endif
	{ SYS_clone, "clone", "EAGAIN ENOMEM ENOSYS EPERM" },
};
/* clang-format on */

/* In the order of parse_action()'s names. */
enum action { KILL, KILL_AFTER, FAIL, FAIL_ON, LIE, SHORT, PAUSE, STEP };

struct plan {
	const char *report;
	long n;           /* 0: not known yet … */
	const char *name; /* … where it is given by name */
	enum action action;
	int k;
	const char *fifo;
	long always[MOST]; /* system calls that always fail, and with what */
	int always_error[MOST];
	size_t always_count;
	bool to_the_end; /* not only to the answer */
	bool of_child;
	bool to_socket;
	int output[2]; /* the socket: our end, and the command's */

	long count;    /* calls so far; -1: main() has not begun */
	bool answered; /* standard output has been written … */
	bool closed;   /* … and closed: its descriptor is another file's by now */
	bool kill;     /* at this call's end */
	bool forge;    /* this call's result */
	int error;     /* … the error to report */
};

static void die(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

static const struct call *call_of(long number)
{
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		if (calls[i].number == number)
			return &calls[i];
	return NULL;
}

/* The number of the error whose name begins text, up to a space; -1: no such name. */
static int error_of(const char *text)
{
	size_t length = strcspn(text, " ");

	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
		if (strlen(errors[i].name) == length && strncmp(errors[i].name, text, length) == 0)
			return errors[i].number;
	return -1;
}

/* The name of the Kth error of a call, counting from 1; NULL: it has fewer. */
static const char *kth_error(const struct call *call, int k)
{
	const char *word = call ? call->errors : "";

	while (--k > 0 && *word) {
		word += strcspn(word, " ");
		word += strspn(word, " ");
	}
	return *word ? word : NULL;
}

static void report(const struct plan *plan, const struct call *call, const char *what)
{
	FILE *file = fopen(plan->report, "w");

	if (!file)
		die(plan->report);
	if (what)
		fprintf(file, "%ld %s %.*s\n", plan->count, call ? call->name : "other",
		        (int)strcspn(what, " "), what);
	if (fclose(file) != 0)
		die(plan->report);
}

/* --- the registers --- */

/* Cancels the call under way; its result is set at its end. */
static void cancel(pid_t child)
{
#if defined __x86_64__
	struct user_regs_struct registers;

	ptrace(PTRACE_GETREGS, child, NULL, &registers);
	registers.orig_rax = (unsigned long long)-1;
	ptrace(PTRACE_SETREGS, child, NULL, &registers);
#elif defined __aarch64__
	int none = -1;
	struct iovec vector = { &none, sizeof none };

	ptrace(PTRACE_SETREGSET, child, NT_ARM_SYSCALL, &vector);
#else
#error "tamper knows no registers of this architecture"
#endif
}

/* Sets the result or, if third, the call's third argument, the length of a transfer. */
static void set_register(pid_t child, bool third, long value)
{
	struct user_regs_struct registers;
	struct iovec vector = { &registers, sizeof registers };

	ptrace(PTRACE_GETREGSET, child, NT_PRSTATUS, &vector);
#if defined __x86_64__
	*(third ? &registers.rdx : &registers.rax) = (unsigned long long)value;
#elif defined __aarch64__
	registers.regs[third ? 2 : 0] = (unsigned long long)value;
#endif
	ptrace(PTRACE_SETREGSET, child, NT_PRSTATUS, &vector);
}

/* --- the tampering --- */

static bool transfers(const struct call *call)
{
	return call && (call->number == SYS_read || call->number == SYS_write ||
	                call->number == SYS_sendto || call->number == SYS_recvfrom);
}

/*
 * Whether a call can fail like this only if it is made: close(2) closes whatever it says, and an
 * entry that unlink(2) does not find is gone.
 */
static bool has_to_be_made(long number, int error)
{
	return number == SYS_close || (number == SYS_unlinkat && error == ENOENT);
}

/* Ends a connection, because send(2) or recv(2) says that it is dead. */
static void end_connection(pid_t child, int fd)
{
	int process = (int)syscall(SYS_pidfd_open, child, 0);
	int copy = (int)syscall(SYS_pidfd_getfd, process, fd, 0);

	if (copy >= 0)
		shutdown(copy, SHUT_RDWR);
	close(copy);
	close(process);
}

static bool ends_connection(long number, int error)
{
	return (number == SYS_sendto || number == SYS_recvfrom) &&
	       (error == EPIPE || error == ECONNRESET || error == ETIMEDOUT || error == EIO ||
	        error == 0);
}

/* Makes the call that begins fail; if made, after it has been made. */
static void fail(struct plan *plan, pid_t child, const struct __ptrace_syscall_info *info,
                 int error, bool made)
{
	long number = (long)info->entry.nr;

	if (!made && !has_to_be_made(number, error))
		cancel(child);
	if (ends_connection(number, error))
		end_connection(child, (int)info->entry.args[0]);
	plan->forge = true;
	plan->error = error;
}

static bool changes_directory(long number)
{
#ifdef SYS_renameat
	if (number == SYS_renameat)
		return true;
#endif
	return number == SYS_mkdirat || number == SYS_renameat2 || number == SYS_linkat ||
	       number == SYS_unlinkat;
}

static bool is_step(long number)
{
	return number == SYS_sendto || number == SYS_fsync || changes_directory(number);
}

static void fail_kth(struct plan *plan, pid_t child, const struct __ptrace_syscall_info *info,
                     const struct call *call)
{
	const char *name = kth_error(call, plan->k);
	int error;

	if (name && plan->action == LIE && !changes_directory(call->number))
		name = NULL;
	report(plan, call, name ? name : "none");
	if (!name)
		return;
	error = error_of(name);
	fail(plan, child, info, error, plan->action == LIE);
	/* For these two, the remedy is to try again. */
	if (plan->action == FAIL_ON && error != EINTR && error != EAGAIN) {
		plan->always[plan->always_count] = call->number;
		plan->always_error[plan->always_count++] = error;
	}
}

static void pause_here(const struct plan *plan, const struct call *call)
{
	char byte;
	int fifo;

	report(plan, call, "paused");
	fifo = open(plan->fifo, O_RDONLY);
	while (fifo >= 0 && read(fifo, &byte, 1) > 0)
		;
	close(fifo);
}

/* The Nth call begins. */
static void act(struct plan *plan, pid_t child, const struct __ptrace_syscall_info *info)
{
	const struct call *call = call_of((long)info->entry.nr);

	switch (plan->action) {
	case KILL:
	case KILL_AFTER:
		report(plan, call, plan->action == KILL ? "killed" : "killed-after");
		plan->kill = true;
		if (plan->action == KILL)
			kill(child, SIGKILL);
		break;
	case SHORT:
		report(plan, call, transfers(call) ? "short" : "none");
		if (transfers(call))
			set_register(child, true, 1);
		break;
	case PAUSE:
	case STEP:
		pause_here(plan, call);
		break;
	default:
		fail_kth(plan, child, info, call);
	}
}

static void on_entry(struct plan *plan, pid_t child, const struct __ptrace_syscall_info *info)
{
	long number = (long)info->entry.nr;
	bool output = info->entry.args[0] == STDOUT_FILENO && !plan->closed;
	bool answers = output && number == SYS_write;

	plan->closed |= output && plan->answered && number == SYS_close;
	/* main() begins by closing descriptors that it should not have; the loader never does. */
	if (plan->count < 0 && number == SYS_close_range)
		plan->count = 0;
	if (plan->count < 0 || (plan->answered && !answers && !plan->to_the_end))
		return;
	plan->answered = answers;
	for (size_t i = 0; i < plan->always_count; i++)
		if (plan->always[i] == number)
			fail(plan, child, info, plan->always_error[i], false);
	plan->count++;
	if (plan->n == 0 && call_of(number) && strcmp(call_of(number)->name, plan->name) == 0)
		plan->n = plan->count;
	if (plan->count == plan->n ||
	    (plan->action == STEP && plan->count > plan->n && is_step(number)))
		act(plan, child, info);
}

static void on_exit_of_call(struct plan *plan, pid_t child)
{
	if (plan->kill)
		kill(child, SIGKILL);
	if (plan->forge)
		set_register(child, false, -plan->error);
	plan->forge = false;
}

static void on_call(struct plan *plan, pid_t child)
{
	struct __ptrace_syscall_info info = { 0 };

	ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof info, &info);
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		on_entry(plan, child, &info);
	else if (info.op == PTRACE_SYSCALL_INFO_EXIT)
		on_exit_of_call(plan, child);
}

/* A process has stopped. Returns the signal that it goes on with, or 0. */
static int on_stop(struct plan *plan, pid_t process, int status, pid_t *subject)
{
	bool new = *subject == 0 && status >> 8 == SIGSTOP;

	if (new) {
		*subject = process;
		plan->count = 0;
	} else if (WSTOPSIG(status) == (SIGTRAP | 0x80) && process == *subject) {
		on_call(plan, process);
	}
	return new || WSTOPSIG(status) == (SIGTRAP | 0x80) || status >> 16 ? 0 : WSTOPSIG(status);
}

/* Until all processes have ended. Returns the wait status that the command ended with. */
static int trace(struct plan *plan, pid_t command)
{
	pid_t process = command, subject = plan->of_child ? 0 : command;
	int deliver = 0, status, ended = 0;

	for (;;) {
		/* Fails where the process has just been killed; waitpid(2) then says so. */
		ptrace(PTRACE_SYSCALL, process, NULL, deliver);
		while ((process = waitpid(-1, &status, __WALL)) > 0 && !WIFSTOPPED(status))
			if (process == command)
				ended = status;
		if (process < 0 && errno == ECHILD)
			return ended;
		if (process < 0)
			die("waitpid");
		deliver = on_stop(plan, process, status, &subject);
	}
}

/* --- the command --- */

/* What is in the socket when nobody can write to it any more. */
static void copy_output(const struct plan *plan)
{
	char bytes[4096];
	ssize_t length;

	close(plan->output[1]);
	while ((length = read(plan->output[0], bytes, sizeof bytes)) > 0)
		if (write(STDOUT_FILENO, bytes, (size_t)length) != length)
			die("standard output");
}

static pid_t start(const struct plan *plan, char **command)
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL |
	                     (plan->of_child ? PTRACE_O_TRACEFORK : 0);
	pid_t child = fork();
	int status;

	if (child < 0)
		die("fork");
	if (child == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
			_exit(NOT_PERMITTED);
		if (plan->to_socket)
			dup2(plan->output[1], STDOUT_FILENO);
		execv(command[0], command);
		_exit(EXIT_FAILURE);
	}
	/* Stopped after execve(2), whose end is the first thing to be seen. */
	if (waitpid(child, &status, 0) < 0 || !WIFSTOPPED(status))
		exit(NOT_PERMITTED);
	if (ptrace(PTRACE_SETOPTIONS, child, NULL, options) != 0)
		exit(NOT_PERMITTED);
	return child;
}

static void parse_always(struct plan *plan, const char *text)
{
	size_t length = strcspn(text, ":");

	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
		if (strlen(calls[i].name) != length || strncmp(calls[i].name, text, length) != 0)
			continue;
		plan->always[plan->always_count] = calls[i].number;
		plan->always_error[plan->always_count++] = error_of(text + length + 1);
	}
}

static void parse_action(struct plan *plan, const char *text)
{
	static const char *const names[] = { "kill", "kill-after", "fail",  "fail-on",
		                             "lie",  "short",      "pause", "step" };
	size_t length = strcspn(text, ":");
	const char *argument = text[length] ? text + length + 1 : "";

	for (int action = KILL; action <= STEP; action++)
		if (strlen(names[action]) == length && strncmp(names[action], text, length) == 0)
			plan->action = (enum action)action;
	plan->k = (int)strtol(argument, NULL, 10);
	plan->fifo = argument;
}

int main(int argc, char **argv)
{
	struct plan plan = { .count = -1 };
	int option, status;

	while ((option = getopt(argc, argv, "+acesf:")) != -1) {
		if (option == 'a')
			plan.count = 0;
		else if (option == 'c')
			plan.of_child = true;
		else if (option == 'e')
			plan.to_the_end = true;
		else if (option == 's')
			plan.to_socket = true;
		else if (option == 'f' && plan.always_count < MOST - 1)
			parse_always(&plan, optarg);
		else
			return EXIT_FAILURE;
	}
	if (argc - optind < 4)
		return EXIT_FAILURE;
	/* The process that waits for a pause to end may be gone before it ends. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	plan.report = argv[optind];
	plan.name = argv[optind + 1];
	plan.n = strtol(plan.name, NULL, 10);
	parse_action(&plan, argv[optind + 2]);
	if (plan.to_socket && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, plan.output) != 0)
		die("socketpair");
	status = trace(&plan, start(&plan, argv + optind + 3));
	if (plan.to_socket)
		copy_output(&plan);
	if (plan.n == 0 || plan.count < plan.n)
		report(&plan, NULL, NULL);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
