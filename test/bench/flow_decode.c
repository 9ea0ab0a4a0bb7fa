/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * flow_decode FORMAT RUNS: how fast datagrams become flows, in memory and on one processor: 64 datagrams
 * of a size that fits Ethernet, again and again, for a second a run. FORMAT: v5, v9, ipfix, sflow. Prints
 * a JSON line of flow.decode_records_per_s (of v9) or flow.decode_FORMAT_records_per_s, by processor time.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cursor.h"
#include "wire/flowdec.h"

#define NOW_S  1795312800u
#define KINDS  64
#define TARGET 11e6       /* what a detector may spend beside it is bounded by that */
#define TARGET_SFLOW 4e6  /* a record is a whole packet's headers */

static uint8_t data[KINDS][1500];
static size_t len[KINDS];
static uint64_t flows, sum;

static void
take(void *arg, const struct flow *f, size_t n)
{
	(void)arg;
	flows += n;
	sum += f[n - 1].packets; /* the work must be done */
}

static uint32_t
rnd(void)
{
	static uint64_t x = 88172645463325252u;
	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (uint32_t)x;
}

static void
v5(struct writer *w)
{
	const uint32_t head[] = { 5 << 16 | 30, 5000000, NOW_S, 0, 0, 0x43e8 };
	for (size_t i = 0; i < 6; i++)
		w32(w, head[i]);
	for (unsigned i = 0; i < 30; i++) {
		const uint32_t r[] = { 0x0a000000 | rnd() % (1 << 20), rnd(), 0, 3 << 16 | 7, 1 + rnd() % 20, rnd() % 20000,
			4990000, 4999000, rnd(), 0x001b0600, 0, 0 };
		for (size_t k = 0; k < 12; k++)
			w32(w, r[k]);
	}
}

/* 12 fields, 34 bytes (v9) or 42 (IPFIX: times in ms): addresses, ports, counts, interfaces, protocol, flags. */
static void
templated(struct writer *w, bool v9, bool first)
{
	const uint16_t f[][2] = { { 8, 4 }, { 12, 4 }, { 2, 4 }, { 1, 4 }, { v9 ? 22 : 152, v9 ? 4 : 8 },
		{ v9 ? 21 : 153, v9 ? 4 : 8 }, { 7, 2 }, { 11, 2 }, { 10, 2 }, { 14, 2 }, { 4, 1 }, { 6, 1 } };
	const unsigned n = first ? 1 : v9 ? 41 : 33;
	uint8_t *at = w->p;
	w32(w, v9 ? 9 << 16 | n : 10 << 16);
	if (v9)
		w32(w, 5000000);
	w32(w, NOW_S);
	w64(w, 1);
	if (first) {
		w32(w, (v9 ? 0u : 2u) << 16 | (8 + 48));
		w32(w, 256 << 16 | 12);
		for (size_t i = 0; i < 12; i++)
			w32(w, (uint32_t)f[i][0] << 16 | f[i][1]);
	}
	w32(w, 256 << 16 | (4 + n * (v9 ? 34u : 42u)));
	for (unsigned i = 0; i < n; i++) {
		w32(w, 0x0a000000 | rnd() % (1 << 20));
		w32(w, rnd());
		w32(w, 1 + rnd() % 20);
		w32(w, rnd() % 20000);
		if (v9) {
			w32(w, 4990000);
			w32(w, 4999000);
		} else {
			w64(w, (uint64_t)NOW_S * 1000 - 10000);
			w64(w, (uint64_t)NOW_S * 1000 - 1000);
		}
		w32(w, rnd());
		w32(w, 3 << 16 | 7);
		w16(w, 0x061b);
	}
	if (!v9) {
		at[2] = (uint8_t)((w->p - at) >> 8);
		at[3] = (uint8_t)(w->p - at);
	}
}

static void
sflow(struct writer *w)
{
	const uint32_t head[] = { 5, 1, 0xc0000201, 0, 0, 5000000, 7 };
	for (size_t i = 0; i < 7; i++)
		w32(w, head[i]);
	for (unsigned i = 0; i < 7; i++) {
		const uint32_t r[] = { 1, 32 + 8 + 16 + 128, 1, 3, 1000, 0, 0, 3, 7, 1, 1, 16 + 128, 1, 132, 4, 128 };
		for (size_t k = 0; k < sizeof(r) / sizeof(r[0]); k++)
			w32(w, r[k]);
		static const uint8_t frame[128] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 114, 0, 1, 0x40, 0, 64, 6 };
		uint8_t *p = w->p;
		wbytes(w, frame, sizeof(frame));
		const uint32_t src = rnd(), dst = rnd(), ports = rnd();
		p[26] = 10;
		memcpy(p + 27, &src, 3);
		memcpy(p + 30, &dst, 4);
		memcpy(p + 34, &ports, 4);
		p[47] = 0x18;
	}
}

static void
fill(const char *format)
{
	for (unsigned i = 0; i < KINDS; i++) {
		struct writer w = writer_of(data[i], sizeof(data[i]));
		if (strcmp(format, "v5") == 0)
			v5(&w);
		else if (strcmp(format, "sflow") == 0)
			sflow(&w);
		else
			templated(&w, strcmp(format, "v9") == 0, i == 0);
		if (w.bad)
			abort();
		len[i] = writer_len(&w);
	}
}

static double
cpu(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double
run(struct flowdec *d)
{
	double from = cpu(), took = 0;
	uint64_t before = flows;
	while (took < 1) {
		for (unsigned k = 0; k < 1000; k++) {
			const char *rule;
			if (flowdec_datagram(d, 0, 2055, data[k % KINDS], len[k % KINDS], (msec)NOW_S * 1000, take, NULL, &rule) < 0)
				abort();
		}
		took = cpu() - from;
	}
	return (double)(flows - before) / took;
}

static int
more(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

int
main(int argc, char **argv)
{
	const char *format = argc > 1 ? argv[1] : "v9";
	unsigned runs = argc > 2 ? (unsigned)atoi(argv[2]) : 5;
	double v[64], load = 0;
	struct sights *s = sights_tap();
	struct flowdec *d = s ? flowdec_new(s) : NULL;
	FILE *f = fopen("/proc/loadavg", "r");
	if (!d || runs < 1 || runs > 64)
		return 2;
	if (f && fscanf(f, "%lf", &load) != 1)
		load = -1;
	fill(format);
	for (unsigned i = 0; i < runs; i++)
		v[i] = run(d);
	qsort(v, runs, sizeof(v[0]), more);
	bool v9 = strcmp(format, "v9") == 0;
	double target = strcmp(format, "sflow") == 0 ? TARGET_SFLOW : TARGET;
	printf("{\"name\":\"flow.decode_%s%srecords_per_s\",\"value\":%.0f,\"unit\":\"records/s\",\"better\":\"more\","
	    "\"target\":%.0f,\"met\":%s,\"runs\":%u,\"min\":%.0f,\"max\":%.0f,\"cpu_s\":%.1f,\"load\":%.2f}\n",
	    v9 ? "" : format, v9 ? "" : "_", v[runs / 2], target, v[runs / 2] >= target ? "true" : "false", runs, v[0],
	    v[runs - 1], cpu(), load);
	if (f)
		fclose(f);
	flowdec_free(d);
	sights_free(s);
	return sum == 0;
}
