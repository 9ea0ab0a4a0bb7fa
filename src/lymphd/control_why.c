/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why: everything the judge holds about an address or a case, as one JSON document. The score group by
 * group, each gate with what holds and what misses, what would follow, what was looked at, and what
 * cannot be judged here. Reads only.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lymphd/control.h"
#include "lymphd/edge_flows.h"
#include "wire/sshsig.h"

#define HISTORY     60   /* newest reports, looks and events shown each; the rest is counted */
#define CASES_MOST  32   /* of one address: more than there are classes */
#define EVENTS_MOST 2000 /* walked for the newest looks and reports */

static const char *const gate_bits[] = { "score", "verified", "not-checkable", "inconclusive",
	"on-sight", "twice", "groups", "active", "policy", "class", "reach", "lease", "cap",
	"touchable", "approved", "answered", "rule", "hours", "breaker", "not-barred", "scope" };

static json_t *
bits_json(uint32_t bits)
{
	json_t *a = json_new(json_array());
	for (size_t i = 0; i < sizeof(gate_bits) / sizeof(gate_bits[0]); i++)
		if (bits >> i & 1)
			push(a, json_string(gate_bits[i]));
	return a;
}

static json_t *
gates_json(const struct judge *j, uint64_t case_no, msec now)
{
	struct view_gate g[RUNG_N];
	json_t *a = json_new(json_array());
	memset(g, 0, sizeof(g));
	view_gates(j, case_no, now, g);
	for (unsigned i = 0; i < RUNG_N; i++) {
		json_t *o = json_new(json_object());
		put_text(o, "rung", rung_name(i));
		put(o, "open", json_boolean(g[i].open));
		put(o, "latched", json_boolean(g[i].latched));
		put(o, "holds", bits_json(g[i].holds));
		put(o, "missing", bits_json(g[i].missing));
		push(a, o);
	}
	return a;
}

/* What a sensor of ours saw, in its own words. seq 0: it is somebody else's report. */
static void
put_finding(json_t *o, struct edge *e, uint64_t seq)
{
	json_t *f = seq ? control_finding_json(e, seq) : NULL;
	if (f)
		put(o, "finding", f);
}

static json_t *
line_json(struct edge *e, const struct view_group *g)
{
	char text[KEY_TEXT];
	bool none = key_is_zero(&g->key);
	json_t *o = json_new(json_object());
	put_text(o, "source", g->own_flows ? "own-flows" : g->own_probe ? "own-probe" : none ? "unsigned" : "key");
	put(o, "key", none ? json_null() : json_string(key_print(&g->key, text)));
	put_text(o, "name", g->name);
	put_text(o, "sender", g->sender);
	put_text(o, "standing", standing_name(g->standing));
	put(o, "pinned", json_boolean(g->pinned));
	put(o, "weak", json_boolean(g->weak));
	put(o, "pooled", json_boolean(g->pooled));
	put_int(o, "reports", g->reports);
	put_int(o, "keys", g->keys);
	put_q(o, "trust", g->t);
	put_q(o, "evidence", g->e);
	put_text(o, "evidence_kind", g->own_flows ? "own flows" : g->own_probe ? "own check" : evidence_name(g->evidence));
	put_q(o, "decay", g->d);
	put_q(o, "product", q32_mul(q32_mul(g->t, g->e), g->d));
	put_q(o, "weight", g->w);
	put_time(o, "event", g->event);
	put_time(o, "arrival", g->arrival);
	put_int(o, "fact", g->seq);
	put_finding(o, e, !none && g->standing == STANDING_OWN ? g->seq : 0);
	return o;
}

static json_t *
score_json(struct edge *e, uint64_t case_no, msec now)
{
	static struct view_score s; /* too big for the stack of a role */
	json_t *o = json_new(json_object()), *lines = json_new(json_array());
	memset(&s, 0, sizeof(s));
	view_score(e->judge, case_no, now, &s);
	put_q(o, "score", s.score);
	put_q(o, "pool", s.pool);
	put_q(o, "pool_raw", s.pool_raw);
	put_int(o, "pool_keys", s.pool_keys);
	put_int(o, "pool_reports", s.pool_reports);
	put_q(o, "weak", s.weak);
	put_q(o, "weak_raw", s.weak_raw);
	put_int(o, "groups", s.groups);
	for (uint32_t i = 0; i < s.shown && i < VIEW_LINES; i++)
		push(lines, line_json(e, &s.group[i]));
	put(o, "lines", lines);
	return o;
}

/* What one event's two numbers mean. */
static json_t *
event_json(const struct store_event *ev)
{
	json_t *o = json_new(json_object());
	put_time(o, "at", ev->at);
	if (ev->kind == EVENT_FLOWS_KEPT || ev->kind == EVENT_FLOWS_SAID) {
		put_text(o, "event", ev->kind == EVENT_FLOWS_KEPT ? "flows-kept" : "flows-said");
		put_int(o, "fact", ev->a);
		return o;
	}
	put_text(o, "event", event_name(ev->kind));
	switch (ev->kind) {
	case EVENT_REPORT:
		put_q(o, "weight", ev->q); /* fall through */
	case EVENT_REPORT_CAPPED: put_int(o, "fact", ev->a); break;
	case EVENT_LOOK_ASKED:
		put_int(o, "look", ev->a);
		put_text(o, "vantage", ev->b ? "unannounced" : "announced");
		break;
	case EVENT_LOOK_DONE:
		put_int(o, "look", ev->a);
		put_text(o, "verdict", verdict_name(ev->b));
		break;
	case EVENT_VERIFIED:
		put_int(o, "times", ev->a);
		put_text(o, "by", ev->b == METHOD_FLOWS ? "own flows" : "own check");
		break;
	case EVENT_STATE:
		put_text(o, "from", case_state_name(ev->a));
		put_text(o, "to", case_state_name(ev->b));
		break;
	case EVENT_ORDER:
	case EVENT_ORDER_DROPPED:
	case EVENT_ORDER_EXPIRED:
	case EVENT_ASKED:
	case EVENT_ASK_ENDED:
		put_int(o, "order", ev->a);
		put_text(o, "rung", rung_name(ev->b));
		break;
	case EVENT_GATE: put_q(o, "score", ev->q); /* fall through */
	case EVENT_BACKLOG: put_text(o, "rung", rung_name(ev->b)); break;
	case EVENT_CLOSED: put_text(o, "as", close_as_name(ev->b)); break;
	case EVENT_DESK:
		put_int(o, "fact", ev->a);
		put_text(o, "verb", desk_verb_row((enum desk_verb)ev->b)->name);
		break;
	case EVENT_CREDIT:
	case EVENT_DEBIT:
		put_int(o, "fact", ev->a);
		put_q(o, "by", ev->q);
		break;
	default: break;
	}
	return o;
}

/* Keeps the newest HISTORY rows. */
static void
push_newest(json_t *a, json_t *v)
{
	if (json_array_size(a) == HISTORY)
		json_array_remove(a, 0);
	push(a, v);
}

/* The newest HISTORY numbers of some kind, a ring. */
struct newest {
	uint64_t v[HISTORY], n;
};

static void
newest_add(struct newest *r, uint64_t v)
{
	r->v[r->n++ % HISTORY] = v;
}

struct history {
	json_t *events, *looks, *reports, *desk, *flows;
	uint64_t events_n;
	struct newest look, report, act, flow; /* their facts */
};

static int
on_event(const struct store_event *ev, void *arg)
{
	struct history *h = arg;
	push_newest(h->events, event_json(ev));
	h->events_n++;
	/* A look is a fact about an address; that it was this case's is only in the event. */
	if (ev->kind == EVENT_LOOK_DONE)
		newest_add(&h->look, ev->seq);
	else if (ev->kind == EVENT_REPORT || ev->kind == EVENT_REPORT_CAPPED)
		newest_add(&h->report, ev->seq);
	else if (ev->kind == EVENT_DESK)
		newest_add(&h->act, ev->a);
	else if (ev->kind == EVENT_FLOWS_KEPT || ev->kind == EVENT_FLOWS_SAID)
		newest_add(&h->flow, ev->a);
	return 0;
}

static json_t *
look_json(const struct look_result *l)
{
	json_t *o = json_new(json_object());
	put_int(o, "look", l->no);
	put_text(o, "vantage", l->vantage ? "unannounced" : "announced");
	put_text(o, "verdict", verdict_name(l->verdict));
	put_text(o, "reason", look_reason_name(l->reason));
	put_text(o, "method", probe_method_name(l->method));
	put(o, "port", l->port ? json_integer(l->port) : json_null());
	put_addr(o, "egress", &l->egress);
	put_time(o, "began", l->began);
	put_time(o, "ended", l->ended);
	put_int(o, "sockets", l->sockets);
	put_int(o, "bytes_in", l->bytes_in);
	return o;
}

static json_t *
report_json(const struct control_call *k, uint64_t seq, const struct fact *f)
{
	char text[KEY_TEXT], id[33];
	const struct report *r = &f->report;
	struct view_reporter v;
	bool none = key_is_zero(&r->key), known = !none && control_find_key(k, &r->key, &v);
	json_t *o = json_new(json_object());
	for (int i = 0; i < 16; i++)
		snprintf(id + 2 * i, 3, "%02x", r->id[i]);
	put_int(o, "fact", seq);
	put_text(o, "report_id", id);
	put(o, "key", none ? json_null() : json_string(key_print(&r->key, text)));
	put_text(o, "sender", r->sender);
	/* What the reporter is today, not what it was when it came. */
	put_text(o, "name", known ? v.name : "");
	put_text(o, "standing", known ? standing_name(v.standing) : "");
	put(o, "pinned", json_boolean(known && v.pinned));
	put_text(o, "evidence_kind", evidence_name(r->evidence));
	put(o, "port", r->port ? json_integer(r->port) : json_null());
	put_int(o, "count", r->count);
	put_time(o, "event", r->event);
	put_time(o, "arrival", f->at);
	put_finding(o, k->e, known && v.standing == STANDING_OWN ? seq : 0);
	return o;
}

/* What own flows said about it; with the flows themselves, where some were kept. */
static json_t *
flow_said_json(struct edge *e, uint64_t seq, const struct fact *f)
{
	char text[PREFIX_TEXT];
	const struct flow_seen *s = &f->flow;
	json_t *o = json_new(json_object()), *kept = control_finding_json(e, seq);
	put_int(o, "fact", seq);
	put_time(o, "at", f->at);
	put_time(o, "when", s->when);
	put(o, "port", s->port ? json_integer(s->port) : json_null());
	put(o, "active", json_boolean(s->active));
	put(o, "answered_inbound", json_boolean(s->answered_inbound));
	put(o, "covered", json_boolean(s->covered));
	put(o, "proto", s->proto ? json_integer(s->proto) : json_null());
	put(o, "far_port", s->far_port ? json_integer(s->far_port) : json_null());
	put_text(o, "peer", s->peer.a.fam ? prefix_print(&s->peer, text) : "");
	put_int(o, "samples", s->samples);
	put(o, "sampling", s->sampling ? json_integer(s->sampling) : json_null());
	json_t *list = json_incref(json_object_get(kept, "flows"));
	put(o, "kept", list ? list : json_null());
	json_decref(kept);
	return o;
}

/* What a person did: who, and the words they gave with it. */
static json_t *
desk_json(uint64_t seq, const struct desk_act *a)
{
	const struct desk_verb_row *row = desk_verb_row((enum desk_verb)a->verb);
	json_t *o = json_new(json_object());
	put_int(o, "fact", seq);
	put_text(o, "verb", row->name);
	put_int(o, row->order ? "order" : "case", a->target);
	put_int(o, "by", a->uid);
	put(o, "second", a->second ? json_integer(a->second) : json_null());
	put_int(o, "batch", a->batch);
	put(o, "undoes", a->undoes ? json_integer((json_int_t)a->undoes) : json_null());
	put_text(o, "as", a->as ? close_as_name((enum close_as)a->as) : "");
	put(o, "into", a->into ? json_integer((json_int_t)a->into) : json_null());
	put_time(o, "until", a->until);
	put(o, "rungs", control_rungs_json(a->rungs));
	put_text(o, "name", a->name);
	put_text(o, "text", a->text);
	return o;
}

struct into {
	const struct control_call *k;
	json_t *list;
};

static int
on_fact(uint64_t seq, uint64_t case_no, const void *bytes, size_t n, void *arg)
{
	struct into *i = arg;
	struct fact f;
	(void)case_no;
	if (fact_decode(bytes, n, &f) < 0)
		return 1;
	if (f.kind == FACT_LOOK)
		push_newest(i->list, look_json(&f.look));
	else if (f.kind == FACT_REPORT)
		push_newest(i->list, report_json(i->k, seq, &f));
	else if (f.kind == FACT_DESK)
		push_newest(i->list, desk_json(seq, &f.desk));
	else if (f.kind == FACT_FLOW)
		push_newest(i->list, flow_said_json(i->k->e, seq, &f));
	return 1; /* this one fact */
}

static int
facts(const struct control_call *k, const struct newest *r, json_t *list)
{
	struct into i = { k, list };
	int rc = 0;
	for (uint64_t n = r->n > HISTORY ? r->n - HISTORY : 0; rc >= 0 && n < r->n; n++)
		rc = store_each_fact(k->e->store, r->v[n % HISTORY], on_fact, &i);
	return rc < 0 ? rc : 0;
}

/* 0 or the store's error, on which the rest is left out. Strangers decide how many reports a case has,
 * so none but the newest are read. */
static int
history(const struct control_call *k, uint64_t case_no, struct history *h)
{
	int r = store_case_events(k->e->store, case_no, EVENTS_MOST, on_event, h);
	if (r >= 0)
		r = facts(k, &h->report, h->reports);
	if (r >= 0)
		r = facts(k, &h->act, h->desk);
	if (r >= 0)
		r = facts(k, &h->flow, h->flows);
	return r < 0 ? r : facts(k, &h->look, h->looks);
}

static json_t *
orders_json(struct edge *e, uint64_t case_no, msec now)
{
	const struct judge *j = e->judge;
	struct order o;
	uint64_t no = 0;
	bool stands;
	json_t *a = json_new(json_array());
	while (view_order_of(j, case_no, &no, &o, &stands))
		push_newest(a, control_order_json(e, &o, now));
	return a;
}

/* What would change the verdict and cannot be known here. */
static json_t *
not_judged_json(const struct view_case *v, bool flow_source, const struct policy *p)
{
	json_t *a = json_new(json_array());
	if (!flow_source)
		push(a, json_string("verified-false: no flow source"));
	if (!flow_source && class_row(v->cls)->methods == METHOD_FLOWS)
		push(a, json_string(
			    "verified: this class is verified by own flows, and there is no flow "
			    "source"));
	if (flow_source && v->seen_at && !v->seen_covered)
		push(a, json_string("verified-false: own flows do not cover this line, so their silence "
				    "means nothing"));
	if (kind_row(v->kind)->needs_lease && !v->line[0])
		push(a, json_string(
			    "line: the address is shared or changes hands, and there is no lease "
			    "source"));
	if (p->vantages < 2)
		push(a, json_string("not found: only one vantage is configured"));
	return a;
}

static json_t *
explain(struct control_call *k, const struct view_case *v, msec now)
{
	struct edge *e = k->e;
	const struct policy *p = e->c->conf->policy;
	struct history h = { .events = json_new(json_array()),
		.looks = json_new(json_array()),
		.reports = json_new(json_array()),
		.desk = json_new(json_array()),
		.flows = json_new(json_array()) };
	json_t *o = control_case_json(v);

	put_text(o, "advice", class_row(v->cls)->advice);
	put(o, "explained", score_json(e, v->no, now));
	put(o, "gates", gates_json(e->judge, v->no, now));
	put(o, "orders", orders_json(e, v->no, now));
	/* A store that cannot be read now costs the history, not the explanation. */
	int r = history(k, v->no, &h);
	put_text(o, "history_error", r < 0 ? strerror(-r) : "");
	put(o, "events", h.events);
	put_int(o, "events_total", h.events_n);
	put(o, "events_more", json_boolean(h.events_n == EVENTS_MOST)); /* than were counted */
	put(o, "looks", h.looks);
	put_int(o, "looks_total", h.look.n);
	put(o, "desk", h.desk);
	put(o, "flows", h.flows);
	put_int(o, "flows_total", h.flow.n);
	put(o, "reports_newest", h.reports);
	put_int(o, "reports_total", v->reports);
	put(o, "not_judged", not_judged_json(v, p->flow_source, p));
	return o;
}

static json_t *
params_json(const struct params *p)
{
	json_t *o = json_new(json_object());
	char name[64];
	for (size_t i = 0; i < param_count; i++) {
		const struct param_row *r = &param_rows[i];
		int64_t v = params_get(p, r);
		if (r->kind == 'q') {
			put_q(o, r->name, (q32)v);
			continue;
		}
		snprintf(name, sizeof(name), "%s%s", r->name, r->kind == 'd' ? "_ms" : "");
		put(o, name, json_integer(v));
	}
	return o;
}

static void
put_policy(json_t *doc, const struct judge *j, const struct policy *p, const struct addr *a)
{
	char text[PREFIX_TEXT];
	const struct policy_row *row = policy_find(p, a);
	put(doc, "own", json_boolean(row != NULL));
	put(doc, "protected", json_boolean(view_protected(j, a)));
	if (!row) {
		put(doc, "policy", json_null());
		return;
	}
	json_t *o = json_new(json_object());
	put_text(o, "prefix", prefix_print(&row->lpm.prefix, text));
	put_text(o, "kind", kind_row(row->kind)->name);
	put_text(o, "line", row->line);
	put_text(o, "party", row->party);
	put(o, "probe", json_boolean(row->probe));
	put(o, "notify", json_boolean(row->notify));
	put_text(o, "highest_rung", rung_name(row->top));
	put(doc, "policy", o);
}

static void
put_frame(struct control_call *k, const struct addr *a, msec now)
{
	const struct policy *p = k->e->c->conf->policy;
	put_text(k->answer, "server", k->e->c->conf->name);
	put_text(k->answer, "mode", control_mode(k->e));
	put_time(k->answer, "now", now);
	put_addr(k->answer, "address", a);
	put_policy(k->answer, k->e->judge, p, a);
	put(k->answer, "params", params_json(&p->params));
}

int
control_why(struct control_call *k)
{
	const char *text = control_arg_text(k, "address");
	struct addr a;
	struct view_case v;
	uint64_t no = 0;
	msec now = edge_now(k->e);
	if (!text || addr_parse(text, strlen(text), &a) < 0)
		return control_refuse(k, -EINVAL, "address takes one IPv4 or IPv6 address");
	json_t *list = json_new(json_array());
	while (json_array_size(list) < CASES_MOST && view_case_of(k->e->judge, &a, &no, now, &v))
		push(list, explain(k, &v, now));
	put_frame(k, &a, now);
	put(k->answer, "cases", list);
	return 0;
}

int
control_case(struct control_call *k)
{
	int64_t no;
	struct view_case v;
	msec now = edge_now(k->e);
	int r = control_arg_int(k, "case", 0, &no);
	if (r < 0)
		return r;
	if (no < 1 || !view_case(k->e->judge, (uint64_t)no, now, &v))
		return control_refuse(k, -ENOENT, "no case %lld: \"lymph cases\" lists them", (long long)no);
	json_t *list = json_new(json_array());
	push(list, explain(k, &v, now));
	put_frame(k, v.target.fam ? &v.target : &v.subject.a, now);
	put(k->answer, "cases", list);
	return 0;
}
