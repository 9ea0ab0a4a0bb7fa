/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Role hear-flow: NetFlow, IPFIX and sFlow datagrams of the exporters the configuration names, decoded
 * and looked at by the detectors; findings go to the judge, and are kept until it has committed them.
 * The judge asks back: does this line do what is claimed, which flows of it are kept? It opens nothing and
 * answers nobody on the network; its sockets are shut for sending before it gets them.
 */
#include "lymphd/hear_flow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "host/clock.h"

#define WINDOW       256            /* asks, watches and such the judge may have under way */
#define TICK         MSEC_SECOND
#define ASIDE_FOR    (10 * MSEC_MINUTE)
#define WATCH_MOST   MSEC_DAY
#define LIST_MOST    (128u << 20)   /* bytes of a file of indicators */
#define LINE_BYTES   2048           /* address space a subscriber may cost */

_Static_assert(CONF_SCAN_PORTS == SCAN_PORTS, "the configuration names as many as the detectors take");

/* Findings */

static void
pump(struct hear_flow *h)
{
	const struct msg_finding *m;
	while (h->c->peer[ROLE_JUDGE] && (m = queue_next(h->queue)) != NULL) {
		if (chan_send(h->c->peer[ROLE_JUDGE], M_FINDING, m, NULL, 0, -1))
			return;
		queue_said(h->queue);
	}
}

static void
on_found(void *arg, const struct finding *f)
{
	struct hear_flow *h = arg;
	queue_add(h->queue, f);
	pump(h);
}

static void
on_tick(int fd, int ready, void *arg)
{
	struct hear_flow *h = arg;
	(void)fd, (void)ready;
	detect_tick(h->detect, flow_now(h));
	loop_timer_in(h->tick, TICK);
}

/* What the judge asks */

static bool
addr_good(const struct addr *a)
{
	return a->fam == 4 || a->fam == 6;
}

static void
take_ask(struct hear_flow *h, const struct msg_ask *m)
{
	struct msg_seen answer = { .no = m->ask.no, .case_no = m->ask.case_no };
	if (!addr_good(&m->ask.subject) || (unsigned)m->ask.cls >= CLASS_N)
		return;
	h->state.asks++;
	detect_ask(h->detect, &m->ask, h->state.lossy, &answer.seen);
	chan_send(h->c->peer[ROLE_JUDGE], M_SEEN, &answer, NULL, 0, -1);
}

static void
take_watch(struct hear_flow *h, const struct msg_watch *m)
{
	msec most = flow_now(h) + WATCH_MOST;
	if (!addr_good(&m->subject.a) || m->subject.len > addr_bits(&m->subject.a))
		return;
	h->state.watches += detect_watch(h->detect, &m->subject, m->until < most ? m->until : most);
}

static void
take_kept_get(struct hear_flow *h, const struct msg_kept_get *m)
{
	static struct flow kept[KEPT_MOST];
	struct msg_kept answer = { .no = m->no };
	int fd, rc;
	if (addr_good(&m->addr))
		answer.n = (uint32_t)detect_kept(h->detect, &m->addr, kept,
		    m->most < KEPT_MOST ? m->most : KEPT_MOST);
	answer.watched = answer.n > 0;
	rc = seal_make("lymph-kept", kept, answer.n * sizeof(*kept), &fd);
	if (rc)
		fatal("sealed memory: %s", strerror(-rc));
	chan_send(h->c->peer[ROLE_JUDGE], M_KEPT, &answer, NULL, 0, fd);
	close(fd);
}

static void
from_judge(struct hear_flow *h, const struct chan_msg *m)
{
	switch (m->type) {
	case M_FINDING_DONE:
		queue_done(h->queue, ((const struct msg_finding_done *)m->body)->no);
		return;
	case M_ASK: take_ask(h, m->body); break;
	case M_WATCH: take_watch(h, m->body); break;
	case M_KEPT_GET: take_kept_get(h, m->body); break;
	default: return;
	}
	chan_grant(h->c->peer[ROLE_JUDGE], 1, msg_table[m->type].size);
}

/* What the warden says */

static void
take_indicators(struct hear_flow *h, const struct msg_indicators *m, int fd)
{
	struct flow_state *st = &h->state;
	size_t n, skipped = 0, line = 0;
	const char *rule = NULL;
	const void *text;
	int rc = m->err ? m->err : seal_map(fd, LIST_MOST, &text, &n);
	st->indicators_err = rc;
	if (rc) {
		log_warn("indicators: %s; those of before stay", strerror(-rc));
		return;
	}
	struct indicators *new = indicators_parse(text, n, h->seed[0], &skipped, &line, &rule);
	seal_unmap(text, n);
	if (!new) {
		st->indicators_err = -ENOMEM;
		return;
	}
	detect_indicators(h->detect, new);
	indicators_free(h->indicators);
	h->indicators = new;
	st->indicators = indicators_count(new);
	st->indicators_skipped = skipped;
	st->indicators_line = skipped ? line : 0;
	st->indicators_at = m->read;
	memset(st->indicators_rule, 0, sizeof(st->indicators_rule));
	if (skipped && rule)
		strncpy(st->indicators_rule, rule, sizeof(st->indicators_rule) - 1);
	log_info("%zu indicators read, %zu lines skipped", (size_t)st->indicators, skipped);
}

static void
on_again(int fd, int ready, void *arg)
{
	struct hear_flow *h = arg;
	(void)fd, (void)ready;
	memset(h->aside, 0, h->c->conf->sights->exporters * sizeof(*h->aside));
}

static void
take_aside(struct hear_flow *h, const struct msg_aside *m)
{
	const struct sights *s = h->c->conf->sights;
	for (size_t i = 0; i < s->exporters; i++) {
		if (memcmp(m->digest, h->digest[i], sizeof(m->digest)) != 0)
			continue;
		log_warn("datagrams of exporter %s killed this role twice: refused for %lld min",
		    s->exporter[i].name, (long long)(ASIDE_FOR / MSEC_MINUTE));
		h->aside[i] = true;
		loop_timer_in(h->again, ASIDE_FOR);
	}
}

static void
flow_message(struct role_ctx *c, enum role_id from, struct chan_msg *m)
{
	struct hear_flow *h = c->state;
	if (from == ROLE_JUDGE)
		from_judge(h, m);
	else if (from == ROLE_WARDEN && m->type == M_INDICATORS)
		take_indicators(h, m->body, m->fd);
	else if (from == ROLE_WARDEN && m->type == M_ASIDE)
		take_aside(h, m->body);
	if (m->fd >= 0)
		close(m->fd);
}

static void
flow_peer_up(struct role_ctx *c, enum role_id id)
{
	struct hear_flow *h = c->state;
	chan_grant(c->peer[id], WINDOW, WINDOW * (uint32_t)sizeof(struct msg_ask));
	queue_again(h->queue);
	pump(h);
}

static void
flow_room(struct role_ctx *c, enum role_id id)
{
	(void)id;
	pump(c->state);
}

/* Life */

/* An exporter's name in the black box: fixed text, so that the next life knows it again. */
static void
digest_of(const struct exporter_row *row, uint8_t ret[32])
{
	memset(ret, 0, 32);
	memcpy(ret, "exporter", 8);
	ret[8] = row->addr.fam;
	memcpy(ret + 9, row->addr.b, 16);
	ret[25] = (uint8_t)(row->port >> 8);
	ret[26] = (uint8_t)row->port;
}

static void
flow_init(struct role_ctx *c)
{
	struct hear_flow *h = c->state = calloc(1, sizeof(*h));
	const struct sights *s = c->conf->sights;
	if (!h)
		fatal_oom();
	h->c = c;
	h->noted = -1;
	h->state.since = h->now = clock_real();
	if (getrandom(h->seed, sizeof(h->seed), 0) != sizeof(h->seed))
		fatal("getrandom: %s", strerror(errno));
	struct detect_conf d = { .policy = c->conf->policy, .sights = s,
		.subscribers = c->conf->telemetry.subscribers, .seed = { h->seed[0], h->seed[1] },
		.found = on_found, .arg = h };
	detect_numbers(&d.numbers);
	if (c->conf->telemetry.scan_port[0])
		memcpy(d.numbers.scan_port, c->conf->telemetry.scan_port, sizeof(d.numbers.scan_port));
	h->digest = calloc(s->exporters + 1, sizeof(*h->digest));
	h->aside = calloc(s->exporters + 1, sizeof(*h->aside));
	h->who = who_new(s);
	h->tally = tally_new(s);
	/* Above all numbers of a life before. */
	h->queue = queue_new((uint64_t)h->now << 20);
	h->decoder = flowdec_new(s);
	h->detect = detect_new(&d);
	if (!h->digest || !h->aside || !h->who || !h->tally || !h->queue || !h->decoder || !h->detect)
		fatal_oom();
	for (size_t i = 0; i < s->exporters; i++)
		digest_of(&s->exporter[i], h->digest[i]);
	flow_read_init(h);
}

static void
flow_start(struct role_ctx *c)
{
	struct hear_flow *h = c->state;
	h->tick = loop_timer(c->loop, on_tick, h);
	h->again = loop_timer(c->loop, on_again, h);
	loop_timer_in(h->tick, TICK);
	flow_told_start(h);
	flow_read_start(h);
}

static bool
flow_wanted(const struct conf *c)
{
	return c->policy->flow_source;
}

static uint64_t
flow_as(const struct conf *c)
{
	return (uint64_t)c->telemetry.subscribers * LINE_BYTES;
}

const struct role role_hear_flow = {
	.id = ROLE_HEAR_FLOW,
	.name = "hear-flow",
	.promises = BOX_CHAN | BOX_UDP,
	.rlimit_as = UINT64_C(1) << 30,
	.more_as = flow_as,
	.peers = 1u << ROLE_JUDGE,
	.wanted = flow_wanted,
	.init = flow_init,
	.start = flow_start,
	.message = flow_message,
	.peer_up = flow_peer_up,
	.room = flow_room,
};
