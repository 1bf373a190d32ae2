/* SPDX-License-Identifier: ISC */
/* Which urls name a file of ours, in which spellings; which names are stages. */
#include "config.h"

#include "tap.h"
#include "url.h"

#include <string.h>

static const struct {
	const char *url;
	enum url_kind kind;
} cases[] = {
	{ "/recursos/imagenes/productos/Hoodie Basic Blanco.webp", URL_OURS },
	{ "/recursos/a", URL_OURS },
	{ "/recursos/...", URL_OURS },
	{ "/recursos/.oculto", URL_OURS },
	{ "/recursos/.a/a./b.", URL_OURS },
	{ "/recursos/a..b/c", URL_OURS },
	{ "/recursos/a/..b", URL_OURS },
	{ "/recursos/a\\..\\b", URL_OURS },
	{ "/recursos/%2e%2e/%2Fetc", URL_OURS },
	{ "/recursos/a\nb", URL_OURS },
	{ "/recursos/http://x", URL_NOT_OURS }, /* an empty segment */
	{ "/recursos/a?v=2", URL_OURS },
	{ "/recursos/removal-7", URL_OURS },
	{ "", URL_NOT_OURS },
	{ ".", URL_NOT_OURS },
	{ "/", URL_NOT_OURS },
	{ "/recursos", URL_NOT_OURS },
	{ "/recursos/", URL_NOT_OURS },
	{ "/recursos//", URL_NOT_OURS },
	{ "/recursos//a", URL_NOT_OURS },
	{ "/recursos/a/", URL_NOT_OURS },
	{ "/recursos/a//b", URL_NOT_OURS },
	{ "/recursos/.", URL_NOT_OURS },
	{ "/recursos/..", URL_NOT_OURS },
	{ "/recursos/a/.", URL_NOT_OURS },
	{ "/recursos/a/..", URL_NOT_OURS },
	{ "/recursos/a/../b", URL_NOT_OURS },
	{ "/recursos/../../etc/passwd", URL_NOT_OURS },
	{ "/recursos/./a", URL_NOT_OURS },
	{ "/recursos/a/.removal-7/a", URL_NOT_OURS },
	{ "/recursos/.removal-7", URL_NOT_OURS },
	{ "/recursosX/a", URL_NOT_OURS },
	{ "/Recursos/a", URL_NOT_OURS },
	{ "recursos/a", URL_NOT_OURS },
	{ " /recursos/a", URL_NOT_OURS },
	{ "/etc/passwd", URL_NOT_OURS },
	{ "\\recursos\\a", URL_NOT_OURS },
	{ "../recursos/a", URL_NOT_OURS },
	{ "file:/recursos/a", URL_NOT_OURS },
	{ "data:image/png;base64,AAAA", URL_NOT_OURS },
	{ "://x", URL_NOT_OURS },
	{ "file:///recursos/a", URL_EXTERNAL },
	{ "https://cdn.example.com/recursos/a", URL_EXTERNAL },
	{ "HTTP://cdn.example.com/a", URL_EXTERNAL },
	{ "s3+eu://bucket/a", URL_EXTERNAL },
	{ "//cdn.example.com/recursos/a", URL_EXTERNAL },
};

/* Other spellings, and the canonical url, or NULL. */
static const struct {
	const char *url;
	const char *canonical;
} spellings[] = {
	{ "/recursos/a/b.webp", "/recursos/a/b.webp" },
	{ "recursos/a/b.webp", "/recursos/a/b.webp" },
	{ "//cdn.example.com/recursos/a", "/recursos/a" },
	{ "https://shop.example:8443/recursos/a?v=2#x", "/recursos/a" },
	{ "file:///recursos/a", "/recursos/a" },
	{ "/recursos/a?v=2", "/recursos/a" },
	{ "/recursos/a#x", "/recursos/a" },
	{ "/recursos//a///b", "/recursos/a/b" },
	{ "/recursos/./a/./b", "/recursos/a/b" },
	{ "/recursos/a/", "/recursos/a" },
	{ "./recursos/a", "/recursos/a" },
	{ "/recursos/Hoodie%20Basic%C3%B1%2fb", "/recursos/Hoodie Basic\xc3\xb1/b" },
	{ "/recursos/100%", "/recursos/100%" },
	{ "/recursos/100%2", "/recursos/100%2" },
	{ "/recursos/100%zz%4", "/recursos/100%zz%4" },
	{ "/recursos/a%00b", "/recursos/a%00b" },
	{ "/recursos/%05", "/recursos/\x05" },
	{ "/recursos/../a", NULL },
	{ "/recursos/a/../b", NULL },
	{ "/recursos/%2e%2e/a", NULL },
	{ "/recursos/", NULL },
	{ "https://cdn.example.com/a", NULL },
	{ "https://cdn.example.com", NULL },
	{ "", NULL },
	{ "?", NULL },
	{ "/", NULL },
	{ "/recursos/.removal-7-a", NULL },
};

static bool normalizes(size_t i)
{
	char canonical[64];
	bool is = url_normalize(spellings[i].url, canonical, sizeof canonical);

	return spellings[i].canonical ? is && strcmp(canonical, spellings[i].canonical) == 0 : !is;
}

/* A result that fits into so many bytes, and into no fewer. */
static bool fits_exactly(const char *url, size_t size)
{
	char canonical[64];

	return url_normalize(url, canonical, size) && !url_normalize(url, canonical, size - 1);
}

static const struct {
	const char *name;
	bool stage;
	int32_t id;
	const char *original;
} names[] = {
	{ ".removal-7", true, 7, "" },
	{ ".removal-2147483647", true, INT32_MAX, "" },
	{ ".removal-2147483648", true, -1, "" },
	{ ".removal-99999999999999999999", true, -1, "" },
	{ ".removal-0", true, 0, "" },
	{ ".removal--7", true, -1, "" },
	{ ".removal-007", true, -1, "" },
	{ ".removal- 7", true, -1, "" },
	{ ".removal-+7", true, -1, "" },
	{ ".removal-7x", true, -1, "" },
	{ ".removal-", true, -1, "" },
	{ ".removal", false, -1, "" },
	{ "removal-7", false, -1, "" },
	{ ".removal-7-a.webp", true, 7, "a.webp" },
	{ ".removal-2147483647-7", true, INT32_MAX, "7" },
	{ ".removal-7--", true, 7, "-" },
	{ ".removal-7-", true, -1, "" },
	{ ".removal-0-a", true, 0, "a" },
	{ ".removal-07-a", true, -1, "" },
	{ ".removal-2147483648-a", true, -1, "" },
	{ ".removal-7 -a", true, -1, "" },
};

static bool is_known(size_t i)
{
	int32_t id = -2;
	const char *original = NULL;

	return url_is_stage(names[i].name, &id, &original) == names[i].stage && id == names[i].id &&
	       strcmp(original, names[i].original) == 0;
}

int main(void)
{
	struct tap tap = { 0 };

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char what[80];

		snprintf(what, sizeof what, "url %zu is %s", i + 1,
		         cases[i].kind == URL_OURS       ? "ours"
		         : cases[i].kind == URL_EXTERNAL ? "external"
		                                         : "not ours");
		tap_ok(&tap, url_classify(cases[i].url) == cases[i].kind, what);
	}
	for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++)
		tap_ok(&tap, normalizes(i), spellings[i].url);
	tap_ok(&tap, fits_exactly("recursos/a", sizeof "/recursos/a"), "just long enough");
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		tap_ok(&tap, is_known(i), names[i].name);
	return tap_done(&tap);
}
