/* SPDX-License-Identifier: BSD-2-Clause */
/* The gate before an OpenPGP signature, see pgp_gate.h. A C++ library reads a stranger's bytes in here:
 * only role verify and tests may call it. Must never say "good" because the library said so. */
#include "lymphd/pgp_gate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rnp/rnp.h>
#include <rnp/rnp_err.h>

#define BITS_RSA   2048
#define BITS_CURVE 256
#define KEPT_MOST  PGP_KEY_BYTES

static rnp_ffi_t warm; /* kept: what it holds is set up once */
static FILE *quiet, *loud;

void
pgp_warm(void)
{
	if (warm)
		return;
	quiet = fopen("/dev/null", "we");
	if (!quiet || rnp_ffi_create(&warm, RNP_KEYSTORE_GPG, RNP_KEYSTORE_GPG))
		abort();
}

/* It writes about a stranger's bytes to stderr, which is the log; Debian's build lets nobody stop it. */
static void
hush(bool on)
{
	pgp_warm();
	fflush(stderr);
	if (on)
		loud = stderr;
	stderr = on ? quiet : loud;
}

/* A key alone in the library; *ret its primary. NULL, or the rule. */
static const char *
key_load(const void *key, size_t n, msec now, rnp_key_handle_t *ret)
{
	rnp_input_t in = NULL;
	rnp_identifier_iterator_t it = NULL;
	const char *id = NULL, *first = NULL;
	char fpr[PGP_FPR] = "";
	pgp_warm();
	rnp_unload_keys(warm, RNP_KEY_UNLOAD_PUBLIC | RNP_KEY_UNLOAD_SECRET);
	rnp_set_timestamp(warm, (uint64_t)(now / MSEC_SECOND));
	if (rnp_input_from_memory(&in, key, n, false))
		return "lymph: memory for the key";
	rnp_result_t rc = rnp_load_keys(warm, "GPG", in, RNP_LOAD_SAVE_PUBLIC_KEYS);
	rnp_input_destroy(in);
	if (rc || rnp_identifier_iterator_create(warm, &it, "fingerprint"))
		return "RFC 4880 11.1: a key that can be read";
	while (!fpr[0] && !rnp_identifier_iterator_next(it, &id) && id) {
		rnp_key_handle_t k = NULL;
		bool primary = false;
		if (rnp_locate_key(warm, "fingerprint", id, &k) || !k)
			continue;
		rnp_key_is_primary(k, &primary);
		if (primary && strlen(id) < sizeof(fpr)) {
			snprintf(fpr, sizeof(fpr), "%s", id);
			*ret = k;
			first = fpr;
		} else {
			rnp_key_handle_destroy(k);
		}
	}
	rnp_identifier_iterator_destroy(it);
	return first ? NULL : "RFC 4880 11.1: a primary key";
}

static bool
yes(rnp_result_t (*ask)(rnp_key_handle_t, bool *), rnp_key_handle_t k, bool unsure)
{
	bool v = unsure;
	return ask(k, &v) ? unsure : v;
}

/* Strong enough to be forged by nobody we know of. */
static bool
strong(rnp_key_handle_t k)
{
	static const struct {
		const char *alg;
		uint32_t least;
	} rows[] = { { "RSA", BITS_RSA }, { "ECDSA", BITS_CURVE }, { "EDDSA", 0 } };
	char *alg = NULL;
	uint32_t bits = 0;
	bool ok = false;
	if (rnp_key_get_alg(k, &alg))
		return false;
	rnp_key_get_bits(k, &bits);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		ok |= strcmp(alg, rows[i].alg) == 0 && bits >= rows[i].least;
	rnp_buffer_destroy(alg);
	return ok;
}

/* May this (sub)key sign for that primary today? NULL, or the rule it breaks. k may be primary. */
static const char *
key_rule(rnp_key_handle_t k, rnp_key_handle_t primary)
{
	bool sub = yes(rnp_key_is_sub, k, true), sign = false;
	if (yes(rnp_key_is_revoked, primary, true))
		return "RFC 4880 5.2.3.23: a key that is not revoked";
	if (sub && yes(rnp_key_is_revoked, k, true))
		return "RFC 4880 5.2.3.23: a subkey that is not revoked";
	if (yes(rnp_key_is_expired, primary, true))
		return "RFC 4880 5.2.3.6: a key that has not expired";
	if (sub && yes(rnp_key_is_expired, k, true))
		return "RFC 4880 5.2.3.6: a subkey that has not expired";
	if (!strong(primary) || !strong(k))
		return "lymph: RSA of at least 2048 bits, ECDSA of at least 256, or EdDSA";
	if (!yes(rnp_key_is_valid, primary, false))
		return "RFC 4880 5.2.1: a key with a valid signature of its own";
	if (sub && !yes(rnp_key_is_valid, k, false))
		return "RFC 4880 5.2.1: a subkey bound by its key, and back";
	if (rnp_key_allows_usage(k, "sign", &sign) || !sign)
		return "RFC 4880 5.2.3.21: a key that may sign";
	return NULL;
}

static const char *
hash_rule(rnp_op_verify_signature_t s)
{
	static const char *const good[] = { "SHA256", "SHA384", "SHA512", "SHA3-256", "SHA3-512" };
	char *hash = NULL;
	bool ok = false;
	if (rnp_op_verify_signature_get_hash(s, &hash))
		return "RFC 4880 9.4: a hash algorithm";
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		ok |= strcmp(hash, good[i]) == 0;
	rnp_buffer_destroy(hash);
	return ok ? NULL : "lymph: a hash no weaker than SHA-256";
}

static const char *
time_rule(rnp_op_verify_signature_t s, rnp_key_handle_t k, msec now, msec *when)
{
	uint32_t made = 0, lasts = 0, born = UINT32_MAX;
	if (rnp_op_verify_signature_get_times(s, &made, &lasts) || made == 0)
		return "RFC 4880 5.2.3.4: a signature's time";
	msec at = (msec)made * MSEC_SECOND;
	if (rnp_key_get_creation(k, &born) || made < born)
		return "RFC 4880 5.2.3.4: a signature no older than its key";
	if (at > now + PGP_WINDOW)
		return "lymph: a signature not more than 48 h in the future";
	if (at < now - PGP_WINDOW)
		return "lymph: a signature not older than 48 h";
	if (lasts && at + (msec)lasts * MSEC_SECOND < now)
		return "RFC 4880 5.2.3.10: a signature that has not expired";
	*when = at;
	return NULL;
}

/* One signature by the key loaded. NULL, or the rule. */
static const char *
sig_rule(rnp_op_verify_signature_t s, rnp_key_handle_t k, rnp_key_handle_t primary, msec now,
    msec arrived, msec *when)
{
	const char *rule = hash_rule(s);
	if (!rule)
		rule = key_rule(k, primary);
	if (!rule)
		rule = time_rule(s, k, arrived, when);
	if (rule)
		return rule;
	switch (rnp_op_verify_signature_get_status(s)) {
	case RNP_SUCCESS: return NULL;
	case RNP_ERROR_SIGNATURE_EXPIRED: /* it fits, and has expired, or is from the future: see time_rule */
		if (*when > now)
			return NULL;
		return "RFC 4880 5.2.3.10: a signature that has not expired";
	case RNP_ERROR_SIGNATURE_INVALID: return "RFC 4880 5.2.4: a signature of these very bytes";
	default: return "RFC 4880 5.2: a signature that can be checked";
	}
}

/* All signatures of the message: at least one by this key, and none of its that is bad. Those of other
 * keys say nothing here. */
static void
weigh(rnp_op_verify_t op, rnp_key_handle_t primary, msec now, msec arrived, struct pgp_answer *ret)
{
	size_t n = 0, good = 0;
	rnp_op_verify_get_signature_count(op, &n);
	ret->result = PGP_UNKNOWN;
	for (size_t i = 0; i < n; i++) {
		rnp_op_verify_signature_t s = NULL;
		rnp_key_handle_t k = NULL;
		msec when = 0;
		if (rnp_op_verify_get_signature_at(op, i, &s) || rnp_op_verify_signature_get_key(s, &k) || !k)
			continue;
		const char *rule = sig_rule(s, k, primary, now, arrived, &when);
		rnp_key_handle_destroy(k);
		if (rule) {
			ret->result = PGP_REFUSED;
			snprintf(ret->rule, sizeof(ret->rule), "%s", rule);
			return;
		}
		if (!good++ || when < ret->when)
			ret->when = when;
	}
	if (good)
		ret->result = PGP_GOOD;
	else
		snprintf(ret->rule, sizeof(ret->rule), "lymph: a signature by an enrolled key");
}

static bool
take_text(rnp_output_t out, struct pgp_answer *ret)
{
	uint8_t *p = NULL;
	size_t n = 0;
	if (rnp_output_memory_get_buf(out, &p, &n, false))
		return false;
	ret->text = malloc(n + 1);
	if (!ret->text)
		return false;
	if (n)
		memcpy(ret->text, p, n);
	ret->text_n = n;
	return true;
}

static void
say(struct pgp_answer *ret, enum pgp_result result, const char *rule)
{
	ret->result = result;
	snprintf(ret->rule, sizeof(ret->rule), "%s", rule);
}

void
pgp_verify(enum pgp_form form, const void *key, size_t key_n, const void *bytes, size_t n,
    const void *sig, size_t sig_n, msec now, msec arrived, struct pgp_answer *ret)
{
	rnp_key_handle_t primary = NULL;
	rnp_input_t in = NULL, sig_in = NULL;
	rnp_output_t out = NULL;
	rnp_op_verify_t op = NULL;
	char *fpr = NULL;
	memset(ret, 0, sizeof(*ret));
	hush(true);
	const char *rule = key_load(key, key_n, now, &primary);
	if (rule) {
		say(ret, PGP_REFUSED, rule);
		hush(false);
		return;
	}
	rnp_result_t rc = rnp_input_from_memory(&in, n ? bytes : (const void *)"", n, false);
	if (!rc && form == PGP_CLEAR)
		rc = rnp_output_to_memory(&out, n + 4096);
	if (!rc && form == PGP_DETACHED)
		rc = rnp_input_from_memory(&sig_in, sig, sig_n, false);
	if (!rc)
		rc = form == PGP_CLEAR ? rnp_op_verify_create(&op, warm, in, out)
		                       : rnp_op_verify_detached_create(&op, warm, in, sig_in);
	if (rc) {
		say(ret, PGP_LATER, "lymph: memory for it");
	} else {
		/* What it returns is about the message; each signature is asked below. */
		(void)rnp_op_verify_execute(op);
		weigh(op, primary, now, arrived, ret);
	}
	if (ret->result == PGP_GOOD && rnp_key_get_fprint(primary, &fpr))
		say(ret, PGP_REFUSED, "RFC 4880 12.2: a fingerprint");
	if (ret->result == PGP_GOOD)
		snprintf(ret->fingerprint, sizeof(ret->fingerprint), "%s", fpr);
	if (ret->result == PGP_GOOD && form == PGP_CLEAR && !take_text(out, ret))
		say(ret, PGP_LATER, "lymph: memory for it");
	rnp_buffer_destroy(fpr);
	rnp_op_verify_destroy(op);
	rnp_input_destroy(sig_in);
	rnp_output_destroy(out);
	rnp_input_destroy(in);
	rnp_key_handle_destroy(primary);
	hush(false);
}

static bool
id_of(rnp_key_handle_t k, uint8_t ret[PGP_ID])
{
	char *hex = NULL;
	unsigned v[PGP_ID];
	bool ok = rnp_key_get_keyid(k, &hex) == RNP_SUCCESS && strlen(hex) == 2 * PGP_ID;
	for (int i = 0; ok && i < PGP_ID; i++) {
		ok = sscanf(hex + 2 * i, "%2x", &v[i]) == 1;
		ret[i] = (uint8_t)v[i];
	}
	rnp_buffer_destroy(hex);
	return ok;
}

/* The key and its subkeys, by id; the rule none of them keeps, or NULL. */
static const char *
see_parts(rnp_key_handle_t primary, struct pgp_seen *ret)
{
	size_t subs = 0;
	const char *rule = key_rule(primary, primary), *sub_rule = NULL;
	if (!id_of(primary, ret->id[ret->n++]))
		return "RFC 4880 12.2: a key id";
	if (rnp_key_get_subkey_count(primary, &subs) || subs >= PGP_SUBS)
		return "lymph: a key with fewer than 32 subkeys";
	for (size_t i = 0; i < subs; i++) {
		rnp_key_handle_t k = NULL;
		if (rnp_key_get_subkey_at(primary, i, &k))
			return "RFC 4880 11.1: subkeys that can be read";
		bool ok = id_of(k, ret->id[ret->n]);
		sub_rule = key_rule(k, primary);
		rnp_key_handle_destroy(k);
		if (!ok)
			return "RFC 4880 12.2: a key id";
		ret->n++;
		if (!sub_rule)
			rule = NULL;
	}
	return rule;
}

/* The key as it is kept: what others signed on it, and what is not valid, stays outside. */
static bool
minimise(rnp_key_handle_t primary, struct pgp_seen *ret)
{
	rnp_output_t out = NULL;
	uint8_t *p = NULL;
	bool ok = false;
	rnp_key_remove_signatures(primary, RNP_KEY_SIGNATURE_INVALID | RNP_KEY_SIGNATURE_UNKNOWN_KEY |
	    RNP_KEY_SIGNATURE_NON_SELF_SIG, NULL, NULL);
	if (rnp_output_to_memory(&out, KEPT_MOST) == RNP_SUCCESS &&
	    rnp_key_export(primary, out, RNP_KEY_EXPORT_PUBLIC | RNP_KEY_EXPORT_SUBKEYS) == RNP_SUCCESS &&
	    rnp_output_memory_get_buf(out, &p, &ret->key_n, false) == RNP_SUCCESS &&
	    (ret->key = malloc(ret->key_n ? ret->key_n : 1))) {
		memcpy(ret->key, p, ret->key_n);
		ok = true;
	}
	rnp_output_destroy(out);
	return ok;
}

void
pgp_key_see(const void *key, size_t n, msec now, struct pgp_seen *ret)
{
	rnp_key_handle_t primary = NULL;
	char *fpr = NULL;
	memset(ret, 0, sizeof(*ret));
	hush(true);
	const char *rule = key_load(key, n, now, &primary);
	if (!rule && rnp_key_get_fprint(primary, &fpr))
		rule = "RFC 4880 12.2: a fingerprint";
	if (!rule && strlen(fpr) != 40)
		rule = "RFC 4880 12.2: a key of version 4";
	if (!rule)
		rule = see_parts(primary, ret);
	if (!rule && !minimise(primary, ret))
		rule = "lymph: a key that can be kept, of at most 48 KiB";
	if (fpr)
		snprintf(ret->fingerprint, sizeof(ret->fingerprint), "%s", fpr);
	if (rule)
		snprintf(ret->rule, sizeof(ret->rule), "%s", rule);
	ret->result = rule ? PGP_REFUSED : PGP_GOOD;
	rnp_buffer_destroy(fpr);
	rnp_key_handle_destroy(primary);
	hush(false);
}
