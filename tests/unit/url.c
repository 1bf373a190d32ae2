/* SPDX-License-Identifier: ISC */
/* Which urls name a file of ours, in which spellings; which names are stages. */
#include "config.h"

#include "../lib/tap.h"
#include "shop/url.h"

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
	{ "/recursosXa", URL_NOT_OURS },
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

/* Urls in various spellings, and the name of the file, or NULL. */
static const struct {
	const char *url;
	const char *name;
} spellings[] = {
	{ "/recursos/a/b.webp", "b.webp" },
	{ "recursos/a/b.webp", "b.webp" },
	{ "../recursos/a/b.webp", "b.webp" },
	{ "b.webp", "b.webp" },
	{ "B.WebP", "b.webp" },
	{ "//cdn.example.com/recursos/a", "a" },
	{ "https://shop.example:8443/recursos/a?v=2#x", "a" },
	{ "www.shop.example/recursos/a", "a" },
	{ "/recursos/a?v=/b", "a" },
	{ "/recursos/a#x/b", "a" },
	{ "/recursos//a///b", "b" },
	{ "/recursos/b/.", "b" },
	{ "/recursos/b/./", "b" },
	{ "/recursos/b/ ", "b" },
	{ "/recursos/b/\t", "b" },
	{ "/recursos/\tb", "b" },
	{ "/recursos/b\t", "b" },
	{ "/recursos/a\tb", "a\tb" },
	{ " /recursos/b \t\r\n", "b" },
	{ "\\recursos\\a\\b", "b" },
	{ "/recursos/a%5cb", "b" },
	{ "/recursos/Hoodie%20Basic%C3%B1%2fb", "b" },
	{ "/recursos/Hoodie%20Basic%C3%B1", "hoodie basic\xc3\xb1" },
	{ "/%72ecursos/%62", "b" },
	{ "/recursos/.b", ".b" },
	{ "/recursos/..", ".." },
	{ "/recursos/100%", "100%" },
	{ "/recursos/100%2", "100%2" },
	{ "/recursos/100%zz%4", "100%zz%4" },
	{ "/recursos/a%00b", "a%00b" },
	{ "/recursos/%05", "\x05" },
	{ "", NULL },
	{ "?", NULL },
	{ "/", NULL },
	{ "/./ /", NULL },
};

static bool names(size_t i)
{
	char name[64];
	bool is = url_file_name(spellings[i].url, name, sizeof name);

	return spellings[i].name ? is && strcmp(name, spellings[i].name) == 0 : !is;
}

/* Whether the result fits into this many bytes, and into no fewer. */
static bool fits_exactly(const char *url, size_t size)
{
	char name[64];

	return url_file_name(url, name, size) && !url_file_name(url, name, size - 1);
}

static const struct {
	const char *name;
	bool stage;
	int32_t id;
	const char *original;
} stages[] = {
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

	return url_is_stage(stages[i].name, &id, &original) == stages[i].stage &&
	       id == stages[i].id && strcmp(original, stages[i].original) == 0;
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
		tap_ok(&tap, names(i), spellings[i].url);
	tap_ok(&tap, fits_exactly("abc", sizeof "abc"), "just long enough");
	for (size_t i = 0; i < sizeof stages / sizeof *stages; i++)
		tap_ok(&tap, is_known(i), stages[i].name);
	return tap_done(&tap);
}
