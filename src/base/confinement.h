/* SPDX-License-Identifier: ISC */
/* What the process may rely on, and what it may not do. */
#ifndef CONFINEMENT_H
#define CONFINEMENT_H

#include <stdbool.h>

/*
 * - Closes every descriptor above 2, which the server may have leaked.
 * - Opens the three standard descriptors where they are missing, so that no file or socket that is
 *   opened later becomes one of them.
 * - Ignores SIGPIPE, which mod_cgi ignores and other servers do not.
 * - Raises the limit on open files as far as it may.
 * - Sets the umask, and forbids core dumps, which would hold secrets.
 * - Gives up ever gaining privileges (prctl(2), PR_SET_NO_NEW_PRIVS).
 *
 * Returns 0, or -1 if descriptors cannot be closed, or the standard ones cannot be opened.
 */
int confinement_enter(void);

/*
 * Kills the process without an answer after this many milliseconds (alarm(2): whole seconds,
 * rounded up). This is for waits that none of our deadlines ends: a name server, a file server. The
 * removal survives this as it survives any crash.
 */
void confinement_limit_time(int milliseconds);

/*
 * From here on, the kernel lets this process remove, rename and make files only beneath this
 * directory, and write to no file (landlock(7)). Reading stays as it was. Returns whether the
 * kernel can do this: it takes Linux 5.19 with Landlock enabled. If the kernel cannot, nothing
 * changes.
 */
bool confinement_beneath(int directory);

#endif
