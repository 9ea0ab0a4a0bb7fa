/* SPDX-License-Identifier: BSD-2-Clause */
/* Signature blobs, their armour and private key files. The first byte says which; a blob that
 * verifies must be the one that signing makes again or differ from it in its hash only. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/sshsig.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	if (n == 0)
		return 0;
	char *in = malloc(n); /* exactly: an over-read is seen */
	memcpy(in, p + 1, n - 1);
	n--;
	struct key k;
	struct sshsig_secret s;
	const char *rule = NULL;
	uint8_t blob[SSHSIG_MAX];
	size_t len;
	switch (p[0] % 5) {
	case 0:
		if (sshsig_verify(in, n, "message\n", 8, SSHSIG_NAMESPACE, &k, &rule) < 0 && !rule)
			abort();
		break;
	case 1:
		if (sshsig_dearmor(in, n, blob, sizeof(blob), &len) == 0) {
			char text[2 * SSHSIG_MAX + 128];
			uint8_t again[SSHSIG_MAX];
			size_t m;
			int t = sshsig_armor(blob, len, text, sizeof(text));
			if (t < 0 || sshsig_dearmor(text, (size_t)t, again, sizeof(again), &m) < 0 || m != len ||
			    memcmp(again, blob, m) != 0)
				abort();
			sshsig_verify(blob, len, "message\n", 8, SSHSIG_NAMESPACE, &k, &rule);
		}
		break;
	case 2:
		if (sshsig_secret_parse(in, n, &s) == 0) {
			len = sshsig_sign(&s, in, n, SSHSIG_NAMESPACE, blob);
			if (sshsig_verify(blob, len, in, n, SSHSIG_NAMESPACE, &k, &rule) < 0)
				abort();
		}
		break;
	case 3: sshsig_public_parse(in, n, &k); break;
	case 4: key_parse(in, n, &k); break;
	}
	free(in);
	return 0;
}
