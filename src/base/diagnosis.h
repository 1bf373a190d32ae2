/* SPDX-License-Identifier: ISC */
/*
 * What went wrong, in words for the operator. The program decides nothing by it. To try something
 * again, copy the diagnosis first, and restore the copy before the next attempt.
 */
#ifndef DIAGNOSIS_H
#define DIAGNOSIS_H

struct diagnosis {
	char cause[1024]; /* empty: nothing went wrong */
	char sqlstate[6]; /* of the first database error; empty: none */
	char notice[256]; /* what the server or a library had to say; empty: nothing */
};

/* Adds a cause; what does not fit is cut. */
void diagnosis_cause(struct diagnosis *diagnosis, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Adds a message's first line to the notices; what does not fit is cut. */
void diagnosis_notice(struct diagnosis *diagnosis, const char *message);

/*
 * Redirects standard error into memory. Pass what it returns to diagnosis_release_stderr(), which
 * gives standard error back and adds what was written meanwhile to the notices. If the redirection
 * fails, both do nothing: a foreign line in the log is better than no answer.
 */
int diagnosis_capture_stderr(void);
void diagnosis_release_stderr(struct diagnosis *diagnosis, int copy);

#endif
