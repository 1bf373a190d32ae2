/* SPDX-License-Identifier: ISC */
/* The log: METHOD|ID|USER|URL|SQLSTATE|CAUSE|NOTICE, whatever they are, make one plain line. */
#include "config.h"

#include "base/clock.h"
#include "fuzz.h"
#include "imagenes_answers.h"
#include "web/log.h"

#include <sys/mman.h>
#include <unistd.h>

enum { LONGEST = 4096 }; /* what a pipe takes at once */

/* Writes the line to memory. Returns its length. */
static size_t write_line(const struct log_line *line, const struct diagnosis *diagnosis,
                         const struct answer *answer, char text[LONGEST + 2])
{
	int memory = memfd_create("line", MFD_CLOEXEC);
	int copy = dup(STDERR_FILENO);
	ssize_t length;

	must(memory >= 0 && copy >= 0 && dup2(memory, STDERR_FILENO) >= 0);
	log_write(line, diagnosis, answer);
	dup2(copy, STDERR_FILENO);
	close(copy);
	length = pread(memory, text, LONGEST + 1, 0);
	close(memory);
	must(length > 0);
	text[length] = '\0';
	return (size_t)length;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum { METHOD, ID, USER, URL, SQLSTATE, CAUSE, NOTICE, TEXTS };
	const struct answer *answer = imagenes_answer((enum outcome)(size % OUTCOME_OUT_OF_MEMORY));
	char *texts[TEXTS], line[LONGEST + 2];
	size_t length, first, quotes = 2 /* around the outcome */;
	struct log_line facts = { .program = "imagenes", .start = clock_now() };
	struct diagnosis diagnosis = { .cause = "" };

	for (int i = 0; i < TEXTS; i++) {
		texts[i] = fuzz_text(&data, &size, '|');
		quotes += texts[i][0] && (i != NOTICE || texts[i][0] != '\n') ? 2 : 0;
	}
	facts.method = texts[METHOD], facts.id = texts[ID], facts.user = texts[USER];
	log_add_url(&facts, texts[URL]);
	first = facts.urls_length;
	log_add_url(&facts, texts[URL]);
	quotes += facts.urls_length > first ? 2 : 0;
	snprintf(diagnosis.sqlstate, sizeof diagnosis.sqlstate, "%s", texts[SQLSTATE]);
	diagnosis_cause(&diagnosis, "%s", texts[CAUSE]);
	diagnosis_notice(&diagnosis, texts[NOTICE]);
	length = write_line(&facts, &diagnosis, answer, line);
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
