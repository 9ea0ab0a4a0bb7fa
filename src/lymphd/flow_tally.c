/* SPDX-License-Identifier: BSD-2-Clause */
/* Counters by interface in a table of open addresses, and a short memory of older figures; see
 * flow_tally.h. */
#include "lymphd/flow_tally.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS  (2 * FLOW_IFACES)
#define LAST  64
#define PAST   5                     /* figures kept for rates: 10 s in steps of 2 */
#define DROPS  30                    /* steps of the kernel's drops ... */
#define STEP   (10 * MSEC_SECOND)    /* ... of 10 s: 5 min */

struct figures {
	uint64_t datagrams, records, flows, bytes;
};

struct flow_tally {
	const struct sights *sights;
	size_t ifaces;
	bool cut;
	uint16_t *share;                 /* interfaces of an exporter */
	uint16_t slot[SLOTS];            /* 1 + place in iface; 0: free */
	struct iface_seen *last[LAST];   /* found last: few interfaces carry most */
	struct iface_seen iface[FLOW_IFACES];
	struct figures *past;            /* PAST rows of all exporters */
	msec past_at[PAST];
	unsigned past_n;                 /* ever */
	struct {
		uint64_t drops, datagrams;
		msec at;
	} drop[DROPS];
	unsigned drop_n;                 /* ever */
};

struct flow_tally *
tally_new(const struct sights *sights)
{
	struct flow_tally *t = calloc(1, sizeof(*t));
	if (t) {
		t->sights = sights;
		t->share = calloc(sights->exporters + 1, sizeof(*t->share));
		t->past = calloc(PAST * (sights->exporters + 1), sizeof(*t->past));
	}
	if (!t || !t->share || !t->past) {
		tally_free(t);
		return NULL;
	}
	return t;
}

void
tally_free(struct flow_tally *t)
{
	if (!t)
		return;
	free(t->share);
	free(t->past);
	free(t);
}

/* NULL: no room for one more. */
static struct iface_seen *
iface_find(struct flow_tally *t, uint16_t exporter, uint32_t ifindex)
{
	uint64_t key = (uint64_t)exporter << 32 | ifindex;
	uint32_t i = (uint32_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 48) % SLOTS;
	for (; t->slot[i]; i = (i + 1) % SLOTS) {
		struct iface_seen *x = &t->iface[t->slot[i] - 1];
		if (x->exporter == exporter && x->ifindex == ifindex)
			return x;
	}
	if (t->ifaces == FLOW_IFACES || t->share[exporter] == TALLY_SHARE) {
		t->cut = true;
		return NULL;
	}
	struct iface_seen *x = &t->iface[t->ifaces++];
	t->slot[i] = (uint16_t)t->ifaces;
	t->share[exporter]++;
	const struct iface_row *row = sights_iface_of(t->sights, exporter, ifindex);
	*x = (struct iface_seen){ .exporter = exporter, .ifindex = ifindex, .configured = row != NULL,
		.side = row ? row->side : SIDE_UNKNOWN, .sav = row ? row->sav : SAV_NONE };
	return x;
}

static inline struct iface_seen *
iface_get(struct flow_tally *t, uint16_t exporter, uint32_t ifindex)
{
	struct iface_seen **at = &t->last[(ifindex ^ exporter * 5u) % LAST], *x = *at;
	if (!x || x->exporter != exporter || x->ifindex != ifindex)
		*at = x = iface_find(t, exporter, ifindex);
	return x;
}

void
tally_flows(struct flow_tally *t, const struct flow *f, size_t n, msec now)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t bytes = f[i].bytes * (f[i].sampling ? f[i].sampling : 1);
		if (f[i].exporter >= t->sights->exporters)
			continue;
		struct iface_seen *in = f[i].in_if ? iface_get(t, f[i].exporter, f[i].in_if) : NULL;
		struct iface_seen *out = f[i].out_if ? iface_get(t, f[i].exporter, f[i].out_if) : NULL;
		if (in) {
			in->in_flows++;
			in->in_bytes += bytes;
			in->last = now;
		}
		if (out) {
			out->out_flows++;
			out->out_bytes += bytes;
			out->last = now;
		}
	}
}

static int
iface_cmp(const void *a, const void *b)
{
	const struct iface_seen *x = a, *y = b;
	if (x->exporter != y->exporter)
		return x->exporter < y->exporter ? -1 : 1;
	return (x->ifindex > y->ifindex) - (x->ifindex < y->ifindex);
}

size_t
tally_ifaces(struct flow_tally *t, struct iface_seen *ret, bool *cut)
{
	memcpy(ret, t->iface, t->ifaces * sizeof(*ret));
	qsort(ret, t->ifaces, sizeof(*ret), iface_cmp);
	*cut = t->cut;
	return t->ifaces;
}

void
tally_rates(struct flow_tally *t, struct exporter_seen *ret, msec mono)
{
	size_t n = t->sights->exporters;
	unsigned have = t->past_n < PAST ? t->past_n : PAST;
	unsigned oldest = have < PAST ? 0 : t->past_n % PAST; /* where the next one goes */
	msec span = have ? mono - t->past_at[oldest] : 0;
	for (size_t i = 0; i < n; i++) {
		const struct exporter_stats *s = &ret[i].s;
		struct figures new = { s->datagrams, s->records, s->flows, s->bytes };
		const struct figures *old = &t->past[oldest * n + i];
		if (span > 0) {
			uint64_t ms = (uint64_t)span;
			ret[i].datagram_rate = (new.datagrams - old->datagrams) * 1000 / ms;
			ret[i].record_rate = (new.records - old->records) * 1000 / ms;
			ret[i].flow_rate = (new.flows - old->flows) * 1000 / ms;
			ret[i].byte_rate = (new.bytes - old->bytes) * 1000 / ms;
		}
		t->past[t->past_n % PAST * n + i] = new;
	}
	t->past_at[t->past_n++ % PAST] = mono;
}

bool
tally_lossy(struct flow_tally *t, const struct exporter_seen *e, uint64_t drops, uint64_t datagrams,
    msec mono)
{
	bool lossy = false;
	for (size_t i = 0; i < t->sights->exporters; i++)
		lossy |= e[i].s.lost > e[i].s.expected / 20;
	unsigned have = t->drop_n < DROPS ? t->drop_n : DROPS;
	unsigned oldest = have < DROPS ? 0 : t->drop_n % DROPS;
	uint64_t was = have ? t->drop[oldest].drops : 0, came = have ? t->drop[oldest].datagrams : 0;
	/* A counter of the kernel's that is read anew may only rise; of 20 that were sent one was lost. */
	lossy |= (drops - was) * 19 > datagrams - came;
	if (!have || mono - t->drop[(t->drop_n - 1) % DROPS].at >= STEP) {
		unsigned at = t->drop_n++ % DROPS;
		t->drop[at].drops = drops;
		t->drop[at].datagrams = datagrams;
		t->drop[at].at = mono;
	}
	return lossy;
}
