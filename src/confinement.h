/* SPDX-License-Identifier: ISC */
/* What the process may rely on, and what it may not do. */
#ifndef CONFINEMENT_H
#define CONFINEMENT_H

#include <stdbool.h>

/*
 * Closes every descriptor above 2, which the server may have leaked; makes the
 * three standard descriptors exist, so that no file or socket opened
 * later can be taken for one; ignores SIGPIPE, which mod_cgi ignores and other
 * servers do not; sets the umask; leaves no core, which would hold secrets; gives
 * up ever gaining privileges (prctl(2), PR_SET_NO_NEW_PRIVS). Returns 0, or -1
 * where descriptors 0 to 2 cannot be had.
 */
int confinement_enter(void);

/*
 * Ends the process, unanswered, after so many milliseconds (alarm(2), so in
 * whole seconds, rounded up). For what no deadline of ours reaches: a name
 * server, a file server. The removal survives it as it survives any crash.
 */
void confinement_limit_time(int milliseconds);

/*
 * From here on the kernel lets this process remove, rename, make or write files
 * beneath this directory only (landlock(7)); reading stays as it was. Returns
 * whether the kernel could: Linux 5.19 or later with Landlock enabled. Where it
 * could not, nothing has changed.
 */
bool confinement_beneath(int directory);

#endif
