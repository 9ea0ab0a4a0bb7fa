/* SPDX-License-Identifier: BSD-2-Clause */
/* SSHSIG: our own signatures, ssh-keygen's here and ours there, and every way to lie in a blob. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#include "wire/sshsig.h"

static const char message[] = "message\n";
#define MESSAGE message, sizeof(message) - 1

static struct sshsig_secret secret;
static struct key public;

static int
setup(void **state)
{
	(void)state;
	uint8_t seed[32];
	if (sodium_init() < 0)
		return -1;
	memset(seed, 7, sizeof(seed));
	return crypto_sign_seed_keypair(public.b, secret.sk, seed);
}

static void
test_own(void **state)
{
	(void)state;
	uint8_t blob[SSHSIG_MAX + 1], out[SSHSIG_MAX];
	char text[2048], b64[1024];
	struct key k;
	const char *rule;
	size_t n = sshsig_sign(&secret, MESSAGE, SSHSIG_NAMESPACE, blob), m;
	assert_in_range(n, 150, 300);
	assert_int_equal(sshsig_verify(blob, n, MESSAGE, SSHSIG_NAMESPACE, &k, &rule), 0);
	assert_memory_equal(k.b, public.b, 32);
	assert_int_equal(sshsig_verify(blob, n, "messagf\n", 8, SSHSIG_NAMESPACE, &k, &rule),
	    -EKEYREJECTED);
	assert_int_equal(sshsig_verify(blob, n, MESSAGE, "file", &k, &rule), -EBADMSG);
	assert_non_null(strstr(rule, "namespace"));
	/* Cut anywhere, anything appended, any bit flipped: never accepted. */
	for (size_t cut = 0; cut < n; cut++)
		assert_int_equal(sshsig_verify(blob, cut, MESSAGE, SSHSIG_NAMESPACE, &k, &rule), -EBADMSG);
	blob[n] = 0;
	assert_int_equal(sshsig_verify(blob, n + 1, MESSAGE, SSHSIG_NAMESPACE, &k, &rule), -EBADMSG);
	for (size_t bit = 0; bit < 8 * n; bit++) {
		blob[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_not_equal(sshsig_verify(blob, n, MESSAGE, SSHSIG_NAMESPACE, &k, &rule), 0);
		blob[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	int t = sshsig_armor(blob, n, text, sizeof(text));
	assert_true(t > 0 && strlen(text) == (size_t)t);
	assert_int_equal(sshsig_dearmor(text, (size_t)t, out, sizeof(out), &m), 0);
	assert_int_equal(m, n);
	assert_memory_equal(out, blob, n);
	strcpy(text + t, "junk");
	assert_int_equal(sshsig_dearmor(text, (size_t)t + 4, out, sizeof(out), &m), -EBADMSG);
	sodium_bin2base64(b64, sizeof(b64), blob, n, sodium_base64_VARIANT_ORIGINAL);
	assert_int_equal(sshsig_dearmor(b64, strlen(b64), out, sizeof(out), &m), 0);
	b64[10] = (char)0xff;
	assert_int_equal(sshsig_dearmor(b64, strlen(b64), out, sizeof(out), &m), -EBADMSG);
	b64[10] = 'A';
	assert_int_equal(sshsig_dearmor(b64, strlen(b64) - 1, out, sizeof(out), &m), -EBADMSG);
	assert_int_equal(sshsig_dearmor(b64, strlen(b64), out, n - 1, &m), -EBADMSG);
	assert_int_equal(sshsig_dearmor("", 0, out, sizeof(out), &m), -EBADMSG);
	assert_int_equal(sshsig_armor(blob, n, text, 100), -ENOSPC);
}

/* Offsets in a blob of ours: magic 6, version 4, key 4 + 51, namespace 4 + 12, reserved 4 ... */
static void
test_refusals(void **state)
{
	(void)state;
	static const struct {
		size_t at;
		uint8_t v;
		const char *rule;
	} rows[] = {
		{ 0, 's', "MAGIC" },
		{ 9, 2, "SIG_VERSION" },
		{ 10, 1, "lengths" },
		{ 13, 50, "lengths" },
		{ 18, 'x', "RFC 8709 4" }, /* another key type */
		{ 70, 'X', "namespace" },
		{ 92, '1', "hash_algorithm" },
		{ 102, 'x', "RFC 8709 6" },
	};
	uint8_t blob[SSHSIG_MAX], bad[SSHSIG_MAX];
	struct key k = { { 1 } };
	const char *rule;
	size_t n = sshsig_sign(&secret, MESSAGE, SSHSIG_NAMESPACE, blob);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memcpy(bad, blob, n);
		bad[rows[i].at] = rows[i].v;
		assert_int_equal(sshsig_verify(bad, n, MESSAGE, SSHSIG_NAMESPACE, &k, &rule), -EBADMSG);
		if (!strstr(rule, rows[i].rule))
			fail_msg("%s is not about %s", rule, rows[i].rule);
	}
	/* Keys of small order verify anything in naive code; the zero key means "unsigned" here. */
	static const uint8_t small[][32] = {
		{ 0 },
		{ 1 },
		{ 0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f },
	};
	for (size_t i = 0; i < 3; i++) {
		memcpy(bad, blob, n);
		memcpy(bad + 33, small[i], 32);
		memset(bad + n - 64, 0, 64);
		bad[n - 64] = 1;
		assert_int_not_equal(sshsig_verify(bad, n, MESSAGE, SSHSIG_NAMESPACE, &k, &rule), 0);
	}
	/* S + L is the same signature in another dress (RFC 8032 8.4). */
	static const uint8_t L[32] = { 0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
		0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10 };
	memcpy(bad, blob, n);
	sodium_add(bad + n - 32, L, 32);
	assert_int_equal(sshsig_verify(bad, n, MESSAGE, SSHSIG_NAMESPACE, &k, &rule), -EKEYREJECTED);
	assert_int_equal(k.b[0], 1);
}

static void
test_keys(void **state)
{
	(void)state;
	uint8_t seed[32];
	char text[4096], pub[128], print[KEY_TEXT];
	struct sshsig_secret s;
	struct key k;
	memset(seed, 7, sizeof(seed));
	int n = sshsig_secret_print(seed, "me@here", text, sizeof(text));
	assert_true(n > 300 && strlen(text) == (size_t)n);
	assert_int_equal(sshsig_secret_parse(text, (size_t)n, &s), 0);
	assert_memory_equal(s.sk, secret.sk, 64);
	assert_int_equal(sshsig_secret_print(seed, "me@here", text, 100), -ENOSPC);
	n = sshsig_secret_print(seed, "", text, sizeof(text));
	for (int cut = 0; cut < n - 1; cut++)
		assert_int_equal(sshsig_secret_parse(text, (size_t)cut, &s), -EBADMSG);
	key_print_public(&public, pub, sizeof(pub));
	assert_int_equal(sshsig_public_parse(pub, strlen(pub), &k), 0);
	assert_memory_equal(k.b, public.b, 32);
	strcat(pub, " comment here\n");
	assert_int_equal(key_parse(pub, strlen(pub), &k), 0);
	assert_int_equal(sshsig_public_parse("ssh-rsa AAAA", 12, &k), -EBADMSG);
	char hex[65];
	sodium_bin2hex(hex, sizeof(hex), public.b, 32);
	assert_int_equal(key_parse(hex, 64, &k), 0);
	assert_memory_equal(k.b, public.b, 32);
	assert_int_equal(key_parse(hex, 63, &k), -EINVAL);
	memset(hex, '0', 64);
	assert_int_equal(key_parse(hex, 64, &k), -EINVAL);
	assert_int_equal(strlen(key_print(&public, print)), 50);
	memset(&k, 0, sizeof(k));
	assert_string_equal(key_print(&k, print), "unsigned");
}

static char dir[] = "/tmp/lymph-sshsig-XXXXXX";

static int
sh(const char *cmd)
{
	char line[1024];
	snprintf(line, sizeof(line), "cd %s && { %s; } >>log 2>&1", dir, cmd);
	return system(line);
}

static size_t
slurp(const char *name, char *buf, size_t room)
{
	char path[64];
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	size_t n = fread(buf, 1, room - 1, f);
	fclose(f);
	buf[n] = '\0';
	return n;
}

static void
spill(const char *name, const char *text)
{
	char path[64];
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void
test_ssh_keygen(void **state)
{
	(void)state;
	char text[8192], line[512];
	uint8_t blob[SSHSIG_MAX];
	struct sshsig_secret s;
	struct key k, pub;
	const char *rule;
	size_t n, m;
	if (system("command -v ssh-keygen >/dev/null") != 0)
		skip();
	assert_non_null(mkdtemp(dir));
	spill("msg", message);
	assert_int_equal(sh("ssh-keygen -q -t ed25519 -N '' -C me@here -f id"), 0);

	/* Theirs here: key file, public key, fingerprint, signatures by either hash. */
	n = slurp("id", text, sizeof(text));
	assert_int_equal(sshsig_secret_parse(text, n, &s), 0);
	n = slurp("id.pub", text, sizeof(text));
	assert_int_equal(sshsig_public_parse(text, n, &pub), 0);
	assert_memory_equal(pub.b, s.sk + 32, 32);
	assert_int_equal(sh("ssh-keygen -l -f id.pub >print"), 0);
	slurp("print", text, sizeof(text));
	assert_non_null(strstr(text, key_print(&pub, line)));
	static const char *const options[] = { "", "-O hashalg=sha256", "-O hashalg=sha512" };
	for (int i = 0; i < 3; i++) {
		snprintf(line, sizeof(line), "rm -f msg.sig; ssh-keygen -Y sign %s -n lymph-report -f id msg",
		    options[i]);
		assert_int_equal(sh(line), 0);
		n = slurp("msg.sig", text, sizeof(text));
		assert_int_equal(sshsig_dearmor(text, n, blob, sizeof(blob), &m), 0);
		assert_int_equal(sshsig_verify(blob, m, MESSAGE, SSHSIG_NAMESPACE, &k, &rule), 0);
		assert_memory_equal(k.b, pub.b, 32);
	}
	/* Ours there. */
	m = sshsig_sign(&secret, MESSAGE, SSHSIG_NAMESPACE, blob);
	assert_true(sshsig_armor(blob, m, text, sizeof(text)) > 0);
	spill("ours.sig", text);
	strcpy(text, "me@here ");
	key_print_public(&public, text + 8, sizeof(text) - 8);
	strcat(text, "\n");
	spill("signers", text);
	assert_int_equal(sh("ssh-keygen -Y verify -f signers -I me@here -n lymph-report -s ours.sig <msg"),
	    0);
	assert_int_not_equal(
	    sh("echo x | ssh-keygen -Y verify -f signers -I me@here -n lymph-report -s ours.sig"), 0);
	uint8_t seed[32];
	memset(seed, 7, sizeof(seed));
	assert_true(sshsig_secret_print(seed, "a comment", text, sizeof(text)) > 0);
	spill("ours", text);
	assert_int_equal(sh("chmod 600 ours && ssh-keygen -y -f ours >ours.pub"), 0);
	n = slurp("ours.pub", text, sizeof(text));
	assert_int_equal(sshsig_public_parse(text, n, &k), 0);
	assert_memory_equal(k.b, public.b, 32);
	/* Encrypted, and other types, are told apart. */
	assert_int_equal(sh("ssh-keygen -q -t ed25519 -N secret -f enc"), 0);
	n = slurp("enc", text, sizeof(text));
	assert_int_equal(sshsig_secret_parse(text, n, &s), -ENOKEY);
	assert_int_equal(sh("ssh-keygen -q -t ecdsa -N '' -f ec"), 0);
	n = slurp("ec", text, sizeof(text));
	assert_int_equal(sshsig_secret_parse(text, n, &s), -ENOTSUP);
	assert_int_equal(sh("ssh-keygen -Y sign -n lymph-report -f ec <msg >ec.sig"), 0);
	n = slurp("ec.sig", text, sizeof(text));
	assert_int_equal(sshsig_dearmor(text, n, blob, sizeof(blob), &m), 0);
	assert_int_equal(sshsig_verify(blob, m, MESSAGE, SSHSIG_NAMESPACE, &k, &rule), -EBADMSG);
	snprintf(line, sizeof(line), "rm -rf %s", dir);
	assert_int_equal(system(line), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_ssh_keygen),
	};
	return cmocka_run_group_tests(tests, setup, NULL);
}
