/* SPDX-License-Identifier: BSD-2-Clause */
/* Distinct addresses in a window, see tally.h. */
#include "detect/tally.h"

uint32_t
tally_addr6(const struct addr *a)
{
	uint32_t net = (uint32_t)a->b[0] << 24 | (uint32_t)a->b[1] << 16 | (uint32_t)a->b[2] << 8 | a->b[3];
	uint64_t h[2] = { 0, 0 };
	for (int i = 0; i < 8; i++) {
		h[0] = h[0] << 8 | a->b[i];
		h[1] = h[1] << 8 | a->b[8 + i];
	}
	uint64_t all = tally_mix(tally_mix(h[0]) ^ h[1]);
	uint32_t v = (uint32_t)(tally_mix(net) & 0xffff) << 16 | (uint32_t)(all & 0xffff);
	return v ? v : 1;
}

void
tally_turn(struct tally t[2], uint32_t window, uint32_t sec)
{
	uint32_t k = sec / (window / 2);
	for (uint32_t i = 0; i < 2; i++) {
		uint32_t want = k >= i ? k - i + 1 : 0;
		struct tally *x = &t[(k - i) & 1];
		if (x->epoch != want)
			*x = (struct tally){ .epoch = want };
	}
}

bool
tally_add(struct tally *t, const struct tally_event *e)
{
	if (!t->first)
		t->first = e->sec;
	t->last = e->sec;
	uint64_t h = tally_mix(e->addr);
	uint8_t *r = &t->hll[h % TALLY_HLL];
	uint8_t zeros = (uint8_t)(h >> 6 ? __builtin_ctzll(h >> 6) + 1 : 59);
	bool more = zeros > *r;
	if (more)
		*r = zeros;
	uint32_t i = 0;
	while (i < t->n && t->addr[i] != e->addr)
		i++;
	bool met = i < t->n;
	if (!met && e->port)
		tally_port_add(t->port, e->port);
	if (i == TALLY_EXACT)
		return more;
	uint64_t bit = UINT64_C(1) << i;
	if (!met) {
		t->addr[t->n++] = e->addr;
		t->busy |= e->busy ? bit : 0;
	} else if (!e->busy) {
		t->busy &= ~bit;
	}
	for (int k = 0; k < 2; k++)
		if (e->source > k)
			t->sure[k] |= bit;
	return !met;
}

/* 64 ln(64 / v), v registers being empty: linear counting (Whang et al. 1990), for the lower range. */
static const uint16_t linear[TALLY_HLL] = { 266, 222, 196, 177, 163, 151, 142, 133, 126, 119, 113, 107,
	102, 97, 93, 89, 85, 81, 78, 74, 71, 68, 65, 63, 60, 58, 55, 53, 51, 48, 46, 44, 42, 40, 39, 37,
	35, 33, 32, 30, 28, 27, 25, 24, 23, 21, 20, 18, 17, 16, 15, 13, 12, 11, 10, 9, 7, 6, 5, 4, 3, 2, 1,
	0 };

uint32_t
tally_distinct(const struct tally *t)
{
	if (t->n < TALLY_EXACT)
		return t->n;
	uint64_t sum = 0;
	unsigned empty = 0;
	for (int i = 0; i < TALLY_HLL; i++) {
		empty += t->hll[i] == 0;
		sum += (UINT64_C(1) << 32) >> (t->hll[i] < 32 ? t->hll[i] : 32);
	}
	uint64_t e = (UINT64_C(2904) << 32) / (sum ? sum : 1); /* 0.709 x 64^2 */
	if (e <= 160 && empty)
		e = linear[empty - 1];
	return e < TALLY_EXACT ? TALLY_EXACT : e > UINT32_MAX ? UINT32_MAX : (uint32_t)e;
}

uint32_t
tally_nets(const uint32_t *addr, uint32_t n, uint64_t mask, uint32_t most)
{
	uint32_t nets = 0;
	for (uint32_t i = 0; i < n && nets < most; i++) {
		uint32_t k = 0;
		while (k < i && !(mask >> k & 1 && addr[k] >> 16 == addr[i] >> 16))
			k++;
		nets += mask >> i & 1 && k == i;
	}
	return nets;
}

void
tally_port_add(struct tally_port p[TALLY_PORTS], uint16_t port)
{
	int least = 0;
	for (int i = 0; i < TALLY_PORTS; i++) {
		if (p[i].n && p[i].port == port) {
			if (p[i].n < UINT16_MAX)
				p[i].n++;
			return;
		}
		if (p[i].n < p[least].n)
			least = i;
	}
	p[least].port = port;
	if (p[least].n < UINT16_MAX)
		p[least].n++;
}

void
tally_ports(const struct tally_port p[TALLY_PORTS], uint16_t *ret, int n)
{
	bool used[TALLY_PORTS] = { false };
	for (int k = 0; k < n; k++) {
		int best = -1;
		for (int i = 0; i < TALLY_PORTS; i++)
			if (p[i].n && !used[i] && (best < 0 || p[i].n > p[best].n ||
			    (p[i].n == p[best].n && p[i].port < p[best].port)))
				best = i;
		ret[k] = best < 0 ? 0 : p[best].port;
		if (best >= 0)
			used[best] = true;
	}
}
