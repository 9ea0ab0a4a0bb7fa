/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The record of an order, fit for a regulator: measure, reason, evidence, scope, duration, who decided,
 * how it ended, how to appeal. In words, made of numbers, fixed words and what staff typed; no
 * stranger's text is in it. What came after an order is never told as what it was given on, and an
 * order is never told as in force when it was not (control_force.c). Reads only.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "act/act.h"
#include "lymphd/control.h"
#include "lymphd/control_force.h"

#define WORDS    1024
#define RECORDS  200  /* newest orders of a case */
#define EVENTS   5000 /* newest events looked through */
#define LOOKS    6    /* newest that proved it before an order; as many after it */
#define GROUPS   8    /* strongest reports */
#define ENDS     512

struct end {
	uint64_t order, seq;
	msec at;
	uint32_t kind;
};

/* An event that says what was known when. */
struct mark {
	uint64_t seq, order;
	msec at;
	uint32_t kind;
	json_t *text; /* of a look that proved it, once it was read; owned */
};

struct history {
	struct end end[ENDS];
	size_t ends;
	struct mark mark[EVENTS];
	size_t marks;
	struct view_score score; /* as of now */
	struct force_modes modes;
};

/* When an order was given, or asked for. */
struct decided {
	uint64_t seq; /* 0: not among the events */
	msec at;
};

static struct decided
decided_of(const struct history *h, const struct order *o)
{
	struct decided d = { 0, o->at };
	for (size_t i = 0; i < h->marks; i++)
		if (h->mark[i].order == o->no)
			d.seq = h->mark[i].seq;
	return d;
}

/* One batch of facts has one stamp: within it their places decide. */
static bool
is_later(const struct decided *d, uint64_t seq, msec at)
{
	return at > d->at || (d->seq && seq > d->seq);
}

static char *
when(msec t, char buf[MSEC_TEXT + 8])
{
	msec_print(t, buf);
	if (strlen(buf) > 19) {
		buf[10] = ' ';
		snprintf(buf + 19, 5, " UTC");
	}
	return buf;
}

__attribute__((format(printf, 2, 3))) static void
say(char s[WORDS], const char *fmt, ...)
{
	size_t n = strlen(s);
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(s + n, WORDS - n, fmt, ap);
	va_end(ap);
}

static const char *
proto_word(uint8_t p)
{
	return p == 6 ? "TCP " : p == 17 ? "UDP " : "";
}

static const char *
target_words(const struct order *o, char text[PREFIX_TEXT])
{
	prefix_print(&o->target, text);
	char *slash = strchr(text, '/');
	if (slash && o->target.len == addr_bits(&o->target.a))
		*slash = '\0';
	return text;
}

static json_t *
measure(const struct policy *p, const struct order *o, bool was)
{
	char s[WORDS] = "", target[PREFIX_TEXT], peer[PREFIX_TEXT], port[8];
	target_words(o, target);
	snprintf(port, sizeof(port), "%u", o->port);
	const char *who = o->peer.a.fam ? prefix_print(&o->peer, peer) : "anyone";
	if (o->asked)
		say(s, "Asked for, not given: ");
	else if (o->would && was)
		say(s, "In force only at the times said here, for else lymph only observed: ");
	else if (o->would)
		say(s, "Not in force, for lymph only observes: ");
	else if (!act_carrier(p, o))
		say(s, "Not carried out, for nothing here could: ");
	switch (o->rung) {
	case RUNG_FILTER:
		if (o->all) {
			say(s, "%s%s%s of every line to %s is dropped, for many lines attacked it together; "
			       "all other traffic flows.", o->proto ? proto_word(o->proto) : "",
			    o->port ? "traffic to port " : "traffic", o->port ? port : "", who);
			break;
		}
		say(s, o->inbound ? "Traffic of %s to %sport %u of %s" : "Traffic to %s, %sport %u, from %s",
		    who, proto_word(o->proto), o->port, target);
		say(s, " is dropped; all other traffic of the line flows.");
		break;
	case RUNG_QUARANTINE:
		say(s, "%s reaches only what always-reach names (name service, portal, emergency calls ...); "
		       "all its other traffic is dropped.", target);
		break;
	case RUNG_NOTIFY: say(s, "The holder of %s is told.", target); break;
	default: say(s, "A ticket at the desk about %s; no traffic is touched.", target); break;
	}
	return json_string(s);
}

static json_t *
reason(const struct view_case *v, const struct order *o, const struct history *h)
{
	char s[WORDS] = "", q[Q32_TEXT], t[MSEC_TEXT + 8];
	const struct class_row *cls = class_row(o->cls);
	const struct decided d = decided_of(h, o);
	uint32_t times = 0, later = 0;
	msec last = 0;
	for (size_t i = 0; i < h->marks; i++) {
		const struct mark *m = &h->mark[i];
		bool after = is_later(&d, m->seq, m->at);
		if (m->kind == EVENT_VERIFIED && !after) {
			last = m->at;
			times++;
		}
		later += after && (m->kind == EVENT_REPORT || m->kind == EVENT_REPORT_CAPPED);
	}
	uint32_t reports = v->reports > later ? v->reports - later : 0;
	say(s, "%s. Score %s of 100 when it was decided", cls->title, q32_print(o->score * 100, 1, q));
	if (times)
		say(s, "; verified by own %s%s, last at %s", v->proof_by == METHOD_FLOWS ? "flow" : "check",
		    times > 1 || v->proof_by == METHOD_FLOWS ? "s" : "", when(last, t));
	if (times > 1)
		say(s, ", %u times", times);
	say(s, "; %u report%s in the case until then.", reports, reports == 1 ? "" : "s");
	return json_string(s);
}

static json_t *
scope(const struct order *o)
{
	char s[WORDS] = "", text[PREFIX_TEXT];
	say(s, "%s", target_words(o, text));
	if (o->rung == RUNG_FILTER) {
		say(s, ", %sport %u, %s the line", proto_word(o->proto), o->port,
		    o->inbound ? "towards" : "from");
		if (o->peer.a.fam)
			say(s, ", only with %s", prefix_print(&o->peer, text));
	}
	return json_string(s);
}

/* --- evidence ------------------------------------------------------------------------------------ */

static int
see_look(uint64_t seq, uint64_t case_no, const void *bytes, size_t n, void *arg)
{
	char s[WORDS] = "", t[MSEC_TEXT + 8], a[ADDR_TEXT];
	struct mark *m = arg;
	struct fact f;
	(void)case_no;
	if (fact_decode(bytes, n, &f) < 0 || f.kind != FACT_LOOK)
		return 1;
	const struct look_result *l = &f.look;
	say(s, "%s own check from the %s address: %s on port %u by %s", when(l->ended, t),
	    l->vantage ? "unannounced" : "announced", verdict_name(l->verdict), l->port,
	    probe_method_name(l->method));
	if (l->egress.fam)
		say(s, ", relayed from %s", addr_print(&l->egress, a));
	say(s, " (fact %llu)", (unsigned long long)seq);
	m->text = json_string(s);
	return 1;
}

static void
push_item(json_t *list, json_t *text, msec at, bool later)
{
	json_t *o = json_new(json_object());
	put(o, "text", text);
	put_time(o, "at", at);
	put(o, "later", json_boolean(later));
	push(list, o);
}

static void
push_group(json_t *list, const struct view_group *g, bool later)
{
	char s[WORDS] = "", t[MSEC_TEXT + 8], q[Q32_TEXT];
	say(s, "%s report L-%06llu from ", when(g->event, t), (unsigned long long)g->seq);
	if (g->name[0])
		say(s, "%s", g->name);
	else
		say(s, "%s", key_is_zero(&g->key) ? "an unsigned source" : "an unknown key");
	say(s, " (%s%s), evidence: %s", standing_name(g->standing), g->pinned ? ", pinned" : "",
	    evidence_name(g->evidence));
	if (g->reports > 1)
		say(s, ", strongest of %u today", g->reports);
	say(s, ", weight %s today", q32_print(g->w, 2, q));
	push_item(list, json_string(s), g->arrival, later);
}

static json_t *
evidence(struct control_call *k, const struct order *r, struct history *h)
{
	json_t *list = json_new(json_array());
	const struct decided d = decided_of(h, r);
	unsigned n[2] = { 0 };
	for (size_t i = h->marks; i-- > 0;) {
		struct mark *m = &h->mark[i];
		bool later = is_later(&d, m->seq, m->at);
		if (m->kind != EVENT_LOOK_DONE || n[later] == LOOKS)
			continue;
		if (!m->text && store_each_fact(k->e->store, m->seq, see_look, m) < 0)
			break;
		if (!m->text)
			continue;
		push_item(list, json_incref(m->text), m->at, later);
		n[later]++;
	}
	for (uint32_t i = 0; i < h->score.shown && i < VIEW_LINES && i < GROUPS; i++) {
		const struct view_group *g = &h->score.group[i];
		if (!g->own_probe)
			push_group(list, g, is_later(&d, g->seq, g->arrival));
	}
	return list;
}

/* --- its end ------------------------------------------------------------------------------------- */

static int
see_event(const struct store_event *ev, void *arg)
{
	struct history *h = arg;
	bool given = ev->kind == EVENT_ORDER || ev->kind == EVENT_ASKED;
	if (h->marks < EVENTS &&
	    (given || ev->kind == EVENT_REPORT || ev->kind == EVENT_REPORT_CAPPED ||
		ev->kind == EVENT_VERIFIED || (ev->kind == EVENT_LOOK_DONE && ev->b == VERDICT_OPEN)))
		h->mark[h->marks++] = (struct mark){ .seq = ev->seq, .order = given ? ev->a : 0,
			.at = ev->at, .kind = ev->kind };
	if ((ev->kind == EVENT_ORDER_DROPPED || ev->kind == EVENT_ORDER_EXPIRED ||
		ev->kind == EVENT_ASK_ENDED) && h->ends < ENDS)
		h->end[h->ends++] = (struct end){ ev->a, ev->seq, ev->at, ev->kind };
	return 0;
}

static int
see_cause(uint64_t seq, uint64_t case_no, const void *bytes, size_t n, void *arg)
{
	char *s = arg;
	struct fact f;
	(void)case_no, (void)seq;
	if (fact_decode(bytes, n, &f) < 0)
		return 1;
	if (f.kind == FACT_DESK) {
		say(s, " by uid %u", f.desk.uid);
		if (f.desk.second)
			say(s, " and uid %u", f.desk.second);
		say(s, " (%s)%s%s", desk_verb_row((enum desk_verb)f.desk.verb)->name,
		    f.desk.text[0] ? ": " : "", f.desk.text);
	} else {
		say(s, "%s", f.kind == FACT_LOOK      ? " by rule: found closed from all vantages"
			     : f.kind == FACT_PROTECT ? " by rule: its target is on the never-touch list now"
			     : f.kind == FACT_CONF    ? " by rule: the configuration changed"
						      : " by rule");
	}
	return 1;
}

static const struct end *
end_of(const struct history *h, const struct order *r)
{
	const struct end *e = NULL;
	for (size_t i = 0; i < h->ends; i++)
		if (h->end[i].order == r->no)
			e = &h->end[i];
	return e;
}

static void
put_ended(struct control_call *k, json_t *o, const struct order *r, const struct history *h, msec now)
{
	char s[WORDS] = "", t[MSEC_TEXT + 8];
	const struct end *e = end_of(h, r);
	if (e && e->kind == EVENT_ORDER_DROPPED) {
		say(s, "withdrawn %s", when(e->at, t));
		store_each_fact(k->e->store, e->seq, see_cause, s);
	} else if (e && e->kind == EVENT_ASK_ENDED) {
		say(s, "nobody answered until %s", when(e->at, t));
	} else if (e || r->expiry <= now) {
		say(s, "ran out %s", when(r->expiry, t));
	} else if (r->dropped) {
		say(s, "withdrawn");
	}
	put_text(o, "ended", s);
	put_time(o, "ended_at", e ? e->at : 0);
}

static json_t *
record(struct control_call *k, const struct view_case *v, const struct order *r, struct history *h)
{
	msec now = edge_now(k->e);
	const struct end *e = end_of(h, r);
	json_t *o = json_new(json_object());
	put_int(o, "order", r->no);
	put_text(o, "rung", rung_name(r->rung));
	bool was = force_put(k, o, r, &h->modes, e ? e->at : 0, now);
	put(o, "measure", measure(k->e->c->conf->policy, r, was));
	put(o, "reason", reason(v, r, h));
	put(o, "evidence", evidence(k, r, h));
	put(o, "scope", scope(r));
	put_time(o, "from", r->at);
	put_time(o, "until", r->expiry);
	put_text(o, "decided_by", "rule");
	put(o, "approved_by", r->by ? json_integer(r->by) : json_null());
	put_ended(k, o, r, h, now);
	put_text(o, "appeal", k->e->c->conf->appeal);
	put(o, "legal", json_null());
	return o;
}

int
control_record(struct control_call *k)
{
	static struct history h; /* too big for the stack of a role */
	int64_t no;
	struct view_case v;
	struct order o;
	bool stands;
	msec now = edge_now(k->e);
	int r = control_arg_int(k, "case", 0, &no);
	if (r < 0)
		return r;
	if (no < 1 || !view_case(k->e->judge, (uint64_t)no, now, &v))
		return control_refuse(k, -ENOENT, "no case %lld: \"lymph cases\" lists them", (long long)no);
	memset(&h, 0, sizeof(h));
	r = store_case_events(k->e->store, (uint64_t)no, EVENTS, see_event, &h);
	r = r < 0 ? r : force_read(k->e->store, &h.modes);
	if (r < 0)
		return control_refuse(k, r, "the journal cannot be read: %s", strerror(-r));
	view_score(k->e->judge, v.no, now, &h.score);
	json_t *list = json_new(json_array());
	for (uint64_t at = 0; view_order_of(k->e->judge, (uint64_t)no, &at, &o, &stands);) {
		if (json_array_size(list) == RECORDS)
			json_array_remove(list, 0);
		push(list, record(k, &v, &o, &h));
	}
	for (size_t i = 0; i < h.marks; i++)
		json_decref(h.mark[i].text);
	put_text(k->answer, "server", k->e->c->conf->name);
	put(k->answer, "case", control_case_json(&v));
	put(k->answer, "records", list);
	put_time(k->answer, "now", now);
	return 0;
}
