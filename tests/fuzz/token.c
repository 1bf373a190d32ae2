/* SPDX-License-Identifier: ISC */
/* Tokens: as the client sends them; or HEADER\nPAYLOAD, signed here, to get past the signature. */
#include "config.h"

#include "fuzz.h"
#include "web/token.h"

#include <math.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#define SECRET "a secret of the shop's"
enum { LONGEST = 4096 };

/* Appends bytes in base64url, without padding, and a character. */
static void append(char *token, const void *bytes, size_t size, char after)
{
	token += strlen(token);
	EVP_EncodeBlock((unsigned char *)token, bytes, (int)size);
	for (; *token && *token != '='; token++)
		*token = (char)(*token == '+' ? '-' : *token == '/' ? '_' : *token);
	token[0] = after, token[1] = '\0';
}

/* Appends the signature of what is there but for its last dot. */
static void sign(char *token)
{
	unsigned char digest[EVP_MAX_MD_SIZE];

	must(HMAC(EVP_sha256(), SECRET, sizeof SECRET - 1, (unsigned char *)token,
	          strlen(token) - 1, digest, NULL));
	append(token, digest, 32, '\0');
}

/* What is sent: the input itself, or what it makes where it has two lines. Returns its length. */
static size_t make(char *token, const uint8_t *data, size_t size)
{
	const uint8_t *line = size > 0 ? memchr(data, '\n', size) : NULL;

	if (!line)
		return memcpy(token, data, size), size;
	append(token, data, (size_t)(line - data), '.');
	append(token, line + 1, size - (size_t)(line - data) - 1, '.');
	sign(token);
	return strlen(token);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char token[2 * LONGEST] = "", expected[2 * LONGEST] = "";
	size_t length = size > LONGEST ? 0 : make(token, data, size);
	struct caller caller;
	enum token_verdict verdict = token_read(token, length, SECRET, 1000.5, &caller);

	if (verdict == TOKEN_MALFORMED)
		return 0;
	memcpy(expected, token, (size_t)(strrchr(token, '.') - token) + 1);
	sign(expected);
	must((verdict == TOKEN_FORGED) == (strcmp(token, expected) != 0));
	if (verdict != TOKEN_GOOD)
		return 0;
	must(length <= LONGEST && caller.id > 0 && caller.sesion_id[0]);
	must(token_read(token, length, SECRET, INFINITY, &caller) == TOKEN_EXPIRED);
	must(token_read(token, length, SECRET "!", 1000.5, &caller) == TOKEN_FORGED);
	return 0;
}
