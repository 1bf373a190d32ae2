/* SPDX-License-Identifier: ISC */
/* The shop's sign-in token: signature first, then header, then claims. */
#include "config.h"

#include "web/token.h"

#include "base/json_text.h"

#define OPENSSL_SUPPRESS_DEPRECATED /* SHA256_Init() and its kind: see hmac_sha256() */

#include <limits.h>
#include <math.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <stdbool.h>
#include <string.h>

/* A cookie has at most 4096 bytes, name and attributes included (RFC 6265, 6.1). */
enum { LONGEST_TOKEN = 4096, LONGEST_PART = LONGEST_TOKEN / 4 * 3, DEEPEST_CLAIM = 8 };

/* A part of the token, decoded. */
struct part {
	char bytes[LONGEST_PART];
	size_t length;
};

static int sextet(char c)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	const char *at = memchr(alphabet, c, sizeof alphabet - 1);

	return at ? (int)(at - alphabet) : -1;
}

/*
 * Decodes base64url without padding (RFC 7515, section 2). Only one text stands for the same bytes:
 * the bits left over must be zero (RFC 4648, 3.5), and fewer than a character's. The text is no
 * longer than a token.
 */
static bool decode_base64url(const char *text, size_t length, struct part *part)
{
	unsigned buffer = 0;
	int bits = 0;

	part->length = 0;
	for (size_t i = 0; i < length; i++) {
		int value = sextet(text[i]);

		if (value < 0)
			return false;
		buffer = (buffer << 6 | (unsigned)value) & 0xffff;
		bits += 6;
		if (bits < 8)
			continue;
		bits -= 8;
		part->bytes[part->length++] = (char)(buffer >> bits & 0xff);
	}
	return bits < 6 && (buffer & ((1U << bits) - 1)) == 0;
}

/* Of two texts, one after the other. */
static void sha256(const void *first, size_t first_length, const void *second, size_t second_length,
                   unsigned char *digest)
{
	SHA256_CTX hash;

	SHA256_Init(&hash);
	SHA256_Update(&hash, first, first_length);
	SHA256_Update(&hash, second, second_length);
	SHA256_Final(digest, &hash);
}

/*
 * HMAC-SHA256 (RFC 2104, section 2). HMAC(3) would first set up everything that OpenSSL can do,
 * which takes three times the time of a whole refusal.
 */
static void hmac_sha256(const char *secret, size_t secret_length, const char *text, size_t length,
                        unsigned char *digest)
{
	enum { INNER = 0x36, OUTER = 0x5c };
	unsigned char key[SHA256_CBLOCK] = { 0 };

	if (secret_length <= sizeof key)
		memcpy(key, secret, secret_length);
	else
		sha256(secret, secret_length, NULL, 0, key);
	for (size_t i = 0; i < sizeof key; i++)
		key[i] ^= INNER;
	sha256(key, sizeof key, text, length, digest);
	for (size_t i = 0; i < sizeof key; i++)
		key[i] ^= INNER ^ OUTER;
	sha256(key, sizeof key, digest, SHA256_DIGEST_LENGTH, digest);
}

/* Whether part is the HMAC-SHA256 (RFC 7518, 3.2) of the text, compared in constant time. */
static bool is_signature(const struct part *part, const char *text, size_t length,
                         const char *secret)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];

	if (!*secret || part->length != sizeof digest)
		return false;
	hmac_sha256(secret, strlen(secret), text, length, digest);
	return CRYPTO_memcmp(digest, part->bytes, sizeof digest) == 0;
}

/* A member that is a string; NULL if it is missing or of another type. */
static const char *string_of(json_object *object, const char *key)
{
	json_object *value;

	if (!json_object_object_get_ex(object, key, &value) ||
	    !json_object_is_type(value, json_type_string))
		return NULL;
	return json_object_get_string(value);
}

/*
 * Whether it is HS256 without extensions. We know no extension, so we refuse one that must be
 * understood (RFC 7515, 4.1.11).
 */
static bool header_is_ours(json_object *header)
{
	const char *algorithm = string_of(header, "alg");

	return algorithm && strcmp(algorithm, "HS256") == 0 &&
	       !json_object_object_get_ex(header, "crit", NULL);
}

/* Reads a NumericDate (RFC 7519, section 2). */
static bool read_date(json_object *value, double *date)
{
	if (!json_object_is_type(value, json_type_int) &&
	    !json_object_is_type(value, json_type_double))
		return false;
	*date = json_object_get_double(value);
	return isfinite(*date);
}

static enum token_verdict check_dates(json_object *claims, double now)
{
	json_object *value;
	double date;

	if (!json_object_object_get_ex(claims, "exp", &value) || !read_date(value, &date))
		return TOKEN_CLAIMS;
	if (now >= date)
		return TOKEN_EXPIRED;
	if (!json_object_object_get_ex(claims, "nbf", &value))
		return TOKEN_GOOD;
	if (!read_date(value, &date))
		return TOKEN_CLAIMS;
	return now < date ? TOKEN_NOT_YET_VALID : TOKEN_GOOD;
}

/* An integer that a SERIAL column can hold (PostgreSQL manual, 8.1.4). */
static bool read_id(json_object *object, int32_t *id)
{
	json_object *value;
	int64_t number;

	if (!json_object_object_get_ex(object, "id", &value) ||
	    !json_object_is_type(value, json_type_int))
		return false;
	number = json_object_get_int64(value);
	*id = (int32_t)number;
	return number >= 1 && number <= INT32_MAX;
}

static enum token_verdict read_claims(json_object *object, double now, struct caller *caller)
{
	const char *session = string_of(object, "sesion_id");

	if (!session || !*session || strlen(session) >= sizeof caller->sesion_id)
		return TOKEN_CLAIMS;
	if (!read_id(object, &caller->id) || json_object_object_get_ex(object, "aud", NULL))
		return TOKEN_CLAIMS;
	memcpy(caller->sesion_id, session, strlen(session) + 1);
	return check_dates(object, now);
}

/* Parses a decoded part. The caller frees the object. NULL: it is not an object. */
static json_object *parse_part(const struct part *part)
{
	return json_text_parse(part->bytes, part->length, DEEPEST_CLAIM, NULL);
}

/* Reads the caller from a token whose signature is the shop's. */
static enum token_verdict read_signed(const struct part *header, const struct part *payload,
                                      double now, struct caller *caller)
{
	json_object *head = parse_part(header);
	json_object *body = parse_part(payload);
	enum token_verdict verdict = TOKEN_NOT_HS256;

	if (head && header_is_ours(head))
		verdict = body ? read_claims(body, now, caller) : TOKEN_CLAIMS;
	json_object_put(head);
	json_object_put(body);
	return verdict;
}

enum token_verdict token_read(const char *text, size_t length, const char *secret, double now,
                              struct caller *caller)
{
	struct part header, payload, signature;
	const char *end = text + length;
	const char *first = memchr(text, '.', length);
	const char *second = first ? memchr(first + 1, '.', (size_t)(end - first - 1)) : NULL;

	if (length > LONGEST_TOKEN || !second ||
	    !decode_base64url(text, (size_t)(first - text), &header) ||
	    !decode_base64url(first + 1, (size_t)(second - first - 1), &payload) ||
	    !decode_base64url(second + 1, (size_t)(end - second - 1), &signature))
		return TOKEN_MALFORMED;
	if (!is_signature(&signature, text, (size_t)(second - text), secret))
		return TOKEN_FORGED;
	return read_signed(&header, &payload, now, caller);
}

const char *token_verdict_words(enum token_verdict verdict)
{
	static const char *const words[TOKEN_VERDICTS] = {
		[TOKEN_GOOD] = "the token is good",
		[TOKEN_MALFORMED] = "the token is malformed",
		[TOKEN_FORGED] = "the token is not signed with this FIRMA_JWT",
		[TOKEN_NOT_HS256] = "the token's header does not say plain HS256",
		[TOKEN_CLAIMS] = "the token's claims are not the shop's",
		[TOKEN_EXPIRED] = "the token has expired (exp)",
		[TOKEN_NOT_YET_VALID] = "the token is not valid yet (nbf)",
	};

	return words[verdict];
}
