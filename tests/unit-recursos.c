/* SPDX-License-Identifier: ISC */
/* Which urls name a file of ours. */
#include "config.h"

#include "recursos.h"
#include "tap.h"

#include <string.h>

static const struct {
	const char *url;
	enum recursos_url kind;
} cases[] = {
	{ "/recursos/imagenes/productos/Hoodie Basic Blanco.webp", RECURSOS_OURS },
	{ "/recursos/a", RECURSOS_OURS },
	{ "/recursos/...", RECURSOS_OURS },
	{ "/recursos/.oculto", RECURSOS_OURS },
	{ "/recursos/.a/a./b.", RECURSOS_OURS },
	{ "/recursos/a..b/c", RECURSOS_OURS },
	{ "/recursos/a/..b", RECURSOS_OURS },
	{ "/recursos/a\\..\\b", RECURSOS_OURS },
	{ "/recursos/%2e%2e/%2Fetc", RECURSOS_OURS },
	{ "/recursos/a\nb", RECURSOS_OURS },
	{ "/recursos/http://x", RECURSOS_NOT_OURS }, /* an empty segment */
	{ "/recursos/a?v=2", RECURSOS_OURS },
	{ "/recursos/removal-7", RECURSOS_OURS },
	{ "", RECURSOS_NOT_OURS },
	{ ".", RECURSOS_NOT_OURS },
	{ "/", RECURSOS_NOT_OURS },
	{ "/recursos", RECURSOS_NOT_OURS },
	{ "/recursos/", RECURSOS_NOT_OURS },
	{ "/recursos//", RECURSOS_NOT_OURS },
	{ "/recursos//a", RECURSOS_NOT_OURS },
	{ "/recursos/a/", RECURSOS_NOT_OURS },
	{ "/recursos/a//b", RECURSOS_NOT_OURS },
	{ "/recursos/.", RECURSOS_NOT_OURS },
	{ "/recursos/..", RECURSOS_NOT_OURS },
	{ "/recursos/a/.", RECURSOS_NOT_OURS },
	{ "/recursos/a/..", RECURSOS_NOT_OURS },
	{ "/recursos/a/../b", RECURSOS_NOT_OURS },
	{ "/recursos/../../etc/passwd", RECURSOS_NOT_OURS },
	{ "/recursos/./a", RECURSOS_NOT_OURS },
	{ "/recursos/a/.removal-7/a", RECURSOS_NOT_OURS },
	{ "/recursos/.removal-7", RECURSOS_NOT_OURS },
	{ "/recursosX/a", RECURSOS_NOT_OURS },
	{ "/Recursos/a", RECURSOS_NOT_OURS },
	{ "recursos/a", RECURSOS_NOT_OURS },
	{ " /recursos/a", RECURSOS_NOT_OURS },
	{ "/etc/passwd", RECURSOS_NOT_OURS },
	{ "\\recursos\\a", RECURSOS_NOT_OURS },
	{ "../recursos/a", RECURSOS_NOT_OURS },
	{ "file:/recursos/a", RECURSOS_NOT_OURS },
	{ "data:image/png;base64,AAAA", RECURSOS_NOT_OURS },
	{ "://x", RECURSOS_NOT_OURS },
	{ "file:///recursos/a", RECURSOS_EXTERNAL },
	{ "https://cdn.example.com/recursos/a", RECURSOS_EXTERNAL },
	{ "HTTP://cdn.example.com/a", RECURSOS_EXTERNAL },
	{ "s3+eu://bucket/a", RECURSOS_EXTERNAL },
	{ "//cdn.example.com/recursos/a", RECURSOS_EXTERNAL },
};

static const struct {
	const char *name;
	bool stage;
	int32_t id;
	const char *original;
} names[] = {
	{ ".removal-7", true, 7, "" },
	{ ".removal-2147483647", true, INT32_MAX, "" },
	{ ".removal-2147483648", true, 0, "" },
	{ ".removal-99999999999999999999", true, 0, "" },
	{ ".removal-0", true, 0, "" },
	{ ".removal--7", true, 0, "" },
	{ ".removal-007", true, 0, "" },
	{ ".removal- 7", true, 0, "" },
	{ ".removal-+7", true, 0, "" },
	{ ".removal-7x", true, 0, "" },
	{ ".removal-", true, 0, "" },
	{ ".removal", false, 0, "" },
	{ "removal-7", false, 0, "" },
	{ ".removal-7-a.webp", true, 7, "a.webp" },
	{ ".removal-2147483647-7", true, INT32_MAX, "7" },
	{ ".removal-7--", true, 7, "-" },
	{ ".removal-7-", true, 0, "" },
	{ ".removal-0-a", true, 0, "" },
	{ ".removal-07-a", true, 0, "" },
	{ ".removal-2147483648-a", true, 0, "" },
	{ ".removal-7 -a", true, 0, "" },
};

static bool is_known(size_t i)
{
	int32_t id = -1;
	const char *original = NULL;

	return recursos_is_stage(names[i].name, &id, &original) == names[i].stage &&
	       id == names[i].id && strcmp(original, names[i].original) == 0;
}

int main(void)
{
	struct tap tap = { 0 };

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char what[80];

		snprintf(what, sizeof what, "url %zu is %s", i + 1,
		         cases[i].kind == RECURSOS_OURS       ? "ours"
		         : cases[i].kind == RECURSOS_EXTERNAL ? "external"
		                                              : "not ours");
		tap_ok(&tap, recursos_classify(cases[i].url) == cases[i].kind, what);
	}
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		tap_ok(&tap, is_known(i), names[i].name);
	return tap_done(&tap);
}
