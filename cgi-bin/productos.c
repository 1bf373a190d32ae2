/* SPDX-License-Identifier: ISC */
/* GET, PUT and DELETE of /api/v1/admin/productos over CGI: how the shop's panel removes images. */
#include "config.h"

#include "base/usage.h"
#include "product_form.h"
#include "productos_answers.h"
#include "shop/product.h"
#include "web/body.h"
#include "web/exchange.h"
#include "web/row_json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char endpoint[] = "/api/v1/admin/productos";

/* A request, and what its answer will have in it. */
struct task {
	struct exchange exchange;
	enum productos_request request;
	char *body; /* of a save */
	size_t body_length;
	struct product_form form;
	struct product product;
	FILE *out; /* the body of an answer that has more than words */
	char detalle[160];
};

/* --- what is asked --- */

/* Which request a method is, of one product or of all. Returns OUTCOME_SUCCESS if there is one. */
static enum outcome read_method(struct task *task, const char *method)
{
	bool all = !*task->exchange.request.segment;

	task->request = all ? PRODUCTOS_LIST : PRODUCTOS_READ;
	if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0)
		return OUTCOME_SUCCESS;
	if (strcmp(method, "OPTIONS") == 0)
		return OUTCOME_OPTIONS;
	if (!all && strcmp(method, "PUT") == 0)
		task->request = PRODUCTOS_SAVE;
	else if (!all && strcmp(method, "DELETE") == 0)
		task->request = PRODUCTOS_REMOVE;
	else
		return OUTCOME_METHOD_NOT_ALLOWED;
	return OUTCOME_SUCCESS;
}

/* Only a save has a body that is of interest. */
static enum outcome read_body(struct task *task)
{
	const struct request *request = &task->exchange.request;
	int most = task->exchange.settings.max_body;
	long long until = budget_deadline(&task->exchange.budget, 25);

	if (task->request != PRODUCTOS_SAVE)
		return body_discard(request->content_length, most, until);
	return body_read(request->content_length, most, until, &task->body, &task->body_length);
}

/* --- what is done --- */

static enum outcome report(struct task *task, const char *call)
{
	diagnosis_cause(&task->exchange.diagnosis, "%s: %s", call, strerror(errno));
	return OUTCOME_OUT_OF_MEMORY;
}

static bool write_row(struct task *task, size_t row)
{
	struct product *product = &task->product;

	return product_row(product, row) &&
	       row_json_write(task->out, product->values, product->value_count);
}

/* Reads and writes the next page of the list. */
static enum outcome write_page(struct task *task, const char *separator)
{
	enum outcome outcome = product_list(&task->product);

	for (size_t row = 0; outcome == OUTCOME_SUCCESS && row < task->product.row_count; row++) {
		fputs(row == 0 ? separator : ",", task->out);
		if (!write_row(task, row))
			return report(task, "list");
	}
	return outcome;
}

/* Writes the list to a file, so that it takes no memory, however long it is. */
static enum outcome list(struct task *task)
{
	enum outcome outcome;

	task->out = tmpfile();
	if (!task->out)
		return report(task, "tmpfile");
	fputc('[', task->out);
	outcome = write_page(task, "");
	while (outcome == OUTCOME_SUCCESS && task->product.row_count == PRODUCT_PAGE)
		outcome = write_page(task, ",");
	fputc(']', task->out);
	return outcome;
}

/* For a caller who may: the product's row is then what the answer shows. */
static enum outcome perform(struct task *task)
{
	struct product *product = &task->product;
	struct request *request = &task->exchange.request;
	enum outcome outcome =
		task->request == PRODUCTOS_LIST ? OUTCOME_SUCCESS : request_id(request);

	if (outcome == OUTCOME_SUCCESS && task->request == PRODUCTOS_SAVE)
		outcome = request_is_json(request)
		                  ? product_form_read(&task->form, task->body, task->body_length)
		                  : OUTCOME_TYPE_UNSUPPORTED;
	if (outcome == OUTCOME_SUCCESS)
		outcome = product_open(product);
	if (outcome != OUTCOME_SUCCESS)
		return outcome;
	switch (task->request) {
	case PRODUCTOS_LIST:
		return list(task);
	case PRODUCTOS_READ:
		return product_read(product, request->id);
	case PRODUCTOS_SAVE:
		return product_save(product, request->id, &task->form.changes);
	default:
		return product_remove(product, request->id);
	}
}

static enum outcome handle(struct task *task)
{
	struct exchange *exchange = &task->exchange;
	struct removal *removal = &task->product.removal;
	enum outcome method = read_method(
		task, request_method(&exchange->request, exchange->settings.method_override));
	enum outcome outcome = exchange_admit(exchange, method, read_body(task));

	removal->settings = &exchange->settings;
	removal->budget = &exchange->budget;
	removal->diagnosis = &exchange->diagnosis;
	removal->caller = session_caller(&exchange->session);
	row_json_set_time_zone(exchange->settings.time_zone);
	return outcome == OUTCOME_SUCCESS ? perform(task) : outcome;
}

/* --- what is answered --- */

/* The answer's words, with the name of the field that they speak of. */
static struct answer make_answer(struct task *task, enum outcome outcome)
{
	struct answer answer = *productos_answer(task->request, outcome);
	const char *field = task->form.field ? task->form.field : task->product.field;

	if (answer.detalle && strstr(answer.detalle, "%s")) {
		const char *rest = strstr(answer.detalle, "%s");

		snprintf(task->detalle, sizeof task->detalle, "%.*s%s%s",
		         (int)(rest - answer.detalle), answer.detalle, field, rest + strlen("%s"));
		answer.detalle = task->detalle;
	}
	return answer;
}

/* Writes the body of an answer with a product: its row, and the words, if there are any. */
static bool write_body(struct task *task, const struct answer *answer)
{
	bool alone = task->request == PRODUCTOS_READ;
	bool in_array = task->request == PRODUCTOS_REMOVE;
	bool good;

	if (!alone)
		fprintf(task->out, "{\"mensaje\":\"%s\",\"producto\":%s", answer->mensaje,
		        in_array ? "[" : "");
	good = write_row(task, 0);
	if (in_array)
		fputc(']', task->out);
	if (answer->detalle)
		fprintf(task->out, ",\"detalle\":\"%s\"", answer->detalle);
	if (!alone)
		fputc('}', task->out);
	return good && fflush(task->out) == 0 && !ferror(task->out);
}

static int send_product(struct task *task, const struct answer *answer)
{
	char *text = NULL;
	size_t length = 0;
	int sent = -1;

	task->out = open_memstream(&text, &length);
	if (task->out && write_body(task, answer))
		sent = response_send_text(answer, text, length, task->exchange.request.head);
	if (task->out)
		fclose(task->out);
	free(text);
	return sent;
}

static int send_list(struct task *task, const struct answer *answer)
{
	int sent = response_send_file(answer, fileno(task->out), task->exchange.request.head);

	fclose(task->out);
	return sent;
}

/* Which images have gone. */
static void log_images(struct task *task)
{
	const struct removal *removal = &task->product.removal;

	for (size_t i = 0; i < removal->count; i++)
		log_add_url(&task->exchange.line, removal->records[i].url);
}

static int send_answer(struct task *task, enum outcome outcome)
{
	bool listed = outcome == OUTCOME_SUCCESS && task->request == PRODUCTOS_LIST;
	struct answer answer;
	int sent;

	if (listed && (fflush(task->out) != 0 || ferror(task->out))) {
		outcome = report(task, "write to a temporary file");
		listed = false;
	}
	answer = make_answer(task, outcome);
	if (response_status(&answer) == 200)
		log_images(task);
	exchange_log(&task->exchange, &answer);
	if (listed)
		sent = send_list(task, &answer);
	else if (task->product.row_count > 0 && response_status(&answer) == 200)
		sent = send_product(task, &answer);
	else
		sent = response_send(&answer, task->exchange.request.head);
	return sent;
}

static const char help[] =
	"Usage: productos [OPTION]\n"
	"Answers GET, PUT and DELETE of /api/v1/admin/productos over CGI: how the shop's\n"
	"panel lists, saves and removes products. A web server starts it for each request.\n"
	"\n"
	"  -h, --help     print this\n"
	"  -V, --version  print the version\n"
	"\n"
	"Exit status: 0 if the answer was sent, 1 if not, 2 if the command line is wrong.\n"
	"The manual page productos(8) says more.\n";

static const struct usage usage = {
	.program = "productos",
	.help = help,
	.wrong = 2,
	.unprinted = EXIT_FAILURE,
};

int main(int argc, char **argv)
{
	struct task task = { .request = PRODUCTOS_READ };
	int sent;

	if (!usage_is_request())
		usage_answer(&usage, argc, argv);
	if (exchange_open(&task.exchange, endpoint) != 0)
		return EXIT_FAILURE;
	task.product.removal.recursos = -1;
	sent = send_answer(&task, handle(&task));
	product_close(&task.product);
	product_form_release(&task.form);
	free(task.body);
	return exchange_release(&task.exchange, sent);
}
