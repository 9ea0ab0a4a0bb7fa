/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The flows hear-flow keeps of a watched line, asked for and checked: an answer comes within two
 * seconds or is given up. Flows that are not of the line asked about are nobody's business and left out.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/log.h"
#include "lymphd/edge.h"
#include "lymphd/edge_flows.h"

#define REQUESTS 32

struct request {
	uint64_t no; /* 0: free */
	struct addr addr;
	uint32_t most;
	msec until;  /* mono */
	kept_cb *cb;
	void *arg;
};

struct kept {
	struct request v[REQUESTS];
	uint64_t last;
	struct loop_event *timer;
};

static void
answer(struct edge *e, struct request *q, const struct flow *f, size_t n, bool watched, int err)
{
	struct request was = *q;
	q->no = 0;
	was.cb(e, was.arg, f, n, watched, err);
}

static void
arm(struct kept *k)
{
	msec first = MSEC_NEVER, now = clock_mono();
	for (size_t i = 0; i < REQUESTS; i++)
		if (k->v[i].no && k->v[i].until < first)
			first = k->v[i].until;
	if (first == MSEC_NEVER)
		loop_timer_off(k->timer);
	else
		loop_timer_in(k->timer, first > now ? first - now : 0);
}

static void
on_timer(int fd, int ready, void *arg)
{
	struct edge *e = arg;
	msec now = clock_mono();
	(void)fd, (void)ready;
	for (size_t i = 0; i < REQUESTS; i++)
		if (e->kept->v[i].no && e->kept->v[i].until <= now)
			answer(e, &e->kept->v[i], NULL, 0, false, -ETIMEDOUT);
	arm(e->kept);
}

int
kept_get(struct edge *e, const struct addr *a, uint32_t most, kept_cb *cb, void *arg)
{
	struct kept *k = e->kept;
	struct request *q = NULL;
	if (!e->c->peer[ROLE_HEAR_FLOW])
		return -ENOTCONN;
	for (size_t i = 0; i < REQUESTS && !q; i++)
		if (!k->v[i].no)
			q = &k->v[i];
	if (!q)
		return -EBUSY;
	struct msg_kept_get m = { .no = k->last + 1, .addr = *a,
		.most = most < 1 ? 1 : most > KEPT_MOST ? KEPT_MOST : most };
	if (chan_send(e->c->peer[ROLE_HEAR_FLOW], M_KEPT_GET, &m, NULL, 0, -1) < 0)
		return -EBUSY;
	k->last++;
	*q = (struct request){ .no = k->last, .addr = *a, .most = m.most, .cb = cb, .arg = arg,
		.until = clock_mono() + KEPT_PATIENCE };
	arm(k);
	return 0;
}

static bool
flow_sane(const struct flow *f)
{
	return flows_addr_sane(&f->src, false) && flows_addr_sane(&f->dst, false) && f->first >= 0 &&
	    f->last >= 0 && f->last < MSEC_NEVER && f->first < MSEC_NEVER;
}

/* Those of the line, in place of all. */
static size_t
of_line(const struct edge *e, const struct request *q, const struct flow *f, size_t n, struct flow *ret)
{
	struct prefix line = policy_subject(policy_find(e->c->conf->policy, &q->addr), &q->addr);
	size_t out = 0;
	for (size_t i = 0; i < n; i++)
		if (flow_sane(&f[i]) && (prefix_has(&line, &f[i].src) || prefix_has(&line, &f[i].dst)))
			ret[out++] = f[i];
	return out;
}

static void
take(struct edge *e, struct request *q, const struct msg_kept *m, int fd)
{
	static struct flow v[KEPT_MOST];
	const void *p;
	size_t n;
	int r = m->n > q->most || m->watched > 1 ? -EBADMSG
						 : seal_map(fd, KEPT_MOST * sizeof(struct flow), &p, &n);
	if (r < 0 || n != m->n * sizeof(struct flow)) {
		if (r == 0)
			seal_unmap(p, n);
		e->broken++;
		answer(e, q, NULL, 0, false, -EBADMSG);
		return;
	}
	size_t mine = of_line(e, q, p, m->n, v);
	e->broken += mine < m->n;
	seal_unmap(p, n);
	answer(e, q, v, mine, m->watched || watch_has(e, &q->addr), 0);
}

void
kept_answer(struct edge *e, const struct msg_kept *m, int fd)
{
	struct kept *k = e->kept;
	size_t i = 0;
	while (i < REQUESTS && (!k->v[i].no || k->v[i].no != m->no))
		i++;
	if (i < REQUESTS)
		take(e, &k->v[i], m, fd);
	else if (m->no == 0 || m->no > k->last)
		e->broken++; /* what comes too late is nobody's fault */
	if (fd >= 0)
		close(fd);
	arm(k);
}

void
kept_down(struct edge *e)
{
	for (size_t i = 0; i < REQUESTS; i++)
		if (e->kept->v[i].no)
			answer(e, &e->kept->v[i], NULL, 0, false, -EPIPE);
	arm(e->kept);
}

void
kept_start(struct edge *e)
{
	e->kept = calloc(1, sizeof(*e->kept));
	if (!e->kept)
		fatal_oom();
	e->kept->timer = loop_timer(e->c->loop, on_timer, e);
}
