/* SPDX-License-Identifier: BSD-2-Clause */
/* What of OpenPGP is let through to the library, byte by byte; and statements. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire/pgp.h"
#include "wire/sshsig.h"
#include "wire/statement.h"

#define NOW INT64_C(1795000000000)

static uint8_t out[PGP_KEY_BYTES];
static size_t out_n;
static struct pgp_sigs sigs;
static const char *rule;

/* A packet of version 4 as they are made: type 0, SHA-512, its time, a fingerprint, an issuer. */
static const uint8_t sig4[] = { 0xc2, 49, 4, 0, 22, 10, 0, 29, 22, 33, 4, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
	12, 13, 14, 15, 16, 17, 18, 19, 20, 5, 2, 1, 2, 3, 4, 0, 4, 3, 0xff, 1, 1, 0xab, 0xcd, 0, 1, 1, 0, 1, 1 };

static void
sig_is(const void *p, size_t n, const char *want)
{
	rule = "";
	int r = pgp_sig_read(p, n, out, &out_n, &sigs, &rule);
	if (!want)
		assert_string_equal(rule, "");
	else if (!strstr(rule, want))
		fail_msg("\"%s\", not \"%s\"", rule, want);
	assert_int_equal(r, want ? -EBADMSG : 0);
}

static void
test_packets(void **state)
{
	uint8_t p[512];
	(void)state;
	sig_is(sig4, sizeof(sig4), NULL);
	assert_int_equal(sigs.n, 1);
	assert_true(sigs.sig[0].has_id);
	assert_memory_equal(sigs.sig[0].id, ((uint8_t[]){ 13, 14, 15, 16, 17, 18, 19, 20 }), 8);
	assert_int_equal(sigs.sig[0].hash, 10);
	for (size_t n = 0; n < sizeof(sig4); n++) {
		rule = "";
		assert_int_equal(pgp_sig_read(sig4, n, out, &out_n, &sigs, &rule), -EBADMSG);
	}
	memcpy(p, sig4, sizeof(sig4));
	p[2] = 3;
	sig_is(p, sizeof(sig4), "version 4");
	p[2] = 4;
	p[3] = 0x10;
	sig_is(p, sizeof(sig4), "type 0x00 or 0x01");
	p[3] = 1;
	sig_is(p, sizeof(sig4), NULL);
	p[0] = 0xc8; /* compressed */
	sig_is(p, sizeof(sig4), "signature packets, and no other");
	p[0] = 0xc2;
	p[1] = 0xe1; /* partial */
	sig_is(p, sizeof(sig4), "partial");
	p[1] = 0xff; /* of four bytes */
	memmove(p + 6, sig4 + 2, sizeof(sig4) - 2);
	p[2] = p[3] = p[4] = 0;
	p[5] = sizeof(sig4) - 2;
	sig_is(p, sizeof(sig4) + 4, NULL);
	p[5]++;
	sig_is(p, sizeof(sig4) + 4, "as long as it says");
	p[0] = 0x8b; /* of the old format, to the end */
	sig_is(p, sizeof(sig4), "indeterminate");
	for (int i = 0; i < 9; i++)
		memcpy(p + i * sizeof(sig4), sig4, sizeof(sig4));
	sig_is(p, 8 * sizeof(sig4), NULL);
	assert_int_equal(sigs.n, 8);
	sig_is(p, 9 * sizeof(sig4), "at most 8");
	sig_is("", 0, "a signature packet");
}

#define B64 "wjEEABYKAB0WIQQBAgMEBQYHCAkKCwwNDg8QERITFAUCAQIDBAAEA/8BAavNAAEBAAEB"
static void
test_armour(void **state)
{
	static const struct {
		const char *text, *rule;
	} rows[] = {
		{ "-----BEGIN PGP SIGNATURE-----\n\n" B64 "\n=AAAA\n-----END PGP SIGNATURE-----\n", NULL },
		{ "-----BEGIN PGP SIGNATURE-----\r\nVersion: x\r\n\r\n" B64 "\r\n-----END PGP SIGNATURE-----", NULL },
		{ "-----BEGIN PGP SIGNATURE-----  \n \n" B64 "  \n=AAAA\n-----END PGP SIGNATURE----- \n\n", NULL },
		{ "-----BEGIN PGP SIGNATURE-----\n" B64 "\n-----END PGP SIGNATURE-----\n", "armour headers" },
		{ "-----BEGIN PGP MESSAGE-----\n\n" B64 "\n-----END PGP MESSAGE-----\n", "armour header line" },
		{ "-----BEGIN PGP SIGNATURE-----\n\n" B64 "\n", "armour tail" },
		{ "-----BEGIN PGP SIGNATURE-----\n\n" B64 "\n-----END PGP SIGNATURE-----\nx", "nothing behind" },
		{ "-----BEGIN PGP SIGNATURE-----\n\n" B64 "=\n-----END PGP SIGNATURE-----\n", "base64" },
		{ "-----BEGIN PGP SIGNATURE-----\n\n" B64 "A\n-----END PGP SIGNATURE-----\n", "base64" },
		{ "-----BEGIN PGP SIGNATURE-----\n\n" B64 "QQ==QQ==\n-----END PGP SIGNATURE-----\n", "behind padding" },
		{ "-----BEGIN PGP SIGNATURE-----\n\n" B64 "\n=AAAA\nAAAA\n-----END PGP SIGNATURE-----\n", "behind padding" },
		{ "-", "armour header line" },
		{ "-----BEGIN PGP SIGNATURE-----", "armour" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		sig_is(rows[i].text, strlen(rows[i].text), rows[i].rule);
}

#define SIG "-----BEGIN PGP SIGNATURE-----\n\n" B64 "\n-----END PGP SIGNATURE-----\n"
#define BEGIN "-----BEGIN PGP SIGNED MESSAGE-----\n"
static void
test_clear(void **state)
{
	static const struct {
		const char *text, *rule, *inside;
	} rows[] = {
		{ BEGIN "Hash: SHA512\n\none\n- -two\nthree\n" SIG, NULL, "one\n-two\nthree" },
		{ BEGIN "\n" SIG, NULL, "" },
		{ BEGIN "Hash: SHA512\r\n\r\none\r\n" SIG, NULL, "one" },
		{ " " BEGIN "\none\n" SIG, "nothing before", NULL },
		{ BEGIN "Comment: x\n\none\n" SIG, "no header but Hash", NULL },
		{ BEGIN "\none\n-two\n" SIG, "escaped", NULL },
		{ BEGIN "\none\n-----BEGIN PGP SIGNED MESSAGE-----\n" SIG, "escaped", NULL },
		{ BEGIN "\none\n" SIG "x", "nothing behind", NULL },
		{ BEGIN "\none\n" SIG SIG, "nothing behind", NULL },
		{ BEGIN "\none\n", "a signature behind", NULL },
		{ BEGIN "\none\n-", "escaped", NULL },
		{ BEGIN, "a signature behind", NULL },
		{ BEGIN "Hash: SHA512", "then an empty line", NULL },
	};
	char text[512];
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		size_t n = strlen(rows[i].text);
		rule = "";
		int r = pgp_clear_read(rows[i].text, n, out, &out_n, &sigs, &rule);
		assert_int_equal(r, rows[i].rule ? -EBADMSG : 0);
		if (rows[i].rule && !strstr(rule, rows[i].rule))
			fail_msg("row %zu: \"%s\"", i, rule);
		if (rows[i].rule)
			continue;
		n = pgp_clear_text(rows[i].text, n, text);
		assert_int_equal(n, strlen(rows[i].inside));
		assert_memory_equal(text, rows[i].inside, n);
	}
}

static void
test_key(void **state)
{
	/* A public key, an id, a secret subkey: nothing is looked at inside. */
	static const uint8_t good[] = { 0xc6, 1, 4, 0xcd, 1, 'x', 0xc2, 1, 0, 0xce, 1, 4 };
	static const uint8_t secret[] = { 0xc6, 1, 4, 0xc7, 1, 4 }, two[] = { 0xc6, 1, 4, 0xc6, 1, 4 };
	static const uint8_t uid[] = { 0xcd, 1, 'x' }, message[] = { 0xc6, 1, 4, 0xc8, 1, 0 };
	(void)state;
	assert_int_equal(pgp_key_read(good, sizeof(good), out, &out_n, &rule), 0);
	assert_int_equal(out_n, sizeof(good));
	assert_int_equal(pgp_key_read(secret, sizeof(secret), out, &out_n, &rule), -EBADMSG);
	assert_non_null(strstr(rule, "never a secret one"));
	assert_int_equal(pgp_key_read(two, sizeof(two), out, &out_n, &rule), -EBADMSG);
	assert_int_equal(pgp_key_read(uid, sizeof(uid), out, &out_n, &rule), -EBADMSG);
	assert_int_equal(pgp_key_read(message, sizeof(message), out, &out_n, &rule), -EBADMSG);
	assert_int_equal(pgp_key_read("", 0, out, &out_n, &rule), -EBADMSG);
}

#define KEY "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g"
static void
test_statement(void **state)
{
	static const struct {
		const char *text, *field;
	} rows[] = {
		{ "{\"lymph_statement\":1,\"key\":\"" KEY "\",\"not_after\":\"2027-01-01T00:00:00Z\",\"scope\":\"reports\"}", NULL },
		{ "{\"lymph_statement\":1,\"key\":\"" KEY " me@host\",\"not_after\":\"2027-01-01T00:00:00Z\",\"scope\":\"reports\",\"aud\":\"a.example\"}\n", NULL },
		{ "{\"lymph_statement\":2,\"key\":\"" KEY "\",\"not_after\":\"2027-01-01T00:00:00Z\",\"scope\":\"reports\"}", "lymph_statement" },
		{ "{\"lymph_statement\":1,\"key\":\"ssh-rsa AAAA\",\"not_after\":\"2027-01-01T00:00:00Z\",\"scope\":\"reports\"}", "key" },
		{ "{\"lymph_statement\":1,\"key\":\"" KEY "\",\"not_after\":\"2026-11-01T00:00:00Z\",\"scope\":\"reports\"}", "not_after" },
		{ "{\"lymph_statement\":1,\"key\":\"" KEY "\",\"not_after\":\"2028-01-01T00:00:00Z\",\"scope\":\"reports\"}", "not_after" },
		{ "{\"lymph_statement\":1,\"key\":\"" KEY "\",\"not_after\":\"2027-01-01T00:00:00Z\",\"scope\":\"all\"}", "scope" },
		{ "{\"lymph_statement\":1,\"key\":\"" KEY "\",\"not_after\":\"2027-01-01T00:00:00Z\",\"scope\":\"reports\",\"x\":1}", "" },
		{ "{\"lymph_statement\":1,\"lymph_statement\":1,\"key\":\"" KEY "\",\"not_after\":\"2027-01-01T00:00:00Z\",\"scope\":\"reports\"}", "body" },
		{ "[]", "body" }, { "", "body" },
	};
	struct statement s;
	const char *field;
	char text[1024];
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int r = statement_parse(rows[i].text, strlen(rows[i].text), NOW, &s, &field, &rule);
		assert_int_equal(r, rows[i].field ? -EBADMSG : 0);
		if (rows[i].field)
			assert_string_equal(field, rows[i].field);
	}
	assert_int_equal(statement_parse(rows[1].text, strlen(rows[1].text), NOW, &s, &field, &rule), 0);
	assert_string_equal(s.aud, "a.example");
	struct statement t;
	int n = statement_print(&s, text, sizeof(text));
	assert_true(n > 0);
	assert_int_equal(statement_parse(text, (size_t)n, NOW, &t, &field, &rule), 0);
	assert_memory_equal(&s, &t, sizeof(s));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_packets),
		cmocka_unit_test(test_armour),
		cmocka_unit_test(test_clear),
		cmocka_unit_test(test_key),
		cmocka_unit_test(test_statement),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
