/* SPDX-License-Identifier: ISC */
/* The log: METHOD|ID|USER|URL|SQLSTATE|CAUSE|NOTICE, whatever they are, make one plain line. */
#include "config.h"

#include "audit.h"
#include "fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

enum { LONGEST = 4096 }; /* what a pipe takes at once */

/* Has the line written to memory. Returns its length. */
static size_t write_line(const struct audit *audit, enum outcome outcome, char line[LONGEST + 2])
{
	int memory = memfd_create("line", MFD_CLOEXEC);
	int copy = dup(STDERR_FILENO);
	ssize_t length;

	must(memory >= 0 && copy >= 0 && dup2(memory, STDERR_FILENO) >= 0);
	audit_write(audit, outcome);
	dup2(copy, STDERR_FILENO);
	close(copy);
	length = pread(memory, line, LONGEST + 1, 0);
	close(memory);
	must(length > 0);
	line[length] = '\0';
	return (size_t)length;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum { METHOD, ID, USER, URL, SQLSTATE, CAUSE, NOTICE, TEXTS };
	enum outcome outcome = (enum outcome)(1 + size % (OUTCOMES - 1));
	char *texts[TEXTS], line[LONGEST + 2];
	size_t length, quotes = 2 /* around the outcome */;
	struct audit audit = { .start = audit_clock() };

	for (int i = 0; i < TEXTS; i++) {
		texts[i] = fuzz_text(&data, &size, '|');
		quotes += texts[i][0] && (i != NOTICE || texts[i][0] != '\n') ? 2 : 0;
	}
	audit.method = texts[METHOD], audit.id = texts[ID], audit.user = texts[USER];
	snprintf(audit.url, sizeof audit.url, "%s", texts[URL]);
	snprintf(audit.sqlstate, sizeof audit.sqlstate, "%s", texts[SQLSTATE]);
	audit_cause(&audit, "%s", texts[CAUSE]);
	audit_notice(&audit, texts[NOTICE]);
	length = write_line(&audit, outcome, line);
	must(length <= LONGEST && strlen(line) == length);
	must(strncmp(line, "imagenes: ", 10) == 0 && strchr(line, '\n') == line + length - 1);
	for (size_t i = 0; i < length; i++) {
		must(i == length - 1 || (line[i] >= ' ' && line[i] <= '~'));
		quotes -= line[i] == '"';
	}
	must(quotes == 0); /* none ends a value but its own */
	for (int i = 0; i < TEXTS; i++)
		free(texts[i]);
	return 0;
}
