/* SPDX-License-Identifier: ISC */
/* How long an age is, in each unit, and which texts are not ages. */
#include "config.h"

#include "base/settings.h"
#include "../lib/tap.h"

static const struct {
	const char *text;
	time_t seconds; /* -1: it is not an age */
} ages[] = {
	{ "0s", 0 },
	{ "1s", 1 },
	{ "90s", 90 },
	{ "1m", 60 },
	{ "2m", 120 },
	{ "1h", 3600 },
	{ "1d", 24 * 3600 },
	{ "30d", 30 * 24 * 3600 },
	{ "1w", 7 * 24 * 3600 },
	{ "007d", 7 * 24 * 3600 },
	{ "100000w", (time_t)100000 * 7 * 24 * 3600 },
	{ "100001s", -1 },
	{ "99999999999999999999s", -1 },
	{ "", -1 },
	{ "s", -1 },
	{ "7", -1 },
	{ "7y", -1 },
	{ "7dd", -1 },
	{ "7d ", -1 },
	{ " 7d", -1 },
	{ "+7d", -1 },
	{ "-7d", -1 },
	{ "7D", -1 },
	{ "1.5d", -1 },
};

int main(void)
{
	struct tap tap = { 0 };

	for (size_t i = 0; i < sizeof ages / sizeof *ages; i++)
		tap_ok(&tap, settings_parse_age(ages[i].text) == ages[i].seconds, ages[i].text);
	return tap_done(&tap);
}
