/* SPDX-License-Identifier: ISC */
/* The end of the output, which Apache must not see before the end of the process. */
#ifndef LINGER_H
#define LINGER_H

/*
 * Starts a process that holds the output open until this one is dead, and then ends; after a
 * second, it ends in any case. To be called last, when everything is written and closed: what is
 * still open stays open as long. If there can be no such process, or it would be left a zombie,
 * nothing happens.
 */
void linger(void);

#endif
