/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ed25519 keys in OpenSSH's forms: key blobs, one-line public keys, "openssh-key-v1" private key
 * files (OpenSSH's PROTOCOL.key), fingerprints. Decoded secrets are wiped before returning.
 */
#include "wire/sshwire.h"

#include <errno.h>
#include <string.h>

#include <sodium.h>

#include "wire/sshsig.h"

#define KEY_FILE_MAX 4096

static const char key_begin[] = "-----BEGIN OPENSSH PRIVATE KEY-----";
static const char key_end[] = "-----END OPENSSH PRIVATE KEY-----";
static const char key_magic[] = "openssh-key-v1"; /* its NUL is part of it */

struct span
ssh_r_string(struct reader *r)
{
	size_t n = r32(r);
	const uint8_t *p = rspan(r, n);
	return p ? (struct span){ p, n } : (struct span){ (const uint8_t *)"", 0 };
}

void
ssh_w_string(struct writer *w, const void *p, size_t n)
{
	w32(w, (uint32_t)n);
	wbytes(w, p, n);
}

bool
span_is(struct span s, const char *text)
{
	return s.n == strlen(text) && memcmp(s.p, text, s.n) == 0;
}

void
ssh_key_blob(const struct key *k, uint8_t blob[SSH_KEY_BLOB])
{
	struct writer w = writer_of(blob, SSH_KEY_BLOB);
	ssh_w_string(&w, "ssh-ed25519", 11);
	ssh_w_string(&w, k->b, KEY_BYTES);
}

int
ssh_key_blob_parse(struct span s, struct key *ret)
{
	struct reader r = reader_of(s.p, s.n);
	struct span algo = ssh_r_string(&r), raw = ssh_r_string(&r);
	struct key k;
	if (!reader_done(&r) || !span_is(algo, "ssh-ed25519") || raw.n != KEY_BYTES)
		return -EBADMSG;
	memcpy(k.b, raw.p, KEY_BYTES);
	if (key_is_zero(&k)) /* stands for "unsigned" with us, and is of small order anyway */
		return -EBADMSG;
	*ret = k;
	return 0;
}

int
ssh_base64(const char *s, size_t n, uint8_t *out, size_t room, size_t *ret_len)
{
	const char *end;
	size_t len;
	if (n == 0)
		return -EBADMSG;
	for (size_t i = 0; i < n; i++)
		if ((uint8_t)s[i] >= 0x80) /* libsodium 1.0.18 takes some of these for letters */
			return -EBADMSG;
	if (sodium_base642bin(out, room, s, n, " \t\r\n", &len, &end,
	        sodium_base64_VARIANT_ORIGINAL) != 0 ||
	    end != s + n)
		return -EBADMSG;
	*ret_len = len;
	return 0;
}

/* The private list: check words twice, the key, comment, padding 1 2 3 ... */
static int
secret_list_parse(struct span list, const struct key *outer, struct sshsig_secret *ret)
{
	struct reader r = reader_of(list.p, list.n);
	uint8_t pk[32], sk[64];
	int rc = -EBADMSG;

	uint32_t a = r32(&r), b = r32(&r);
	struct span algo = ssh_r_string(&r), pub = ssh_r_string(&r), sec = ssh_r_string(&r);
	ssh_r_string(&r);
	size_t pad = reader_left(&r);
	const uint8_t *p = rspan(&r, pad);
	if (r.bad || a != b || !span_is(algo, "ssh-ed25519") || pub.n != 32 || sec.n != 64 || pad >= 8)
		return -EBADMSG;
	for (size_t i = 0; i < pad; i++)
		if (p[i] != i + 1)
			return -EBADMSG;
	/* The halves must belong together: signing with a foreign public half gives the secret away. */
	crypto_sign_seed_keypair(pk, sk, sec.p);
	if (sodium_memcmp(sk, sec.p, 64) == 0 && memcmp(pk, pub.p, 32) == 0 &&
	    memcmp(pk, outer->b, 32) == 0) {
		memcpy(ret->sk, sk, 64);
		rc = 0;
	}
	sodium_memzero(sk, sizeof(sk));
	return rc;
}

static int
secret_blob_parse(const uint8_t *blob, size_t n, struct sshsig_secret *ret)
{
	struct reader r = reader_of(blob, n);
	struct key k;

	const uint8_t *magic = rspan(&r, sizeof(key_magic));
	if (!magic || memcmp(magic, key_magic, sizeof(key_magic)) != 0)
		return -EBADMSG;
	struct span cipher = ssh_r_string(&r), kdf = ssh_r_string(&r), opts = ssh_r_string(&r);
	uint32_t keys = r32(&r);
	struct span pub = ssh_r_string(&r), list = ssh_r_string(&r);
	if (r.bad)
		return -EBADMSG;
	if (!span_is(cipher, "none") || !span_is(kdf, "none"))
		return -ENOKEY;
	if (opts.n != 0 || keys != 1 || reader_left(&r) != 0)
		return -EBADMSG;
	struct reader inner = reader_of(pub.p, pub.n);
	struct span algo = ssh_r_string(&inner);
	if (inner.bad)
		return -EBADMSG;
	if (!span_is(algo, "ssh-ed25519"))
		return -ENOTSUP;
	if (ssh_key_blob_parse(pub, &k) < 0)
		return -EBADMSG;
	return secret_list_parse(list, &k, ret);
}

int
sshsig_secret_parse(const char *text, size_t n, struct sshsig_secret *ret)
{
	uint8_t blob[KEY_FILE_MAX];
	size_t len;

	const char *from = n ? memmem(text, n, key_begin, sizeof(key_begin) - 1) : NULL;
	if (!from)
		return -EBADMSG;
	from += sizeof(key_begin) - 1;
	size_t left = (size_t)(text + n - from);
	const char *end = memmem(from, left, key_end, sizeof(key_end) - 1);
	if (!end || ssh_base64(from, (size_t)(end - from), blob, sizeof(blob), &len) < 0)
		return -EBADMSG;
	int rc = secret_blob_parse(blob, len, ret);
	sodium_memzero(blob, sizeof(blob));
	return rc;
}

int
sshsig_secret_print(const uint8_t seed[32], const char *comment, char *text, size_t room)
{
	uint8_t pub[SSH_KEY_BLOB], list[512], blob[1024], sk[64];
	char b64[1400];
	struct key k;

	if (strlen(comment) > 255)
		return -ENOSPC;
	crypto_sign_seed_keypair(k.b, sk, seed);
	ssh_key_blob(&k, pub);
	struct writer w = writer_of(list, sizeof(list));
	uint32_t check = randombytes_random();
	w32(&w, check);
	w32(&w, check);
	ssh_w_string(&w, "ssh-ed25519", 11);
	ssh_w_string(&w, k.b, KEY_BYTES);
	ssh_w_string(&w, sk, sizeof(sk));
	ssh_w_string(&w, comment, strlen(comment));
	for (uint8_t i = 1; writer_len(&w) % 8 != 0; i++)
		w8(&w, i);

	struct writer o = writer_of(blob, sizeof(blob));
	wbytes(&o, key_magic, sizeof(key_magic));
	ssh_w_string(&o, "none", 4);
	ssh_w_string(&o, "none", 4);
	ssh_w_string(&o, "", 0);
	w32(&o, 1);
	ssh_w_string(&o, pub, sizeof(pub));
	ssh_w_string(&o, list, writer_len(&w));
	sodium_bin2base64(b64, sizeof(b64), blob, writer_len(&o), sodium_base64_VARIANT_ORIGINAL);

	struct writer t = writer_of(text, room);
	wbytes(&t, key_begin, sizeof(key_begin) - 1);
	for (size_t i = 0, n = strlen(b64); i < n; i += 70) {
		w8(&t, '\n');
		wbytes(&t, b64 + i, n - i < 70 ? n - i : 70);
	}
	w8(&t, '\n');
	wbytes(&t, key_end, sizeof(key_end) - 1);
	wbytes(&t, "\n", 2); /* and the NUL, not counted */
	sodium_memzero(sk, sizeof(sk));
	sodium_memzero(list, sizeof(list));
	sodium_memzero(blob, sizeof(blob));
	sodium_memzero(b64, sizeof(b64));
	return t.bad ? -ENOSPC : (int)writer_len(&t) - 1;
}

int
sshsig_public_parse(const char *text, size_t n, struct key *ret)
{
	static const char algo[] = "ssh-ed25519";
	uint8_t blob[SSH_KEY_BLOB];
	size_t len;

	while (n > 0 && (*text == ' ' || *text == '\t')) {
		text++;
		n--;
	}
	if (n <= sizeof(algo) || memcmp(text, algo, sizeof(algo) - 1) != 0)
		return -EBADMSG;
	text += sizeof(algo) - 1;
	n -= sizeof(algo) - 1;
	if (*text != ' ' && *text != '\t')
		return -EBADMSG;
	while (n > 0 && (*text == ' ' || *text == '\t')) {
		text++;
		n--;
	}
	size_t word = 0;
	while (word < n && text[word] && !strchr(" \t\r\n", text[word]))
		word++;
	if (ssh_base64(text, word, blob, sizeof(blob), &len) < 0)
		return -EBADMSG;
	return ssh_key_blob_parse((struct span){ blob, len }, ret);
}

char *
key_print(const struct key *k, char buf[KEY_TEXT])
{
	uint8_t blob[SSH_KEY_BLOB], h[crypto_hash_sha256_BYTES];
	if (key_is_zero(k)) {
		memcpy(buf, "unsigned", 9);
		return buf;
	}
	ssh_key_blob(k, blob);
	crypto_hash_sha256(h, blob, sizeof(blob));
	memcpy(buf, "SHA256:", 7);
	sodium_bin2base64(buf + 7, KEY_TEXT - 7, h, sizeof(h), sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
	return buf;
}

int
key_parse(const char *s, size_t n, struct key *ret)
{
	struct key k;
	size_t len;
	if (sshsig_public_parse(s, n, &k) < 0) {
		if (n != 2 * KEY_BYTES ||
		    sodium_hex2bin(k.b, sizeof(k.b), s, n, NULL, &len, NULL) != 0 || len != KEY_BYTES)
			return -EINVAL;
		if (key_is_zero(&k))
			return -EINVAL;
	}
	*ret = k;
	return 0;
}

char *
key_print_public(const struct key *k, char *buf, size_t room)
{
	uint8_t blob[SSH_KEY_BLOB];
	if (room < 12 + sodium_base64_ENCODED_LEN(sizeof(blob), sodium_base64_VARIANT_ORIGINAL)) {
		if (room > 0)
			buf[0] = '\0';
		return buf;
	}
	ssh_key_blob(k, blob);
	memcpy(buf, "ssh-ed25519 ", 12);
	sodium_bin2base64(buf + 12, room - 12, blob, sizeof(blob), sodium_base64_VARIANT_ORIGINAL);
	return buf;
}
