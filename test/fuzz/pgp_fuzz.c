/* SPDX-License-Identifier: BSD-2-Clause */
/* OpenPGP bytes before any library sees them, and statements. The first byte says which. What passes must
 * pass again when handed on as bare packets, and an unsigned text is never longer than what it came in. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/pgp.h"
#include "wire/statement.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

#define NOW INT64_C(1795000000000)

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static uint8_t sig[PGP_SIG_BYTES], again[PGP_SIG_BYTES], key[PGP_KEY_BYTES], key2[PGP_KEY_BYTES];
	struct pgp_sigs sigs, sigs2;
	struct statement s, t;
	const char *field = NULL, *rule = NULL;
	size_t len = 0, len2 = 0;
	if (n == 0)
		return 0;
	uint8_t *in = malloc(n); /* exactly: an over-read is seen */
	memcpy(in, p + 1, n - 1);
	n--;
	switch (p[0] % 4) {
	case 0:
		if (pgp_sig_read(in, n, sig, &len, &sigs, &rule) < 0)
			break;
		if (sigs.n == 0 || sigs.n > PGP_SIGS || pgp_sig_read(sig, len, again, &len2, &sigs2, &rule) < 0 ||
		    len2 != len || sigs2.n != sigs.n)
			abort();
		break;
	case 1:
		if (pgp_clear_read(in, n, sig, &len, &sigs, &rule) == 0) {
			char *text = malloc(n ? n : 1);
			if (!pgp_is_clear(in, n) || pgp_clear_text(in, n, text) > n ||
			    pgp_sig_read(sig, len, again, &len2, &sigs2, &rule) < 0)
				abort();
			free(text);
		}
		break;
	case 2:
		if (pgp_key_read(in, n, key, &len, &rule) == 0 &&
		    (pgp_key_read(key, len, key2, &len2, &rule) < 0 || len2 != len))
			abort();
		break;
	case 3:
		if (statement_parse(in, n, NOW, &s, &field, &rule) < 0) {
			if (!field || !rule)
				abort();
			break;
		}
		char text[1024];
		int m = statement_print(&s, text, sizeof(text));
		if (m > 0 && (statement_parse(text, (size_t)m, NOW, &t, &field, &rule) < 0 ||
		                 memcmp(&s, &t, sizeof(s)) != 0))
			abort();
		break;
	}
	free(in);
	return 0;
}
