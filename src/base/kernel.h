/* SPDX-License-Identifier: ISC */
/* Calls of the kernel's that not every C library has a function for (musl has not). */
#ifndef KERNEL_H
#define KERNEL_H

#include <sys/types.h>

/*
 * renameat2(2) with RENAME_NOREPLACE: EEXIST rather than replace an entry. EINVAL: the file system
 * cannot do that; ENOSYS: the kernel cannot.
 */
int kernel_rename_noreplace(int from_directory, const char *from, int to_directory, const char *to);

/*
 * Closes this descriptor and all above it, as closefrom(3) does. Returns 0, or -1 if the kernel
 * has no close_range(2) (Linux 5.9) and does not list the descriptors in /proc either.
 */
int kernel_close_from(int first);

/* pidfd_open(2), a descriptor to poll for the death of a process. ENOSYS: before Linux 5.3. */
int kernel_pidfd_open(pid_t process);

#endif
