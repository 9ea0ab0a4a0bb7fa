/* SPDX-License-Identifier: BSD-2-Clause */
/* The canonical encoding of facts, see fact.h. Each decoder stands beside its encoder; a change of
 * layout raises VERSION, and the version of the kind. A decoder refuses what its encoder could not have
 * written; a journal keeps the facts of older versions as they are. */
#include "model/fact.h"

#include <errno.h>
#include <string.h>

#include "base/pack.h"

#define VERSION 2       /* the highest of any kind */
#define SOURCE_GRADES 3 /* enum source of finding.h, which stands on this file */

static const char *const standings[STANDING_N] = { "key", "org", "network", "own" };

static void
report_encode(struct writer *w, const struct report *p)
{
	wbytes(w, p->key.b, sizeof(p->key.b));
	wbytes(w, p->id, sizeof(p->id));
	wbytes(w, p->body_hash, sizeof(p->body_hash));
	wbytes(w, p->evidence_hash, sizeof(p->evidence_hash));
	wbytes(w, p->sender_hash, sizeof(p->sender_hash));
	wtext(w, p->sender, sizeof(p->sender));
	w8(w, (uint8_t)p->cls);
	w8(w, (uint8_t)p->evidence);
	addr_encode(w, &p->subject);
	w16(w, p->port);
	w8(w, p->two_way_claim);
	w64(w, (uint64_t)p->event);
	w32(w, p->origin_as);
	addr_encode(w, &p->from);
	w32(w, p->count);
}

static void
report_decode(struct reader *r, struct report *p)
{
	rbytes(r, p->key.b, sizeof(p->key.b));
	rbytes(r, p->id, sizeof(p->id));
	rbytes(r, p->body_hash, sizeof(p->body_hash));
	rbytes(r, p->evidence_hash, sizeof(p->evidence_hash));
	rbytes(r, p->sender_hash, sizeof(p->sender_hash));
	rtext(r, p->sender, sizeof(p->sender));
	p->cls = r8below(r, CLASS_N);
	p->evidence = r8below(r, EVIDENCE_STRONG + 1);
	addr_decode(r, &p->subject);
	p->port = r16(r);
	p->two_way_claim = r8below(r, 2);
	p->event = (msec)r64(r);
	p->origin_as = r32(r);
	addr_decode(r, &p->from);
	p->count = r32(r);
}

static void
look_encode(struct writer *w, const struct look_result *p)
{
	w64(w, p->no);
	w8(w, (uint8_t)p->cls);
	addr_encode(w, &p->target);
	w16(w, p->port);
	w8(w, p->vantage);
	w8(w, (uint8_t)p->verdict);
	w8(w, (uint8_t)p->reason);
	w8(w, (uint8_t)p->method);
	addr_encode(w, &p->egress);
	w64(w, (uint64_t)p->began);
	w64(w, (uint64_t)p->ended);
	w16(w, p->sockets);
	w32(w, p->bytes_in);
}

static void
look_decode(struct reader *r, struct look_result *p)
{
	p->no = r64(r);
	p->cls = r8below(r, CLASS_N);
	addr_decode(r, &p->target);
	p->port = r16(r);
	p->vantage = r8below(r, VANTAGES);
	p->verdict = r8below(r, VERDICT_N);
	p->reason = r8below(r, REASON_N);
	p->method = r8below(r, PROBE_N);
	addr_decode(r, &p->egress);
	p->began = (msec)r64(r);
	p->ended = (msec)r64(r);
	p->sockets = r16(r);
	p->bytes_in = r32(r);
}

static void
reporter_encode(struct writer *w, const struct reporter_set *p)
{
	wbytes(w, p->key.b, sizeof(p->key.b));
	wtext(w, p->name, sizeof(p->name));
	wtext(w, p->org, sizeof(p->org));
	w8(w, p->standing);
	w8(w, p->pinned);
	w32(w, p->notify_on_sight);
	w64(w, p->pin);
	w64(w, (uint64_t)p->delay);
	w32(w, p->as);
	w32(w, p->uid);
}

static void
reporter_decode(struct reader *r, struct reporter_set *p)
{
	rbytes(r, p->key.b, sizeof(p->key.b));
	rtext(r, p->name, sizeof(p->name));
	rtext(r, p->org, sizeof(p->org));
	p->standing = r8below(r, STANDING_N);
	p->pinned = r8below(r, 2);
	p->notify_on_sight = r32(r);
	if (p->notify_on_sight >> CLASS_N)
		r->bad = true;
	p->pin = r64(r);
	if (p->pin > Q32_ONE)
		r->bad = true;
	p->delay = (msec)r64(r);
	p->as = r32(r);
	p->uid = r32(r);
}

static void
flow_encode(struct writer *w, const struct flow_seen *p)
{
	addr_encode(w, &p->subject);
	w16(w, p->port);
	w8(w, (uint8_t)p->cls);
	w64(w, (uint64_t)p->when);
	w8(w, p->answered_inbound);
	w8(w, p->active);
	w8(w, p->covered);
	w8(w, p->proto);
	w16(w, p->far_port);
	prefix_encode(w, &p->peer);
	w32(w, p->samples);
	w32(w, p->sampling);
}

static void
flow_decode(struct reader *r, uint8_t version, struct flow_seen *p)
{
	addr_decode(r, &p->subject);
	p->port = r16(r);
	p->cls = r8below(r, CLASS_N);
	p->when = (msec)r64(r);
	p->answered_inbound = r8below(r, 2);
	p->active = r8below(r, 2);
	if (version < 2)
		return; /* before there was a collector to say more */
	p->covered = r8below(r, 2);
	p->proto = r8(r);
	p->far_port = r16(r);
	prefix_decode(r, &p->peer);
	p->samples = r32(r);
	p->sampling = r32(r);
}

void
population_encode(struct writer *w, const struct population *p)
{
	w64(w, p->group);
	prefix_encode(w, &p->victim);
	w8(w, p->proto);
	w16(w, p->port);
	w32(w, p->lines);
	w32(w, p->samples);
	w32(w, p->sampling);
	w32(w, p->mean_size);
	w64(w, p->pps);
	w64(w, p->bps);
	w8(w, p->source);
	w64(w, (uint64_t)p->from);
	w64(w, (uint64_t)p->to);
}

void
population_decode(struct reader *r, struct population *p)
{
	p->group = r64(r);
	prefix_decode(r, &p->victim);
	p->proto = r8(r);
	p->port = r16(r);
	p->lines = r32(r);
	p->samples = r32(r);
	p->sampling = r32(r);
	p->mean_size = r32(r);
	p->pps = r64(r);
	p->bps = r64(r);
	p->source = r8below(r, SOURCE_GRADES);
	p->from = (msec)r64(r);
	p->to = (msec)r64(r);
}

static void
lease_encode(struct writer *w, const struct lease_seen *p)
{
	addr_encode(w, &p->addr);
	wtext(w, p->line, sizeof(p->line));
	w64(w, (uint64_t)p->from);
	w64(w, (uint64_t)p->to);
}

static void
lease_decode(struct reader *r, struct lease_seen *p)
{
	addr_decode(r, &p->addr);
	rtext(r, p->line, sizeof(p->line));
	p->from = (msec)r64(r);
	p->to = (msec)r64(r);
}

static uint8_t
version_of(enum fact_kind k)
{
	return k == FACT_FLOW || k == FACT_POPULATION ? 2 : 1;
}

void
fact_encode(struct writer *w, const struct fact *f)
{
	w8(w, version_of(f->kind));
	w8(w, (uint8_t)f->kind);
	w64(w, (uint64_t)f->at);
	switch (f->kind) {
	case FACT_CONF:
		w32(w, f->conf.len);
		wbytes(w, f->conf.text, f->conf.len);
		break;
	case FACT_REPORT: report_encode(w, &f->report); break;
	case FACT_LOOK: look_encode(w, &f->look); break;
	case FACT_REPORTER: reporter_encode(w, &f->reporter); break;
	case FACT_FLOW: flow_encode(w, &f->flow); break;
	case FACT_LEASE: lease_encode(w, &f->lease); break;
	case FACT_CANARY:
		wbytes(w, f->canary.key.b, KEY_BYTES);
		w64(w, (uint64_t)f->canary.when);
		break;
	case FACT_MODE: mode_encode(w, &f->mode); break;
	case FACT_PROTECT: protect_encode(w, &f->protect); break;
	case FACT_DESK: desk_encode(w, &f->desk); break;
	case FACT_POPULATION: population_encode(w, &f->population); break;
	case FACT_KEEP: keep_encode(w, &f->keep); break;
	case FACT_NONE:
	case FACT_TICK:
	case FACT_N: break;
	}
}

int
fact_decode(const void *p, size_t n, struct fact *ret)
{
	struct reader r = reader_of(p, n);
	struct fact f = { 0 };
	uint8_t version = r8(&r);
	if (version > VERSION)
		return -ENOTSUP;
	f.kind = r8below(&r, FACT_N);
	if (version != version_of(f.kind) && !(version == 1 && f.kind == FACT_FLOW))
		return -EBADMSG;
	f.at = (msec)r64(&r);
	switch (f.kind) {
	case FACT_CONF:
		f.conf.len = r32(&r);
		f.conf.text = (const char *)rspan(&r, f.conf.len);
		break;
	case FACT_REPORT: report_decode(&r, &f.report); break;
	case FACT_LOOK: look_decode(&r, &f.look); break;
	case FACT_REPORTER: reporter_decode(&r, &f.reporter); break;
	case FACT_FLOW: flow_decode(&r, version, &f.flow); break;
	case FACT_LEASE: lease_decode(&r, &f.lease); break;
	case FACT_CANARY:
		rbytes(&r, f.canary.key.b, KEY_BYTES);
		f.canary.when = (msec)r64(&r);
		break;
	case FACT_MODE: mode_decode(&r, &f.mode); break;
	case FACT_PROTECT: protect_decode(&r, &f.protect); break;
	case FACT_DESK: desk_decode(&r, &f.desk); break;
	case FACT_POPULATION: population_decode(&r, &f.population); break;
	case FACT_KEEP: keep_decode(&r, &f.keep); break;
	case FACT_TICK: break;
	case FACT_NONE:
	case FACT_N: return -EBADMSG;
	}
	if (!reader_done(&r))
		return -EBADMSG;
	*ret = f;
	return 0;
}

const char *
standing_name(enum standing s)
{
	return (unsigned)s < STANDING_N ? standings[s] : "key";
}

enum standing
standing_by_name(const char *s)
{
	int i = 0;
	while (i < STANDING_N && strcmp(standings[i], s) != 0)
		i++;
	return (enum standing)i;
}

const char *
evidence_name(enum evidence e)
{
	return e == EVIDENCE_STRONG ? "two-way" : e == EVIDENCE_TEXT ? "text log" : "one-way";
}

bool
key_is_zero(const struct key *k)
{
	static const struct key zero;
	return memcmp(k, &zero, sizeof(zero)) == 0;
}

int
key_cmp(const struct key *a, const struct key *b)
{
	return memcmp(a->b, b->b, sizeof(a->b));
}
