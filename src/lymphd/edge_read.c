/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a token's holder may read, see edge_grant.h: cases, and the reports behind them, page by page. Who has
 * no "inside" in his scope gets the row of fields below and nothing else: no reporter, no line, no name of
 * staff. Each question costs a bounded walk, the page says where to go on. It must never tell a case that is
 * not there from one that is another's.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/log.h"
#include "lymphd/case_json.h"
#include "lymphd/edge_grant.h"
#include "wire/sshsig.h"
#include "wire/uuid.h"
#include "wire/xarf_outward.h"

#define ROWS_USUAL 100
#define WALK       2000        /* cases, or facts, looked at for one page */
#define BYTES      (4u << 20)  /* of reports in one page; one may be more */
#define SMALL      32768       /* what goes as the message's tail */
#define GROUPS     16          /* reporters shown of a case */

struct reads {
	struct read_totals n;
};

/* The page that is made. */
struct page {
	struct edge *e;
	const struct grant *g;
	const struct msg_read *m;
	json_t *list;
	size_t limit, bytes, walked;
	uint64_t next; /* 0: the end */
};

/* --- cases --------------------------------------------------------------------------------------- */

static msec
changed(const struct view_case *v)
{
	const msec at[] = { v->opened, v->last_report, v->last_look, v->verified_at, v->closed_at };
	msec last = 0;
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++)
		if (at[i] > last)
			last = at[i];
	return last;
}

/* The address it is about; of an attack by many lines, the victim's. */
static struct addr
about(const struct view_case *v)
{
	return v->target.fam ? v->target : v->subject.a;
}

static bool
may_see(const struct grant *g, const struct view_case *v)
{
	struct addr a = about(v);
	/* A victim is nobody's line: whose lines took part is for the house. */
	return grant_covers(g, &a, v->cls) && (!v->population.lines || g->flags & GRANT_INSIDE);
}

/* In whole points: a page that says the same has the same bytes. */
static int
points(q32 score)
{
	return (int)((score * 100 + Q32_ONE / 2) / Q32_ONE);
}

static json_t *
outside_json(const struct view_case *v)
{
	char text[PREFIX_TEXT];
	const struct class_row *cls = class_row(v->cls);
	json_t *o = json_new(json_object());
	put_int(o, "case", v->no);
	put_text(o, "state", case_state_name(v->state));
	put_text(o, "closed_as", close_as_name(v->closed_as));
	put_text(o, "class", cls->name);
	put_text(o, "title", cls->title);
	put_text(o, "who", cls->who);
	put_text(o, "subject", prefix_print(&v->subject, text));
	put_addr(o, "address", &v->target);
	put(o, "port", v->port ? json_integer(v->port) : json_null());
	put(o, "score", json_integer(points(v->score)));
	put_text(o, "rung", rung_name(v->rung));
	put_int(o, "reports", v->reports);
	put_int(o, "verified_times", v->verified_times);
	put_time(o, "verified", v->verified_at);
	put_text(o, "verified_by", v->proof_by == METHOD_FLOWS ? "own flows" :
	    v->proof_by ? "own check" : "");
	put(o, "contested", json_boolean(v->contested));
	put_time(o, "opened", v->opened);
	put_time(o, "last_report", v->last_report);
	put_time(o, "last_look", v->last_look);
	put_time(o, "closed", v->closed_at);
	put_time(o, "changed", changed(v));
	put(o, "merged_into", v->merged_into ? json_integer((json_int_t)v->merged_into) : json_null());
	return o;
}

/* Who says so, for the house. */
static json_t *
groups_json(struct edge *e, uint64_t no)
{
	static struct view_score s; /* large */
	char text[KEY_TEXT];
	json_t *list = json_new(json_array());
	view_score(e->judge, no, e->now, &s);
	for (uint32_t i = 0; i < s.shown && i < GROUPS; i++) {
		const struct view_group *g = &s.group[i];
		json_t *o = json_new(json_object());
		put_text(o, "reporter", key_is_zero(&g->key) ? "" : key_print(&g->key, text));
		put_text(o, "name", g->name);
		put_text(o, "sender", g->sender);
		put_text(o, "standing", standing_name(g->standing));
		put_int(o, "reports", g->reports);
		put_text(o, "evidence", evidence_name(g->evidence));
		put(o, "weight", json_integer(points(g->w)));
		put(o, "own", json_boolean(g->own_probe || g->own_flows));
		put_time(o, "event", g->event);
		push(list, o);
	}
	return list;
}

static json_t *
case_json(struct page *p, const struct view_case *v)
{
	if (!(p->g->flags & GRANT_INSIDE))
		return outside_json(v);
	json_t *o = control_case_json(v);
	put(o, "score", json_integer(points(v->score)));
	put_time(o, "changed", changed(v));
	put(o, "by", groups_json(p->e, v->no));
	return o;
}

static bool
wanted(const struct msg_read *m, const struct view_case *v)
{
	struct addr a = about(v);
	return changed(v) >= m->since && (!m->state || m->state - 1 == (uint32_t)v->state) &&
	    (!m->cls || m->cls == (uint32_t)v->cls) &&
	    (!m->addr.fam || addr_eq(&m->addr, &a) || prefix_has(&v->subject, &m->addr));
}

static enum read_result
cases(struct page *p)
{
	struct view_case v;
	uint64_t no = p->m->from;
	while (view_case_next(p->e->judge, &no, p->e->now, &v)) {
		if (p->walked++ == WALK || json_array_size(p->list) == p->limit) {
			p->next = v.no;
			break;
		}
		if (may_see(p->g, &v) && wanted(p->m, &v))
			push(p->list, case_json(p, &v));
	}
	return READ_OK;
}

static enum read_result
one_case(struct page *p)
{
	struct view_case v;
	if (!view_case(p->e->judge, p->m->case_no, p->e->now, &v) || !may_see(p->g, &v))
		return READ_NONE;
	push(p->list, case_json(p, &v));
	return READ_OK;
}

/* --- reports ------------------------------------------------------------------------------------- */

/* The judge opens no document of a stranger's. */
bool
read_proven(struct edge *e, const struct report *r)
{
	struct view_reporter v;
	return !key_is_zero(&r->key) && !blackbox_refuses(r->body_hash) &&
	    view_reporter_of(e->judge, &r->key, e->now, &v) && !v.family[class_row(r->cls)->family].pooled;
}

static void
put_document(struct page *p, json_t *o, uint64_t seq, const struct report *r)
{
	bool evidence = p->g->flags & GRANT_EVIDENCE && read_proven(p->e, r);
	void *body = NULL, *sig = NULL;
	size_t n = 0, sig_n = 0, len = 0;
	if (evidence && store_body(p->e->store, seq, &body, &n, &sig, &sig_n) < 0)
		body = NULL; /* its time is over */
	if (body)
		blackbox_note(r->body_hash);
	char *text = xarf_outward(r, p->e->c->conf->name, evidence, body, n, &len);
	if (body)
		blackbox_clear();
	json_t *doc = text ? json_loadb(text, len, 0, NULL) : NULL;
	p->bytes += len;
	put(o, "report", doc ? doc : json_null());
	free(text);
	free(body);
	free(sig);
}

static json_t *
report_json(struct page *p, uint64_t seq, uint64_t case_no, const struct fact *f)
{
	char id[UUID_TEXT], text[KEY_TEXT];
	const struct report *r = &f->report;
	json_t *o = json_new(json_object());
	put_int(o, "number", seq);
	put(o, "case", case_no ? json_integer((json_int_t)case_no) : json_null());
	put_time(o, "at", f->at);
	put_text(o, "report_id", uuid_print(r->id, id));
	put_text(o, "class", class_row(r->cls)->name);
	put_addr(o, "address", &r->subject);
	put(o, "port", r->port ? json_integer(r->port) : json_null());
	put_time(o, "event", r->event);
	put_int(o, "count", r->count);
	put_text(o, "evidence", evidence_name(r->evidence));
	if (p->g->flags & GRANT_INSIDE) {
		put_text(o, "reporter", key_is_zero(&r->key) ? "" : key_print(&r->key, text));
		put_text(o, "sender", r->sender);
	}
	put_document(p, o, seq, r);
	return o;
}

static int
see_report(uint64_t seq, uint64_t case_no, const void *bytes, size_t n, void *arg)
{
	struct page *p = arg;
	struct fact f;
	int r = fact_decode(bytes, n, &f);
	if (r < 0)
		return r;
	if (p->walked++ == WALK || json_array_size(p->list) == p->limit || p->bytes >= BYTES) {
		p->next = seq;
		return 1;
	}
	if (f.kind == FACT_REPORT && grant_covers(p->g, &f.report.subject, f.report.cls) &&
	    policy_find(p->e->c->conf->policy, &f.report.subject) &&
	    (!p->m->addr.fam || addr_eq(&p->m->addr, &f.report.subject)))
		push(p->list, report_json(p, seq, case_no, &f));
	return 0;
}

static enum read_result
reports(struct page *p)
{
	const struct msg_read *m = p->m;
	if (!(p->g->flags & GRANT_REPORTS))
		return READ_SCOPE;
	int r = m->case_no ? store_case_facts(p->e->store, m->case_no, m->from, see_report, p)
	                   : store_each_fact(p->e->store, m->from, see_report, p);
	return r < 0 ? READ_BUSY : READ_OK;
}

/* --- answers ------------------------------------------------------------------------------------- */

static void
answer(struct edge *e, const struct msg_read *m, enum read_result result, msec after, const char *text)
{
	struct chan *hear = e->c->peer[ROLE_HEAR_REPORTS];
	size_t n = text ? strlen(text) : 0;
	struct msg_read_answer a = { .ticket = m->ticket, .after = after, .result = result, .n = (uint32_t)n };
	int fd = -1;
	if (!hear)
		return;
	if (n > READ_MOST || (n > SMALL && seal_make("page", text, n, &fd) < 0)) {
		a.result = READ_BUSY;
		a.n = 0;
		n = 0;
	}
	chan_send(hear, M_READ_ANSWER, &a, fd < 0 ? text : NULL, fd < 0 ? n : 0, fd);
	if (fd >= 0)
		close(fd);
}

static char *
page_text(struct page *p)
{
	static const char *const names[READ_WHAT_N] = { "cases", "cases", "reports" };
	json_t *o = json_new(json_object());
	put_text(o, "server", p->e->c->conf->name);
	put(o, names[p->m->what], p->list);
	put(o, "next", p->next ? json_integer((json_int_t)p->next) : json_null());
	char *text = json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(9));
	json_decref(o);
	if (!text)
		fatal_oom();
	return text;
}

static bool
sane(const struct msg_read *m)
{
	return m->what < READ_WHAT_N && m->state <= CASE_STATE_N && m->cls < CLASS_N && m->from <= INT64_MAX &&
	    m->case_no <= INT64_MAX && m->limit <= READ_ROWS;
}

static enum read_result
read_page(struct edge *e, struct grant_held *h, const struct msg_read *m, char **text)
{
	static enum read_result (*const makes[READ_WHAT_N])(struct page *p) = { cases, one_case, reports };
	struct page p = { .e = e, .g = &h->g, .m = m, .list = json_new(json_array()),
		.limit = m->limit ? m->limit : ROWS_USUAL };
	enum read_result r = makes[m->what](&p);
	if (r == READ_OK)
		*text = page_text(&p);
	else
		json_decref(p.list);
	return r;
}

void
read_get(struct edge *e, const struct msg_read *m)
{
	struct reads *c = e->reads;
	struct chan *hear = e->c->peer[ROLE_HEAR_REPORTS];
	struct grant_held *h = sane(m) ? grants_token(e, m->token) : NULL;
	enum read_result r = READ_DENIED;
	msec after = 0, now = edge_now(e);
	char *text = NULL;
	if (h) {
		h->n.asked++;
		h->n.used = now;
		after = grants_pace(h, now);
		h->n.limited += after > 0;
		r = after ? READ_BUSY : read_page(e, h, m, &text);
	}
	c->n.denied += r == READ_DENIED;
	c->n.told += r == READ_OK;
	c->n.refused += r != READ_OK && r != READ_DENIED;
	answer(e, m, r, after, text);
	free(text);
	if (hear)
		chan_grant(hear, 1, sizeof(*m));
}

struct read_totals
read_totals(const struct edge *e)
{
	return e->reads ? e->reads->n : (struct read_totals){ 0 };
}

void
read_start(struct edge *e)
{
	e->reads = calloc(1, sizeof(*e->reads));
	if (!e->reads)
		fatal_oom();
}
