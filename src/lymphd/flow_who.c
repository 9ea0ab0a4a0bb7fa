/* SPDX-License-Identifier: BSD-2-Clause */
/* Exporters by hash, strangers in a short list kept newest first; see flow_who.h. */
#include "lymphd/flow_who.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct flow_who {
	const struct sights *sights;
	uint32_t mask;
	uint16_t *first; /* 1 + the first row of an address; 0: free */
	uint16_t *next;  /* 1 + the next row of the same address, by row */
	size_t strangers;
	struct stranger_seen stranger[FLOW_STRANGERS];
};

/* Its table holds only what the operator wrote: no seed needed. */
static uint32_t
hash(const struct addr *a)
{
	uint64_t v[2];
	memcpy(v, a->b, sizeof(v));
	uint64_t h = (v[0] ^ a->fam) * UINT64_C(0x9e3779b97f4a7c15);
	h = (h ^ h >> 32 ^ v[1]) * UINT64_C(0xd6e8feb86659fd93);
	return (uint32_t)(h >> 32);
}

/* Where the address stands, or would. */
static uint32_t
place(const struct flow_who *w, const struct addr *a)
{
	uint32_t i = hash(a) & w->mask;
	while (w->first[i] && !addr_eq(&w->sights->exporter[w->first[i] - 1].addr, a))
		i = (i + 1) & w->mask;
	return i;
}

struct flow_who *
who_new(const struct sights *sights)
{
	struct flow_who *w = calloc(1, sizeof(*w));
	uint32_t room = 16;
	while (room < 4 * sights->exporters)
		room *= 2;
	if (w) {
		w->sights = sights;
		w->mask = room - 1;
		w->first = calloc(room, sizeof(*w->first));
		w->next = calloc(sights->exporters + 1, sizeof(*w->next));
	}
	if (!w || !w->first || !w->next) {
		who_free(w);
		return NULL;
	}
	for (size_t row = 0; row < sights->exporters; row++) {
		uint32_t i = place(w, &sights->exporter[row].addr);
		w->next[row] = w->first[i];
		w->first[i] = (uint16_t)(row + 1);
	}
	return w;
}

void
who_free(struct flow_who *w)
{
	if (!w)
		return;
	free(w->first);
	free(w->next);
	free(w);
}

int
who_find(const struct flow_who *w, const struct addr *a, uint16_t port)
{
	int any = -ENOENT;
	for (unsigned row = w->first[place(w, a)]; row; row = w->next[row - 1]) {
		uint16_t want = w->sights->exporter[row - 1].port;
		if (want == port)
			return (int)row - 1;
		if (want == 0)
			any = (int)row - 1;
	}
	return any;
}

void
who_stranger(struct flow_who *w, const struct addr *a, uint16_t port, msec now)
{
	struct stranger_seen s = { .addr = *a, .first = now };
	size_t i = 0;
	while (i < w->strangers && !addr_eq(&w->stranger[i].addr, a))
		i++;
	if (i < w->strangers)
		s = w->stranger[i];
	else if (w->strangers < FLOW_STRANGERS)
		w->strangers++;
	else
		i--; /* the one silent longest goes */
	memmove(w->stranger + 1, w->stranger, i * sizeof(s));
	s.port = port;
	s.last = now;
	s.datagrams++;
	w->stranger[0] = s;
}

size_t
who_strangers(const struct flow_who *w, struct stranger_seen *ret)
{
	memcpy(ret, w->stranger, w->strangers * sizeof(*ret));
	return w->strangers;
}
