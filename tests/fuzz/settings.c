/* SPDX-License-Identifier: ISC */
/* The settings' file: usable settings are within their bounds, and no complaint quotes a secret. */
#include "config.h"

#include "fuzz.h"
#include "base/settings.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char secret[] = "secreto"; /* the seeds' password */
/* The settings' file is in memory, and the environment sets nothing else. */
static void write_file(const uint8_t *data, size_t size)
{
	static int file = -1;

	if (file < 0) {
		char path[40];

		file = memfd_create("settings", 0);
		must(file >= 0 && fchmod(file, S_IRUSR | S_IWUSR) == 0 && clearenv() == 0);
		snprintf(path, sizeof path, "/proc/self/fd/%d", file);
		must(setenv("BALSAMOA_CONFIG", path, 1) == 0);
	}
	must(ftruncate(file, 0) == 0 && pwrite(file, data, size, 0) == (ssize_t)size);
}

/* Whether the word is in the value of this key, and nowhere else in the file. */
static bool is_secret(const char *text, const struct settings *settings, const char *key)
{
	const char *at = strstr(text, secret);
	json_object *value;

	return at && !strstr(at + 1, secret) &&
	       json_object_object_get_ex(settings->document, key, &value) &&
	       json_object_get_string(value) && strstr(json_object_get_string(value), secret);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct diagnosis diagnosis = { .cause = "" };
	struct settings settings;
	int status;
	char *text;

	write_file(data, size);
	status = settings_load(&settings, &diagnosis);
	must((status == 0) == (diagnosis.cause[0] == '\0'));
	/* These hold for a refusal, too. */
	must(settings.timeout >= 3000 && settings.timeout <= 60000);
	must(settings.max_body >= 0 && settings.max_body <= 16 << 20);
	must(status != 0 || (settings.auth != AUTH_UNSET && settings.public_root[0] == '/'));
	must(status != 0 || settings.auth != AUTH_SESSION || settings.jwt_secret);
	text = fuzz_text(&data, &size, '\0');
	if (is_secret(text, &settings, "database") || is_secret(text, &settings, "jwt_secret"))
		must(!strstr(diagnosis.cause, secret));
	free(text);
	settings_release(&settings);
	return 0;
}
