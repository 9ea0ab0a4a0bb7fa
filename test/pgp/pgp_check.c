/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The gate by hand: pgp_check KEY DATA [SIG] says what role verify would say of a signature; without SIG
 * DATA is a clear-signed text, whose text goes to the file of --text. pgp_check --enrol KEY says what would
 * become of the key; pgp_check --bench N ... how many a second of CPU.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lymphd/pgp_gate.h"

static uint8_t key[PGP_KEY_BYTES], sig[PGP_SIG_BYTES];

/* Whole, in memory nobody frees; three of them at most. */
static void *
file(const char *path, size_t *n)
{
	static char room[3][4u << 20];
	static unsigned used;
	FILE *f = fopen(path, "rb");
	if (!f) {
		perror(path);
		exit(2);
	}
	*n = fread(room[used], 1, sizeof(room[0]), f);
	fclose(f);
	return room[used++];
}

static int
enrol(const char *path)
{
	const char *rule;
	size_t n, len;
	struct pgp_seen seen;
	void *p = file(path, &n);
	if (pgp_key_read(p, n, key, &len, &rule) < 0) {
		printf("refused - %s\n", rule);
		return 1;
	}
	pgp_key_see(key, len, (msec)time(NULL) * 1000, &seen);
	printf("%s %s %s\n", seen.result == PGP_GOOD ? "good" : "refused",
	    seen.fingerprint[0] ? seen.fingerprint : "-", seen.rule);
	free(seen.key);
	return seen.result != PGP_GOOD;
}

static int
bench(int times, enum pgp_form form, size_t key_n, const void *data, size_t n, size_t sig_n)
{
	struct pgp_answer a;
	clock_t begin = clock();
	for (int i = 0; i < times; i++) {
		pgp_verify(form, key, key_n, data, n, sig, sig_n, (msec)time(NULL) * 1000,
		    (msec)time(NULL) * 1000, &a);
		free(a.text);
		if (a.result != PGP_GOOD) {
			fprintf(stderr, "%s\n", a.rule);
			return 1;
		}
	}
	printf("%.1f\n", times / ((double)(clock() - begin) / CLOCKS_PER_SEC));
	return 0;
}

int
main(int argc, char **argv)
{
	static const char *const words[] = { "good", "refused", "unknown", "later", "aside" };
	const char *rule = "", *text = NULL;
	size_t n, len, sig_n = 0;
	struct pgp_sigs sigs;
	struct pgp_answer a;
	int times = 0, r;
	for (; argc > 2 && strncmp(argv[1], "--", 2) == 0; argc -= 2, argv += 2) {
		if (strcmp(argv[1], "--enrol") == 0)
			return enrol(argv[2]);
		if (strcmp(argv[1], "--text") == 0)
			text = argv[2];
		if (strcmp(argv[1], "--bench") == 0)
			times = atoi(argv[2]);
	}
	if (argc < 3)
		return 2;
	void *k = file(argv[1], &n);
	if (pgp_key_read(k, n, key, &len, &rule) < 0) {
		printf("refused - key: %s\n", rule);
		return 1;
	}
	void *data = file(argv[2], &n);
	enum pgp_form form = argc > 3 ? PGP_DETACHED : PGP_CLEAR;
	if (form == PGP_DETACHED) {
		size_t m;
		void *s = file(argv[3], &m);
		r = pgp_sig_read(s, m, sig, &sig_n, &sigs, &rule);
	} else {
		r = pgp_clear_read(data, n, sig, &sig_n, &sigs, &rule);
	}
	if (r < 0) {
		printf("refused - %s\n", rule);
		return 1;
	}
	if (times)
		return bench(times, form, len, data, n, sig_n);
	pgp_verify(form, key, len, data, n, sig, sig_n, (msec)time(NULL) * 1000, (msec)time(NULL) * 1000, &a);
	printf("%s %s %s\n", words[a.result], a.fingerprint[0] ? a.fingerprint : "-", a.rule);
	if (text && a.result == PGP_GOOD) {
		FILE *f = fopen(text, "wb");
		if (!f || fwrite(a.text, 1, a.text_n, f) != a.text_n || fclose(f) != 0)
			return 2;
	}
	free(a.text);
	return a.result != PGP_GOOD;
}
