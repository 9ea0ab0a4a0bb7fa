/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What hear-flow last said of itself, held as it came: sealed memory nobody can write any more, looked
 * through once. What is not what it should be is not held at all; nothing of it decides anything.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/log.h"
#include "lymphd/edge.h"
#include "lymphd/edge_flows.h"

#define MOST                                                                                       \
	(sizeof(struct flow_state) + EXPORTERS * sizeof(struct exporter_seen) +                    \
	    FLOW_IFACES * sizeof(struct iface_seen) + FLOW_STRANGERS * sizeof(struct stranger_seen) + \
	    FLOW_TOP * sizeof(struct top_row) + FLOW_MEMORY * sizeof(struct memory_seen))

struct held {
	const void *map;
	size_t n;
	struct flow_view v;
};

static bool
ends(const char *s, size_t size)
{
	return memchr(s, '\0', size) != NULL;
}

static bool
head_sane(const struct flow_state *s)
{
	bool ok = s->sockets <= FLOW_SOCKETS && s->lossy <= 1 && s->truncated_lists <= 1 &&
	    ends(s->indicators_rule, sizeof(s->indicators_rule)) && s->at >= 0 && s->since >= 0;
	for (uint32_t i = 0; ok && i < s->sockets; i++)
		ok = flows_addr_sane(&s->socket[i].addr, true);
	return ok;
}

static bool
exporters_sane(const struct flow_view *v)
{
	bool ok = true;
	for (uint32_t i = 0; ok && i < v->n.exporters; i++) {
		const struct exporter_seen *x = &v->exporter[i];
		uint8_t varies;
		memcpy(&varies, &x->s.sampling_varies, 1);
		ok = ends(x->name, sizeof(x->name)) && ends(x->bad_rule, sizeof(x->bad_rule)) && varies <= 1 &&
		    flows_addr_sane(&x->addr, true) && x->s.format < FORMAT_N &&
		    x->s.sampling_by <= SAMPLING_HEADER;
	}
	return ok;
}

static bool
rest_sane(const struct flow_view *v)
{
	bool ok = true;
	for (uint32_t i = 0; ok && i < v->n.ifaces; i++)
		ok = v->iface[i].side < SIDE_N && v->iface[i].sav < SAV_N;
	for (uint32_t i = 0; ok && i < v->n.strangers; i++)
		ok = flows_addr_sane(&v->stranger[i].addr, false);
	for (uint32_t i = 0; ok && i < v->n.top; i++)
		ok = flows_prefix_sane(&v->top[i].subject) && v->top[i].suspicion <= 1000;
	for (uint32_t i = 0; ok && i < v->n.memory; i++)
		ok = ends(v->memory[i].kind, sizeof(v->memory[i].kind));
	return ok;
}

/* The arrays behind the head, if they fill the memory to the byte. */
static bool
lay_out(struct flow_view *v, const void *map, size_t n)
{
	const struct msg_flow_state *m = &v->n;
	const char *p = map;
	size_t at = sizeof(struct flow_state);
	if (m->exporters > EXPORTERS || m->ifaces > FLOW_IFACES || m->strangers > FLOW_STRANGERS ||
	    m->top > FLOW_TOP || m->memory > FLOW_MEMORY || n < at)
		return false;
	v->s = map;
	v->exporter = (const void *)(p + at);
	at += m->exporters * sizeof(struct exporter_seen);
	v->iface = (const void *)(p + at);
	at += m->ifaces * sizeof(struct iface_seen);
	v->stranger = (const void *)(p + at);
	at += m->strangers * sizeof(struct stranger_seen);
	v->top = (const void *)(p + at);
	at += m->top * sizeof(struct top_row);
	v->memory = (const void *)(p + at);
	at += m->memory * sizeof(struct memory_seen);
	return at == n && head_sane(v->s) && exporters_sane(v) && rest_sane(v);
}

static void
let_go(struct held *h)
{
	seal_unmap(h->map, h->n);
	h->map = NULL;
	h->n = 0;
	h->v = (struct flow_view){ 0 };
}

void
state_said(struct edge *e, const struct msg_flow_state *m, int fd)
{
	const void *map;
	size_t n;
	struct flow_view v = { .n = *m, .heard = clock_mono() };
	int r = seal_map(fd, MOST, &map, &n);
	close(fd);
	if (r < 0 || !lay_out(&v, map, n)) {
		if (r == 0)
			seal_unmap(map, n);
		e->broken++;
		return;
	}
	let_go(e->held);
	e->held->map = map;
	e->held->n = n;
	e->held->v = v;
}

void
state_down(struct edge *e)
{
	let_go(e->held);
}

const struct flow_view *
state_view(const struct edge *e)
{
	return e->held && e->held->map ? &e->held->v : NULL;
}

void
state_start(struct edge *e)
{
	e->held = calloc(1, sizeof(*e->held));
	if (!e->held)
		fatal_oom();
}
