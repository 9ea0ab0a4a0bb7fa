/* SPDX-License-Identifier: BSD-2-Clause */
/* Export datagrams, several of them from two exporters: [length 2][exporter and port 1][seconds since
 * the last one 1][bytes]. Whatever they are, flows come in batches that make sense and what is held stays below
 * the caps. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/flowdec.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
take(void *arg, const struct flow *f, size_t n)
{
	(void)arg;
	if (n == 0 || n > FLOW_BATCH)
		abort();
	for (size_t i = 0; i < n; i++)
		if ((f[i].src.fam != 4 && f[i].src.fam != 6) || f[i].src.fam == 0 || f[i].dst.fam == 0 ||
		    f[i].first > f[i].last || f[i].packets == 0 || f[i].exporter > 1 ||
		    (f[i].bits & FLOW_EGRESS && !(f[i].bits & FLOW_DIR)))
			abort();
}

static struct sights *
two(void)
{
	struct sights *s = sights_new();
	struct exporter_row a = { .addr = { .fam = 4, .b = { 192, 0, 2, 1 } }, .name = "a" };
	struct exporter_row b = { .addr = { .fam = 4, .b = { 192, 0, 2, 2 } }, .name = "b", .nat = NAT_AFTER };
	if (!s || sights_exporter(s, &a) < 0 || sights_exporter(s, &b) < 0)
		abort();
	return s;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct sights *s = two();
	struct flowdec *d = flowdec_new(s);
	struct exporter_stats st;
	msec now = 1795312800000;
	if (!d)
		abort();
	while (n >= 4) {
		size_t len = (size_t)p[0] << 8 | p[1];
		uint16_t exporter = p[2] & 1, port = p[2] >> 1;
		now += p[3] * MSEC_SECOND;
		len = len < n - 4 ? len : n - 4;
		uint8_t *exact = malloc(len ? len : 1); /* an over-read is seen */
		const char *rule = NULL;
		if (!exact)
			abort();
		memcpy(exact, p + 4, len);
		int r = flowdec_datagram(d, exporter, port, exact, len, now, take, NULL, &rule);
		if ((r < 0) != (rule != NULL))
			abort();
		free(exact);
		p += 4 + len;
		n -= 4 + len;
	}
	if (flowdec_memory(d) > 1 << 20)
		abort();
	for (uint16_t i = 0; i < 2; i++)
		if (flowdec_stats(d, i, &st) && (st.bad > st.datagrams || st.lost > st.expected))
			abort();
	flowdec_free(d);
	sights_free(s);
	return 0;
}
