/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SSHSIG blobs, see sshsig.h: decoding, verifying, signing. Layout after OpenSSH's PROTOCOL.sshsig;
 * the key files are in sshkey.c. Must never accept what ssh-keygen would refuse, nor two different
 * blobs for one signature: every length must fit, nothing may be left over, `reserved` must be empty.
 *
 * Keys of small order, keys and points that are not canonical and scalars out of range (RFC 8032
 * 5.1.7) are refused by crypto_sign_verify_detached itself.
 */
#include "wire/sshsig.h"

#include <errno.h>
#include <string.h>

#include <sodium.h>

#include "base/cursor.h"
#include "wire/sshwire.h"

#define MAGIC   "SSHSIG"
#define NS_MAX  64
#define WRAP_AT 70 /* columns of armour, as ssh-keygen writes it */

static const char begin_line[] = "-----BEGIN SSH SIGNATURE-----";
static const char end_line[] = "-----END SSH SIGNATURE-----";

/* What is signed: the message stands in it as a hash only. Returns its length. */
#define SIGNED_MAX (6 + 4 * 4 + NS_MAX + 16 + crypto_hash_sha512_BYTES)
static size_t
signed_data(const char *ns, bool sha512, const void *message, size_t n, uint8_t buf[SIGNED_MAX])
{
	struct writer w = writer_of(buf, SIGNED_MAX);
	uint8_t h[crypto_hash_sha512_BYTES];
	if (sha512)
		crypto_hash_sha512(h, message, n);
	else
		crypto_hash_sha256(h, message, n);
	wbytes(&w, MAGIC, 6);
	ssh_w_string(&w, ns, strlen(ns));
	ssh_w_string(&w, "", 0);
	ssh_w_string(&w, sha512 ? "sha512" : "sha256", 6);
	ssh_w_string(&w, h, sha512 ? crypto_hash_sha512_BYTES : crypto_hash_sha256_BYTES);
	return w.bad ? 0 : writer_len(&w);
}

int
sshsig_verify(const void *blob, size_t blob_len, const void *message, size_t n, const char *ns,
    struct key *ret, const char **rule)
{
	struct reader r = reader_of(blob, blob_len);
	struct span key, space, reserved, hash, sig;
	struct key k;
	uint8_t data[SIGNED_MAX];

	const uint8_t *magic = rspan(&r, 6);
	uint32_t version = r32(&r);
	key = ssh_r_string(&r);
	space = ssh_r_string(&r);
	reserved = ssh_r_string(&r);
	hash = ssh_r_string(&r);
	sig = ssh_r_string(&r);
	struct reader inner = reader_of(sig.p, sig.n);
	struct span algo = ssh_r_string(&inner), raw = ssh_r_string(&inner);

	const struct {
		bool broken;
		const char *rule;
	} rules[] = {
		{ blob_len > SSHSIG_MAX, "PROTOCOL.sshsig: longer than a signature can be" },
		{ !magic || memcmp(magic, MAGIC, 6) != 0, "PROTOCOL.sshsig: MAGIC_PREAMBLE is SSHSIG" },
		{ version != 1, "PROTOCOL.sshsig: SIG_VERSION is 1" },
		{ !reader_done(&r), "PROTOCOL.sshsig: lengths fit and nothing follows" },
		{ ssh_key_blob_parse(key, &k) < 0, "RFC 8709 4: the key is ssh-ed25519, 32 bytes" },
		{ strlen(ns) > NS_MAX || !span_is(space, ns), "PROTOCOL.sshsig: namespace is lymph-report" },
		{ reserved.n != 0, "PROTOCOL.sshsig: reserved is empty" },
		{ !span_is(hash, "sha512") && !span_is(hash, "sha256"),
		    "PROTOCOL.sshsig: hash_algorithm is sha256 or sha512" },
		{ !reader_done(&inner) || !span_is(algo, "ssh-ed25519") || raw.n != crypto_sign_BYTES,
		    "RFC 8709 6: the signature is ssh-ed25519, 64 bytes" },
	};
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (rules[i].broken) {
			*rule = rules[i].rule;
			return -EBADMSG;
		}
	}
	size_t len = signed_data(ns, span_is(hash, "sha512"), message, n, data);
	if (crypto_sign_verify_detached(raw.p, data, len, k.b) != 0) {
		*rule = "RFC 8032 5.1.7: the signature fits the key and these exact bytes";
		return -EKEYREJECTED;
	}
	*ret = k;
	return 0;
}

size_t
sshsig_sign(const struct sshsig_secret *s, const void *message, size_t n, const char *ns,
    uint8_t blob[SSHSIG_MAX])
{
	uint8_t data[SIGNED_MAX], sig[crypto_sign_BYTES], pub[SSH_KEY_BLOB];
	uint8_t inner[4 + 11 + 4 + crypto_sign_BYTES];
	struct key k;

	if (strlen(ns) > NS_MAX)
		return 0;
	size_t len = signed_data(ns, true, message, n, data);
	crypto_sign_detached(sig, NULL, data, len, s->sk);
	memcpy(k.b, s->sk + 32, KEY_BYTES);
	ssh_key_blob(&k, pub);

	struct writer in = writer_of(inner, sizeof(inner));
	ssh_w_string(&in, "ssh-ed25519", 11);
	ssh_w_string(&in, sig, sizeof(sig));

	struct writer w = writer_of(blob, SSHSIG_MAX);
	wbytes(&w, MAGIC, 6);
	w32(&w, 1);
	ssh_w_string(&w, pub, sizeof(pub));
	ssh_w_string(&w, ns, strlen(ns));
	ssh_w_string(&w, "", 0);
	ssh_w_string(&w, "sha512", 6);
	ssh_w_string(&w, inner, writer_len(&in));
	return w.bad ? 0 : writer_len(&w);
}

int
sshsig_dearmor(const char *text, size_t n, uint8_t *blob, size_t room, size_t *ret_len)
{
	const char *from = text;
	size_t len = n;

	while (len > 0 && strchr(" \t\r\n", *from) && *from) {
		from++;
		len--;
	}
	if (len >= sizeof(begin_line) && memcmp(from, begin_line, sizeof(begin_line) - 1) == 0) {
		from += sizeof(begin_line) - 1;
		len -= sizeof(begin_line) - 1;
		const char *end = memmem(from, len, end_line, sizeof(end_line) - 1);
		if (!end)
			return -EBADMSG;
		/* Nothing but white space may follow: one text, one signature. */
		for (const char *p = end + sizeof(end_line) - 1; p < text + n; p++)
			if (!*p || !strchr(" \t\r\n", *p))
				return -EBADMSG;
		len = (size_t)(end - from);
	}
	return ssh_base64(from, len, blob, room, ret_len);
}

int
sshsig_armor(const uint8_t *blob, size_t len, char *text, size_t room)
{
	char b64[SSHSIG_MAX * 4 / 3 + 8];
	size_t out = 0;

	if (len > SSHSIG_MAX || room < 2 * len + 128)
		return -ENOSPC;
	sodium_bin2base64(b64, sizeof(b64), blob, len, sodium_base64_VARIANT_ORIGINAL);
	size_t n = strlen(b64);
	memcpy(text, begin_line, sizeof(begin_line) - 1);
	out = sizeof(begin_line) - 1;
	for (size_t i = 0; i < n; i += WRAP_AT) {
		size_t piece = n - i < WRAP_AT ? n - i : WRAP_AT;
		text[out++] = '\n';
		memcpy(text + out, b64 + i, piece);
		out += piece;
	}
	text[out++] = '\n';
	memcpy(text + out, end_line, sizeof(end_line) - 1);
	out += sizeof(end_line) - 1;
	text[out++] = '\n';
	text[out] = '\0';
	return (int)out;
}
