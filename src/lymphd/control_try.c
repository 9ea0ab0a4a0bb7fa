/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Commands of a build with test hooks: facts for many addresses at once, so that orders come and go by
 * the thousand, and a jump of the judge's wall clock. They make only facts that strangers and staff
 * could make, too. Must never be in a build that is installed.
 */
#include "lymphd/control.h"

#ifdef LYMPH_TESTHOOKS

#include <errno.h>
#include <string.h>

#include "host/clock.h"
#include "host/log.h"

#define CHUNK 500   /* facts or so in one transaction */
#define MOST  1100000
#define PORT  3128

static struct addr
addr_at(const struct prefix *p, uint64_t i)
{
	struct addr a = p->a;
	for (int b = (a.fam == 4 ? 4 : 16) - 1; b >= 0 && i; b--) {
		i += a.b[b];
		a.b[b] = (uint8_t)i;
		i >>= 8;
	}
	return a;
}

/* A key and an id of each address's own: no cap of a source is in the way. */
static struct fact
report_of(struct edge *e, const struct addr *a, uint64_t salt)
{
	struct fact f = { .kind = FACT_REPORT };
	struct report *p = &f.report;
	memcpy(p->key.b, a->b, sizeof(a->b));
	p->key.b[16] = a->fam;
	p->key.b[31] = 1;
	memcpy(p->id, a->b, sizeof(a->b));
	memcpy(p->body_hash, a->b, sizeof(a->b));
	memcpy(p->id, &salt, sizeof(salt));
	memcpy(p->body_hash + 16, &salt, sizeof(salt));
	p->cls = CLASS_OPEN_PROXY;
	p->evidence = EVIDENCE_TEXT;
	p->subject = *a;
	p->port = PORT;
	p->event = edge_now(e);
	p->count = 1;
	return f;
}

/* Answers a look the last fact asked for as open. */
static int
answer(struct edge *e, const struct look *l)
{
	struct fact f = { .kind = FACT_LOOK,
		.look = { .no = l->no,
			.cls = l->cls,
			.target = l->target,
			.port = l->port ? l->port : PORT,
			.vantage = l->vantage,
			.verdict = VERDICT_OPEN,
			.method = PROBE_HTTP_CONNECT,
			.egress = l->target,
			.began = edge_now(e),
			.ended = edge_now(e),
			.sockets = 1 } };
	return edge_fact(e, &f, NULL, NULL, NULL);
}

static int
verify(struct edge *e, const struct addr *a)
{
	struct fact f = report_of(e, a, (uint64_t)edge_now(e));
	struct look look = { 0 };
	struct store_body body = { .bytes = "{}", .len = 2, .sig = "", .sig_len = 0 };
	int r = edge_fact(e, &f, &body, NULL, NULL);
	size_t it = 0;
	for (size_t i = 0; r == 0 && i < e->fx.n; i++)
		if (e->fx.v[i].kind == EFFECT_LOOK && addr_eq(&e->fx.v[i].look.target, a))
			look = e->fx.v[i].look;
	struct look l;
	while (r == 0 && !look.no && judge_pending(e->judge, &it, &l)) /* asked for before */
		if (addr_eq(&l.target, a))
			look = l;
	return r == 0 && look.no ? answer(e, &look) : r;
}

static int
desk(struct edge *e, const struct addr *a, enum desk_verb verb, uint32_t uid)
{
	struct view_case v;
	uint64_t no = 0;
	int r = 0;
	while (r == 0 && view_case_of(e->judge, a, &no, e->now, &v)) {
		if (verb == DESK_ALLOW) {
			struct fact f = { .kind = FACT_DESK, .desk = { .verb = DESK_ALLOW,
				.target = v.no, .rungs = v.barred, .uid = uid } };
			r = edge_fact(e, &f, NULL, NULL, NULL);
			continue;
		}
		for (unsigned g = RUNG_NOTIFY; r == 0 && g < RUNG_N; g++) {
			struct fact f = { .kind = FACT_DESK, .desk = { .verb = DESK_UNDO,
				.target = v.order[g], .rungs = (uint8_t)(1u << g), .uid = uid } };
			if (v.order[g])
				r = edge_fact(e, &f, NULL, NULL, NULL);
		}
	}
	return r;
}

static int
inject(struct control_call *k, const struct prefix *p, uint64_t from, uint64_t count, const char *mode)
{
	struct edge *e = k->e;
	int r = 0;
	for (uint64_t i = from, n = 0; r == 0 && i < from + count; n = 0) {
		if ((r = edge_begin(e)) < 0)
			return r;
		for (; r == 0 && i < from + count && n < CHUNK; i++, n++) {
			struct addr a = addr_at(p, i);
			r = strcmp(mode, "verify") == 0 ? verify(e, &a)
			    : desk(e, &a, strcmp(mode, "allow") == 0 ? DESK_ALLOW : DESK_UNDO, k->uid);
		}
		r = edge_end(e, r);
		edge_settled(e);
	}
	return r;
}

int
control_inject(struct control_call *k)
{
	const char *text = control_arg_text(k, "prefix"), *mode = control_arg_text(k, "mode");
	int64_t from, count;
	struct prefix p;
	int r = control_arg_int(k, "from", 0, &from);
	if (r == 0)
		r = control_arg_int(k, "count", 1, &count);
	if (r < 0)
		return r;
	if (!text || prefix_parse(text, strlen(text), &p) < 0 || from < 0 || count < 1 || count > MOST)
		return control_refuse(k, -EINVAL, "inject takes prefix, from, count and mode");
	mode = mode ? mode : "verify";
	if (strcmp(mode, "verify") != 0 && strcmp(mode, "drop") != 0 && strcmp(mode, "allow") != 0)
		return control_refuse(k, -EINVAL, "mode is verify, drop or allow");
	msec began = clock_mono();
	if ((r = inject(k, &p, (uint64_t)from, (uint64_t)count, mode)) < 0)
		return control_refuse(k, r, "not kept: %s", strerror(-r));
	put_int(k->answer, "done", (uint64_t)count);
	put_int(k->answer, "took_ms", (uint64_t)(clock_mono() - began));
	return 0;
}

int
control_clock(struct control_call *k)
{
	int64_t by;
	int r = control_arg_int(k, "offset_ms", 0, &by);
	if (r < 0)
		return r;
	clock_jump(by);
	log_warn("test: the clock jumps by %lld ms", (long long)by);
	put_time(k->answer, "now", edge_now(k->e));
	put(k->answer, "paused", json_boolean(word_paused(k->e)));
	orders_pump(k->e);
	return 0;
}

#endif
