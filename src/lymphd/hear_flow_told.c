/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What hear-flow says of itself: figures every two seconds, whole, in sealed memory, so that whoever asks
 * the judge need not ask here. Must never wait for the judge: one that does not read misses some.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/clock.h"
#include "lymphd/hear_flow.h"

_Static_assert(sizeof(struct flow_state) % 8 == 0 && sizeof(struct exporter_seen) % 8 == 0 &&
    sizeof(struct iface_seen) % 8 == 0 && sizeof(struct stranger_seen) % 8 == 0 &&
    sizeof(struct top_row) % 8 == 0 && sizeof(struct memory_seen) % 8 == 0,
    "they stand one behind the other");

static uint8_t *room; /* for the largest; its pages are touched as they are needed */

static void
tell_exporters(struct hear_flow *h, struct exporter_seen *ret)
{
	const struct sights *s = h->c->conf->sights;
	for (size_t i = 0; i < s->exporters; i++) {
		struct exporter_seen *e = &ret[i];
		memset(e, 0, sizeof(*e));
		snprintf(e->name, sizeof(e->name), "%s", s->exporter[i].name);
		e->addr = s->exporter[i].addr;
		e->row = (uint16_t)i;
		e->aside = h->aside[i];
		if (!flowdec_stats(h->decoder, (uint16_t)i, &e->s))
			memset(&e->s, 0, sizeof(e->s));
		if (e->s.bad_rule)
			snprintf(e->bad_rule, sizeof(e->bad_rule), "%s", e->s.bad_rule);
		e->s.bad_rule = NULL;
	}
	tally_rates(h->tally, ret, clock_mono());
}

static size_t
tell_memory(struct hear_flow *h, struct memory_seen *ret)
{
	struct memory_row row[FLOW_MEMORY];
	size_t n = detect_memory(h->detect, row, FLOW_MEMORY - 3);
	row[n++] = (struct memory_row){ "decoders", h->c->conf->sights->exporters, EXPORTERS, 0,
		flowdec_memory(h->decoder) };
	row[n++] = (struct memory_row){ "findings", 0, FLOW_QUEUE, sizeof(struct msg_finding), 0 };
	row[n - 1].entries = h->state.waiting;
	row[n - 1].bytes = FLOW_QUEUE * sizeof(struct msg_finding);
	row[n++] = (struct memory_row){ "indicators", h->state.indicators, INDICATORS,
		sizeof(struct indicator), h->state.indicators * sizeof(struct indicator) };
	for (size_t i = 0; i < n; i++) {
		memset(&ret[i], 0, sizeof(ret[i]));
		snprintf(ret[i].kind, sizeof(ret[i].kind), "%s", row[i].kind);
		ret[i].entries = row[i].entries;
		ret[i].most = row[i].most;
		ret[i].entry_bytes = row[i].entry_bytes;
		ret[i].bytes = row[i].bytes;
	}
	return n;
}

static void
tell_state(struct hear_flow *h)
{
	struct flow_state *st = &h->state;
	struct queue_stats q;
	st->at = clock_real();
	detect_stats_of(h->detect, &st->detect);
	queue_stats(h->queue, &q);
	st->findings = q.made;
	st->waiting = q.waiting;
	st->dropped = q.dropped;
	st->dropped_acting = q.dropped_acting;
	st->decoder_bytes = flowdec_memory(h->decoder);
}

static void
on_told(int fd, int ready, void *arg)
{
	struct hear_flow *h = arg;
	struct msg_flow_state m = { .exporters = (uint32_t)h->c->conf->sights->exporters };
	struct chan *judge = h->c->peer[ROLE_JUDGE];
	bool cut = false;
	(void)fd, (void)ready;
	loop_timer_in(h->told, FLOW_STATE_EVERY);
	flow_read_counters(h);

	uint8_t *p = room + sizeof(struct flow_state);
	struct exporter_seen *e = (struct exporter_seen *)(void *)p;
	tell_exporters(h, e);
	h->state.lossy =
	    tally_lossy(h->tally, e, h->state.kernel_drops, h->state.datagrams, clock_mono());
	if (!judge || chan_queued(judge))
		return;
	p += m.exporters * sizeof(*e);
	m.ifaces = (uint32_t)tally_ifaces(h->tally, (struct iface_seen *)(void *)p, &cut);
	p += m.ifaces * sizeof(struct iface_seen);
	m.strangers = (uint32_t)who_strangers(h->who, (struct stranger_seen *)(void *)p);
	p += m.strangers * sizeof(struct stranger_seen);
	m.top = (uint32_t)detect_top(h->detect, (struct top_row *)(void *)p, FLOW_TOP);
	p += m.top * sizeof(struct top_row);
	m.memory = (uint32_t)tell_memory(h, (struct memory_seen *)(void *)p);
	p += m.memory * sizeof(struct memory_seen);
	h->state.truncated_lists = cut;
	tell_state(h);
	memcpy(room, &h->state, sizeof(h->state));

	int memory, rc = seal_make("lymph-flow-state", room, (size_t)(p - room), &memory);
	if (rc)
		fatal("sealed memory: %s", strerror(-rc));
	chan_send(judge, M_FLOW_STATE, &m, NULL, 0, memory);
	close(memory);
}

void
flow_told_start(struct hear_flow *h)
{
	room = malloc(sizeof(struct flow_state) + EXPORTERS * sizeof(struct exporter_seen) +
		      FLOW_IFACES * sizeof(struct iface_seen) +
		      FLOW_STRANGERS * sizeof(struct stranger_seen) + FLOW_TOP * sizeof(struct top_row) +
		      FLOW_MEMORY * sizeof(struct memory_seen));
	if (!room)
		fatal_oom();
	h->told = loop_timer(h->c->loop, on_told, h);
	loop_timer_in(h->told, FLOW_STATE_EVERY);
}
