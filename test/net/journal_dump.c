/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints the facts of a kind, each as it was encoded, in hexadecimal: for scripts, which cannot read what
 * is sealed. Arguments: the state folder, the kind's number. It only reads. */
#include <stdio.h>
#include <stdlib.h>

#include "store/store.h"

static int
print(uint64_t seq, uint64_t case_no, const void *bytes, size_t n, void *arg)
{
	struct fact f;
	(void)seq, (void)case_no;
	int r = fact_decode(bytes, n, &f);
	if (r < 0 || (int)f.kind != *(const int *)arg)
		return r;
	for (size_t i = 0; i < n; i++)
		printf("%02X", ((const uint8_t *)bytes)[i]);
	putchar('\n');
	return 0;
}

int
main(int argc, char **argv)
{
	struct store *s;
	int kind = argc == 3 ? atoi(argv[2]) : 0;
	int r = argc == 3 ? store_sqlite_open(argv[1], STORE_READONLY, &s) : -1;
	if (r < 0)
		return 2;
	r = store_each_fact(s, 0, print, &kind);
	store_close(s);
	return r < 0 || fflush(stdout) != 0;
}
