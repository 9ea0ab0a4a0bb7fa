/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Evidence items: base64 to bytes, caps, declared hash and size, and what they are worth. A text
 * counts only if it names the accused address. Nothing decoded is kept; only its hash and the
 * findings leave.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <sodium.h>

#include "wire/base64.h"
#include "wire/logfind.h"
#include "wire/xarf_doc.h"

static const struct hash_row {
	const char *name;
	size_t bytes;
} hashes[] = { { "md5", 16 }, { "sha1", 20 }, { "sha256", 32 }, { "sha512", 64 } };

/* Is the declared hash ("sha256:hex") well-formed? */
static const struct hash_row *
hash_row(const char *s, const char **hex)
{
	const char *colon = strchr(s, ':');
	for (size_t i = 0; colon && i < sizeof(hashes) / sizeof(hashes[0]); i++) {
		if (strlen(hashes[i].name) != (size_t)(colon - s) ||
		    memcmp(hashes[i].name, s, (size_t)(colon - s)) != 0)
			continue;
		*hex = colon + 1;
		return colon[1] && strspn(colon + 1, "0123456789abcdefABCDEF") == strlen(colon + 1) ?
		    &hashes[i] : NULL;
	}
	return NULL;
}

/* MD5 and SHA-1 are no longer evidence of anything and not in libsodium: their length is checked,
 * their value is not. */
static bool
hash_fits(const struct hash_row *row, const char *hex, const uint8_t *p, size_t n)
{
	uint8_t want[64], got[64];
	size_t len;
	if (strlen(hex) != 2 * row->bytes ||
	    sodium_hex2bin(want, sizeof(want), hex, 2 * row->bytes, NULL, &len, NULL) != 0)
		return false;
	if (row->bytes == 32)
		crypto_hash_sha256(got, p, n);
	else if (row->bytes == 64)
		crypto_hash_sha512(got, p, n);
	else
		return true;
	return memcmp(want, got, row->bytes) == 0;
}

static bool
is_text(const char *content_type)
{
	return strncasecmp(content_type, "text/", 5) == 0 ||
	    strncasecmp(content_type, "application/json", 16) == 0;
}

static void
note_wrong(struct evidence_sum *sum, const char *rule, const char *field, size_t i)
{
	if (!sum->wrong.rule[0])
		xarf_refuse(&sum->wrong, 0, rule, "evidence[%zu].%s", i, field);
}

/* All of an item that can be said without decoding it. */
static int
item_check(const json_t *item, size_t i, struct xarf_why *why)
{
	const json_t *v;
	const char *hex;
	if (!json_is_object(item))
		return xarf_refuse(why, -EBADMSG, "XARF 4 core: an object", "evidence[%zu]", i);
	v = json_object_get(item, "content_type");
	if (!json_is_string(v) || json_string_length(v) == 0)
		return xarf_refuse(why, -EBADMSG, "XARF 4 core: required, a string",
		    "evidence[%zu].content_type", i);
	v = json_object_get(item, "payload");
	if (!json_is_string(v))
		return xarf_refuse(why, -EBADMSG, "XARF 4 core: required, a string",
		    "evidence[%zu].payload", i);
	v = json_object_get(item, "description");
	if (v && (!json_is_string(v) || xarf_chars(v) > 500))
		return xarf_refuse(why, -EBADMSG, "XARF 4 core: a string of at most 500 characters",
		    "evidence[%zu].description", i);
	v = json_object_get(item, "hash");
	if (v && (!json_is_string(v) || !hash_row(json_string_value(v), &hex)))
		return xarf_refuse(why, -EBADMSG, "XARF 4 core: algorithm:hexadecimal",
		    "evidence[%zu].hash", i);
	v = json_object_get(item, "size");
	if (v && (!json_is_integer(v) || json_integer_value(v) < 0 ||
	             json_integer_value(v) > XARF_MAX_ITEM))
		return xarf_refuse(why, -EBADMSG, "XARF 4 core: 0 to 5242880", "evidence[%zu].size", i);
	return 0;
}

/* What a decoded item is worth, and whether what it says of itself is true. */
static void
item_judge(const json_t *item, size_t i, const uint8_t *p, size_t n, const struct logfind *find,
    struct evidence_sum *sum)
{
	const json_t *hash = json_object_get(item, "hash"), *size = json_object_get(item, "size");
	const char *hex = NULL;
	struct logfind_hit hit;
	if (hash) {
		const struct hash_row *row = hash_row(json_string_value(hash), &hex);
		if (!hash_fits(row, hex, p, n))
			note_wrong(sum, "XARF 4 core: the hash of the payload", "hash", i);
	}
	if (size && (size_t)json_integer_value(size) != n)
		note_wrong(sum, "XARF 4 core: the size of the payload", "size", i);
	if (n == 0)
		return;
	if (!is_text(json_string_value(json_object_get(item, "content_type"))))
		sum->other = true;
	else if (find && !sum->text_names)
		sum->text_names = logfind_next(find, (const char *)p, n, 0, &hit) == 1;
}

int
evidence_look(const json_t *array, const struct addr *subject, struct evidence_sum *ret,
    struct xarf_why *why)
{
	struct evidence_sum sum = { 0 };
	struct logfind find;
	crypto_generichash_state h;
	size_t items = json_array_size(array);

	if (items > XARF_MAX_EVIDENCE)
		return xarf_refuse(why, -E2BIG, "XARF 4 core: at most 50 items", "evidence");
	bool named = subject && logfind_init(&find, subject) == 0;
	crypto_generichash_init(&h, NULL, 0, sizeof(sum.hash));
	for (size_t i = 0; i < items; i++) {
		const json_t *item = json_array_get(array, i);
		int rc = item_check(item, i, why);
		if (rc < 0)
			return rc;
		const json_t *payload = json_object_get(item, "payload");
		size_t len = json_string_length(payload), n, room = BASE64_ROOM(len);
		/* Padding takes at most two bytes back. */
		if (room > XARF_MAX_ITEM + 5)
			return xarf_refuse(why, -E2BIG, "XARF 4 core: at most 5 MB an item",
			    "evidence[%zu].payload", i);
		uint8_t *p = malloc(room);
		if (!p)
			return -ENOMEM;
		rc = base64_decode(json_string_value(payload), len, p, &n);
		if (rc < 0)
			rc = xarf_refuse(why, -EBADMSG, "RFC 4648 4: base64 with padding and nothing else",
			    "evidence[%zu].payload", i);
		else if (n > XARF_MAX_ITEM)
			rc = xarf_refuse(why, -E2BIG, "XARF 4 core: at most 5 MB an item",
			    "evidence[%zu].payload", i);
		else if (n + sum.payload > XARF_MAX_PAYLOAD)
			rc = xarf_refuse(why, -E2BIG, "XARF 4: at most 15 MB of evidence", "evidence");
		if (rc < 0) {
			free(p);
			return rc;
		}
		uint64_t n64 = n; /* lengths in the hash: two items are not one */
		crypto_generichash_update(&h, (const uint8_t *)&n64, sizeof(n64));
		crypto_generichash_update(&h, p, n);
		item_judge(item, i, p, n, named ? &find : NULL, &sum);
		sum.payload += n;
		free(p);
	}
	if (sum.payload > 0)
		crypto_generichash_final(&h, sum.hash, sizeof(sum.hash));
	*ret = sum;
	return 0;
}
