/* SPDX-License-Identifier: ISC */
/* Which tokens are good, and why the others are not. */
#include "config.h"

#include "../lib/tap.h"
#include "web/token.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

#define SECRET "a secret of the shop's"
#define HS256 "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"
#define CLAIMS "\"id\":7,\"rol\":1,\"sesion_id\":\"s-7\""
#define GOOD "{" CLAIMS ",\"exp\":1001}"
#define NOW 1000.5

/* A token signed with SECRET, whatever is in it. */
static const struct {
	const char *header;
	const char *payload;
	enum token_verdict verdict;
	const char *what;
} signed_cases[] = {
	{ HS256, GOOD, TOKEN_GOOD, "a good token" },
	{ "{\"typ\":\"JWT\",\r\n \"alg\":\"HS256\"}", GOOD, TOKEN_GOOD,
	  "white space in the header" },
	{ HS256, "{" CLAIMS ",\"exp\":1001,\"iat\":1,\"x\":{\"y\":[]}}", TOKEN_GOOD,
	  "more claims" },
	{ HS256, "{" CLAIMS ",\"exp\":1000.501}", TOKEN_GOOD, "a fractional exp to come" },
	{ HS256, "{" CLAIMS ",\"exp\":1.001e3}", TOKEN_GOOD, "an exp with an exponent" },
	{ HS256, "{" CLAIMS ",\"exp\":18446744073709551615}", TOKEN_GOOD, "the largest exp" },
	{ HS256, "{" CLAIMS ",\"exp\":1001,\"nbf\":1000}", TOKEN_GOOD, "nbf has come" },
	{ HS256, "{" CLAIMS ",\"exp\":1001,\"nbf\":1000.5}", TOKEN_GOOD, "nbf comes now" },
	{ HS256, "{\"id\":7,\"sesion_id\":\"s\",\"exp\":1001}", TOKEN_GOOD, "no rol" },
	{ HS256, "{\"id\":7,\"rol\":[],\"sesion_id\":\"s\",\"exp\":1001}", TOKEN_GOOD,
	  "whatever rol" },
	{ HS256,
	  "{\"id\":7,\"\xc3\xb1\":\"\xf0\x9f\xa6\x99\",\"sesion_id\":\"\xc3\xa1\",\"exp\":1001}",
	  TOKEN_GOOD, "claims in UTF-8" },
	{ HS256, "{\"id\":2147483647,\"rol\":\"\",\"sesion_id\":\"\\u00e1\",\"exp\":1001}",
	  TOKEN_GOOD, "the largest id, no role" },

	{ "{\"alg\":\"none\"}", GOOD, TOKEN_NOT_HS256, "alg none" },
	{ "{\"alg\":\"None\"}", GOOD, TOKEN_NOT_HS256, "alg None" },
	{ "{\"alg\":\"hs256\"}", GOOD, TOKEN_NOT_HS256, "alg hs256" },
	{ "{\"alg\":\"HS512\"}", GOOD, TOKEN_NOT_HS256, "alg HS512" },
	{ "{\"alg\":\"RS256\"}", GOOD, TOKEN_NOT_HS256, "alg RS256" },
	{ "{\"alg\":\"\"}", GOOD, TOKEN_NOT_HS256, "alg empty" },
	{ "{\"alg\":null}", GOOD, TOKEN_NOT_HS256, "alg null" },
	{ "{\"alg\":[\"HS256\"]}", GOOD, TOKEN_NOT_HS256, "alg an array" },
	{ "{\"alg\":\"HS256\\u0000\"}", GOOD, TOKEN_NOT_HS256, "alg with a NUL" },
	{ "{\"alg\":\"none\",\"alg\":\"HS256\"}", GOOD, TOKEN_NOT_HS256, "alg twice" },
	{ "{\"typ\":\"JWT\"}", GOOD, TOKEN_NOT_HS256, "no alg" },
	{ "{\"alg\":\"HS256\",\"crit\":[\"b64\"],\"b64\":false}", GOOD, TOKEN_NOT_HS256, "crit" },
	{ "{\"alg\":\"HS256\",\"crit\":null}", GOOD, TOKEN_NOT_HS256, "crit null" },
	{ "[\"HS256\"]", GOOD, TOKEN_NOT_HS256, "the header is an array" },
	{ "{\"alg\":\"HS256\"} x", GOOD, TOKEN_NOT_HS256, "something after the header" },
	{ "{'alg':'HS256'}", GOOD, TOKEN_NOT_HS256, "single quotes" },
	{ "", GOOD, TOKEN_NOT_HS256, "an empty header" },

	{ HS256, "{" CLAIMS "}", TOKEN_CLAIMS, "no exp" },
	{ HS256, "{" CLAIMS ",\"exp\":\"1001\"}", TOKEN_CLAIMS, "exp a string" },
	{ HS256, "{" CLAIMS ",\"exp\":null}", TOKEN_CLAIMS, "exp null" },
	{ HS256, "{" CLAIMS ",\"exp\":true}", TOKEN_CLAIMS, "exp true" },
	{ HS256, "{" CLAIMS ",\"exp\":18446744073709551616}", TOKEN_CLAIMS, "exp beyond 64 bits" },
	{ HS256, "{" CLAIMS ",\"exp\":1e999}", TOKEN_CLAIMS, "exp beyond all numbers" },
	{ HS256, "{" CLAIMS ",\"exp\":NaN}", TOKEN_CLAIMS, "exp NaN" },
	{ HS256, "{" CLAIMS ",\"exp\":Infinity}", TOKEN_CLAIMS, "exp Infinity" },
	{ HS256, "{" CLAIMS ",\"exp\":1,\"exp\":1001}", TOKEN_CLAIMS, "exp twice" },
	{ HS256, "{" CLAIMS ",\"exp\":1001,\"nbf\":\"1\"}", TOKEN_CLAIMS, "nbf a string" },
	{ HS256, "{" CLAIMS ",\"exp\":1001,\"aud\":\"another\"}", TOKEN_CLAIMS, "an audience" },
	{ HS256, "{\"id\":\"7\",\"rol\":1,\"sesion_id\":\"s\",\"exp\":1001}", TOKEN_CLAIMS,
	  "id a string" },
	{ HS256, "{\"id\":7.0,\"rol\":1,\"sesion_id\":\"s\",\"exp\":1001}", TOKEN_CLAIMS,
	  "id a decimal" },
	{ HS256, "{\"id\":0,\"rol\":1,\"sesion_id\":\"s\",\"exp\":1001}", TOKEN_CLAIMS, "id zero" },
	{ HS256, "{\"id\":-7,\"rol\":1,\"sesion_id\":\"s\",\"exp\":1001}", TOKEN_CLAIMS,
	  "id negative" },
	{ HS256, "{\"id\":2147483648,\"rol\":1,\"sesion_id\":\"s\",\"exp\":1001}", TOKEN_CLAIMS,
	  "id beyond SERIAL" },
	{ HS256, "{\"id\":4294967303,\"rol\":1,\"sesion_id\":\"s\",\"exp\":1001}", TOKEN_CLAIMS,
	  "id 7 modulo 2^32" },
	{ HS256, "{\"id\":18446744073709551623,\"rol\":1,\"sesion_id\":\"s\",\"exp\":1001}",
	  TOKEN_CLAIMS, "id 7 modulo 2^64" },
	{ HS256, "{\"rol\":1,\"sesion_id\":\"s\",\"exp\":1001}", TOKEN_CLAIMS, "no id" },
	{ HS256, "{\"id\":7,\"rol\":1,\"exp\":1001}", TOKEN_CLAIMS, "no sesion_id" },
	{ HS256, "{\"id\":7,\"rol\":1,\"sesion_id\":\"\",\"exp\":1001}", TOKEN_CLAIMS,
	  "sesion_id empty" },
	{ HS256, "{\"id\":7,\"rol\":1,\"sesion_id\":null,\"exp\":1001}", TOKEN_CLAIMS,
	  "sesion_id null" },
	{ HS256, "{\"id\":7,\"rol\":1,\"sesion_id\":\"s\\u0000\",\"exp\":1001}", TOKEN_CLAIMS,
	  "sesion_id with a NUL" },
	{ HS256, "{\"id\":7,\"rol\":1,\"sesion_id\":\"\xff\",\"exp\":1001}", TOKEN_CLAIMS,
	  "sesion_id not UTF-8" },
	{ HS256, "{\"id\":7,\"rol\":1,\"sesion_id\":\"s\",\"exp\":1001,\"id\":1}", TOKEN_CLAIMS,
	  "id twice" },
	{ HS256, "{\"a\":[[[[[[[[[[]]]]]]]]]]," CLAIMS ",\"exp\":1001}", TOKEN_CLAIMS,
	  "nested too deep" },
	{ HS256, "[]", TOKEN_CLAIMS, "the claims are an array" },
	{ HS256, "", TOKEN_CLAIMS, "no claims" },
	{ HS256, "{" CLAIMS ",\"exp\":1001", TOKEN_CLAIMS, "the claims end too early" },

	{ HS256, "{" CLAIMS ",\"exp\":1000.5}", TOKEN_EXPIRED, "exp is now" },
	{ HS256, "{" CLAIMS ",\"exp\":1000}", TOKEN_EXPIRED, "exp has passed" },
	{ HS256, "{" CLAIMS ",\"exp\":-1001}", TOKEN_EXPIRED, "exp before the epoch" },
	{ HS256, "{" CLAIMS ",\"exp\":1001,\"nbf\":1000.6}", TOKEN_NOT_YET_VALID, "nbf to come" },
};

/* A good token, tampered with by hand. %s are its three parts. */
static const struct {
	const char *format;
	enum token_verdict verdict;
	const char *what;
} formats[] = {
	{ "%s.%s.%s", TOKEN_GOOD, "as it was" },
	{ "%s.%s.", TOKEN_FORGED, "no signature" },
	{ "%s.%s.AAAA%s", TOKEN_FORGED, "a longer signature" },
	{ "%s.%s.%.40s", TOKEN_FORGED, "a shorter signature" },
	{ "%s.%s", TOKEN_MALFORMED, "two parts" },
	{ "%s.%s.%s.", TOKEN_MALFORMED, "four parts" },
	{ "%s%s%s", TOKEN_MALFORMED, "one part" },
	{ "%s.%s.%s=", TOKEN_MALFORMED, "padding" },
	{ "%s.%s.%s ", TOKEN_MALFORMED, "a space after" },
	{ " %s.%s.%s", TOKEN_MALFORMED, "a space before" },
	{ "%s.%s\n.%s", TOKEN_MALFORMED, "a line feed" },
	{ "+%s.%s.%s", TOKEN_MALFORMED, "a character of plain base64" },
	{ "A%s.%s.%s", TOKEN_MALFORMED, "a character that is no byte" },
};

/* Appends base64url. */
static void encode(char *text, const void *bytes, size_t length)
{
	char *c = text += strlen(text);

	EVP_EncodeBlock((unsigned char *)text, bytes, (int)length);
	for (; *c && *c != '='; c++)
		*c = (char)(*c == '+' ? '-' : *c == '/' ? '_' : *c);
	*c = '\0';
}

/* The three parts of a token. */
struct parts {
	char header[200];
	char payload[6000];
	char signature[100];
};

static struct parts make_with(const char *secret, const char *header, const char *payload)
{
	struct parts parts = { "", "", "" };
	char input[6300];
	unsigned char digest[32];
	int length;

	encode(parts.header, header, strlen(header));
	encode(parts.payload, payload, strlen(payload));
	length = snprintf(input, sizeof input, "%s.%s", parts.header, parts.payload);
	HMAC(EVP_sha256(), secret, (int)strlen(secret), (unsigned char *)input, (size_t)length,
	     digest, NULL);
	encode(parts.signature, digest, sizeof digest);
	return parts;
}

static struct parts make(const char *header, const char *payload)
{
	return make_with(SECRET, header, payload);
}

static enum token_verdict verdict_of(const char *text, const char *secret)
{
	struct caller caller;
	size_t length = strlen(text);
	char *exact = malloc(
		length + 1); /* nothing after it, so that a sanitizer sees it if we read there */
	enum token_verdict verdict;

	if (!exact)
		abort();
	memcpy(exact, text, length);
	verdict = token_read(exact, length, secret, NOW, &caller);
	free(exact);
	return verdict;
}

static enum token_verdict verdict_of_signed(const char *header, const char *payload)
{
	struct parts parts = make(header, payload);
	char text[6400];

	snprintf(text, sizeof text, "%s.%s.%s", parts.header, parts.payload, parts.signature);
	return verdict_of(text, SECRET);
}

/* Signed by OpenSSL's HMAC and checked, with a secret of this length. */
static enum token_verdict verdict_of_secret(size_t length)
{
	char secret[300] = "";
	struct parts parts;
	char text[6400];

	memset(secret, 's', length);
	parts = make_with(secret, HS256, GOOD);
	snprintf(text, sizeof text, "%s.%s.%s", parts.header, parts.payload, parts.signature);
	return verdict_of(text, secret);
}

#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static enum token_verdict verdict_of_format(const char *format)
{
	struct parts parts = make(HS256, GOOD);
	char text[6400];

	snprintf(text, sizeof text, format, parts.header, parts.payload, parts.signature);
	return verdict_of(text, SECRET);
}

/* A token whose bits left over, which stand for no byte, are not zero. */
static enum token_verdict verdict_of_bits_left_over(void)
{
	struct parts parts = make(HS256, GOOD);
	char *last = parts.signature + strlen(parts.signature) - 1;
	char text[6400];

	(*last)++; /* the 43rd character of 32 bytes: two bits left over, so never Z, z or 9 */
	snprintf(text, sizeof text, "%s.%s.%s", parts.header, parts.payload, parts.signature);
	return verdict_of(text, SECRET);
}

/* A good token of this many characters or, if that is impossible, of one more. */
static enum token_verdict verdict_of_length(size_t length)
{
	char payload[6000];
	size_t fill = 0;
	struct parts parts;
	char text[6400];

	do {
		snprintf(payload, sizeof payload, "{\"x\":\"%0*d\"," CLAIMS ",\"exp\":1001}",
		         (int)++fill, 0);
		parts = make(HS256, payload);
		snprintf(text, sizeof text, "%s.%s.%s", parts.header, parts.payload,
		         parts.signature);
	} while (strlen(text) < length);
	return verdict_of(text, SECRET);
}

/* sesion_id of so many bytes. */
static enum token_verdict verdict_of_session(int length)
{
	char payload[2000];

	snprintf(payload, sizeof payload,
	         "{\"id\":7,\"rol\":1,\"sesion_id\":\"%0*d\",\"exp\":1001}", length, 0);
	return verdict_of_signed(HS256, payload);
}

static bool reads_caller(void)
{
	struct parts parts = make(HS256, GOOD);
	struct caller caller = { 0 };
	char text[6400];
	int length = snprintf(text, sizeof text, "%s.%s.%s", parts.header, parts.payload,
	                      parts.signature);

	return token_read(text, (size_t)length, SECRET, NOW, &caller) == TOKEN_GOOD &&
	       caller.id == 7 && strcmp(caller.sesion_id, "s-7") == 0;
}

int main(void)
{
	/* The example of jwt.io: somebody else signed it, and it has none of the shop's claims. */
	static const char example[] =
		"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
		"eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ."
		"SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c";
	struct tap tap = { 0 };

	for (size_t i = 0; i < sizeof signed_cases / sizeof *signed_cases; i++)
		tap_ok(&tap,
		       verdict_of_signed(signed_cases[i].header, signed_cases[i].payload) ==
		               signed_cases[i].verdict,
		       signed_cases[i].what);
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
		tap_ok(&tap, verdict_of_format(formats[i].format) == formats[i].verdict,
		       formats[i].what);
	tap_ok(&tap, verdict_of("", SECRET) == TOKEN_MALFORMED, "an empty token");
	tap_ok(&tap, verdict_of("..", SECRET) == TOKEN_FORGED, "three empty parts");
	tap_ok(&tap, verdict_of_bits_left_over() == TOKEN_MALFORMED, "bits left over");
	tap_ok(&tap, verdict_of(example, "your-256-bit-secret") == TOKEN_CLAIMS, "another's token");
	tap_ok(&tap, verdict_of(example, "your-256-bit-secreT") == TOKEN_FORGED, "another secret");
	tap_ok(&tap, verdict_of(example, "") == TOKEN_FORGED, "an empty secret");
	tap_ok(&tap, verdict_of_secret(0) == TOKEN_FORGED, "an empty secret has signed it, too");
	tap_ok(&tap, verdict_of_secret(1) == TOKEN_GOOD, "a secret of one byte");
	tap_ok(&tap, verdict_of_secret(64) == TOKEN_GOOD, "a secret of a block");
	tap_ok(&tap, verdict_of_secret(65) == TOKEN_GOOD, "a secret longer than a block");
	tap_ok(&tap, verdict_of_secret(256) == TOKEN_GOOD, "a long secret");
	tap_ok(&tap, verdict_of_length(4090) == TOKEN_GOOD, "a long token");
	tap_ok(&tap, verdict_of_length(4097) == TOKEN_MALFORMED, "too long a token");
	tap_ok(&tap, verdict_of_session(1020) == TOKEN_GOOD, "the longest sesion_id");
	tap_ok(&tap, verdict_of_session(1021) == TOKEN_CLAIMS, "too long a sesion_id");
	tap_ok(&tap, reads_caller(), "the claims");
	return tap_done(&tap);
}
