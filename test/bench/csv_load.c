/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * csv_load make ROWS OWN: a Shadowserver-like sheet of scan_telnet on stdout; one row in OWN is about
 * 192.0.2.0/24. csv_load read FILE RUNS: reads it from memory, a line a run: rows, claims, CPU seconds, and
 * how much memory reading took beyond the file itself, in KiB.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "wire/sheet.h"

static int
make(unsigned rows, unsigned own)
{
	unsigned seed = 7;
	puts("\"timestamp\",\"severity\",\"ip\",\"protocol\",\"port\",\"hostname\",\"tag\",\"asn\","
	     "\"geo\",\"region\",\"city\","
	     "\"naics\",\"hostname_source\",\"sector\",\"banner\"");
	for (unsigned i = 0; i < rows; i++) {
		seed = seed * 1103515245 + 12345;
		unsigned r = seed >> 8;
		char ip[32];
		if (i % own == 0)
			snprintf(ip, sizeof(ip), "192.0.2.%u", i / own % 254 + 1);
		else
			snprintf(ip, sizeof(ip), "%u.%u.%u.%u", r % 90 + 100, r / 7 % 256,
			    r / 11 % 256, r % 254 + 1);
		printf("\"2026-11-21 "
		       "%02u:%02u:%02u\",\"medium\",\"%s\",\"tcp\",23,\"host-%u.dsl.example.net\","
		       "\"telnet\",%u,\"NL\","
		       "\"NOORD-HOLLAND\",\"AMSTERDAM\",517311,\"ptr\",\"Communications, Service "
		       "Provider, and Hosting Service\","
		       "\"BusyBox v1.%u.2 login:\"\n",
		    i / 3600 % 24, i / 60 % 60, i % 60, ip, r, r % 60000 + 1, r % 30);
	}
	return 0;
}

static bool
ours(const struct addr *a, void *arg)
{
	(void)arg;
	return a->fam == 4 && a->b[0] == 192 && a->b[1] == 0 && a->b[2] == 2;
}

static int
hear(const struct claim *c, void *arg)
{
	*(size_t *)arg += c->text_n;
	return 0;
}

static int
read_it(const char *path, int runs)
{
	struct logtime_ref ref = { .now = 1795305600000 };
	FILE *f = fopen(path, "rb");
	if (!f || fseek(f, 0, SEEK_END) < 0)
		return 1;
	size_t n = (size_t)ftell(f);
	char *p = malloc(n + 1);
	rewind(f);
	if (!p || fread(p, 1, n, f) != n)
		return 1;
	fclose(f);
	for (int i = 0; i < runs; i++) {
		struct rusage a, b;
		struct sheet *s;
		const char *rule = NULL;
		size_t text = 0, used;
		getrusage(RUSAGE_SELF, &a);
		if (sheet_new("2026-11-21-scan_telnet-example.csv", ours, &ref, hear, &text, &s) <
		    0)
			return 1;
		int rc = sheet_feed(s, p, n, true, &used, &rule);
		getrusage(RUSAGE_SELF, &b);
		if (rc != 0) {
			fprintf(stderr, "refused: %s\n", rule);
			return 1;
		}
		double cpu = (double)(b.ru_utime.tv_sec - a.ru_utime.tv_sec + b.ru_stime.tv_sec -
				      a.ru_stime.tv_sec) +
			     (double)(b.ru_utime.tv_usec - a.ru_utime.tv_usec + b.ru_stime.tv_usec -
				      a.ru_stime.tv_usec) /
				 1e6;
		printf("%llu %llu %.6f %ld\n", (unsigned long long)sheet_counted(s)->rows,
		    (unsigned long long)sheet_counted(s)->claims, cpu, b.ru_maxrss - a.ru_maxrss);
		sheet_free(s);
	}
	free(p);
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "make") == 0 && atoi(argv[3]) > 0)
		return make((unsigned)atoi(argv[2]), (unsigned)atoi(argv[3]));
	if (argc == 4 && strcmp(argv[1], "read") == 0)
		return read_it(argv[2], atoi(argv[3]));
	fputs("usage: csv_load make ROWS OWN | read FILE RUNS\n", stderr);
	return 2;
}
