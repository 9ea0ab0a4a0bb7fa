/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reports on their way into the journal. Messages collect until nothing more is readable, the batch
 * is full or 5 ms old; then one transaction takes them all, and only after its commit are they
 * answered and their credit given back. Who hears is treated as captured: each field is checked again,
 * and whom it may speak for is a table. It must never say "accepted" before the commit, nor keep one
 * report twice.
 */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/log.h"
#include "lymphd/edge.h"
#include "lymphd/edge_answers.h"
#include "lymphd/edge_door.h"
#include "lymphd/edge_pgp.h"
#include "lymphd/edge_speak.h"
#include "wire/claim.h"
#include "wire/mailout.h"

#define BATCH       512
#define BATCH_AGE   5            /* ms */
#define BATCH_BYTES (32u << 20)  /* of bodies in sealed memory */
#define BODY_MOST   (23u << 20)
#define SIG_MOST    4096
#define CREDITS     1024         /* messages one that hears may have on the way */
#define CREDIT_BYTES (8u << 20)
#define NAMED       4096         /* sources that get a name among the reporters by being seen alone */
#define ASIDES      1024         /* digests remembered; the store keeps all */
#define ASIDE_BYTES 65536        /* of a message set aside that are kept */
#define EVENT_TOP   INT64_C(253402300799999) /* the end of year 9999 */

struct item {
	uint64_t ticket, seq, case_no;
	struct report report;
	struct store_body body;
	void *own;          /* the tail, copied */
	const void *mapped; /* or the body in sealed memory */
	struct identity identity;
	char reply_to[XARF_REPLY], reply_mail[REPLY_MAIL];
	uint32_t cost, era;
	enum role_id hear;
	enum answer answer;
};

/* One of the roles that hear. */
struct hear {
	uint32_t era;             /* which life of it: answers to an earlier one have no taker */
	uint32_t odd_n, odd_cost; /* credit of messages refused at sight */
	uint32_t back_n, back_cost; /* credit to give back, while answering */
};

/* Whom a role may speak for. What a captured one could say beyond that is broken. */
static const struct {
	uint32_t kinds;   /* identities, a bit each (enum identity_kind) */
	bool machine_key; /* signatures it verified itself */
} may_say[ROLE_N] = {
	[ROLE_HEAR_REPORTS] = { 1u << IDENTITY_PGP, true },
	[ROLE_HEAR_MAIL] = { 1u << IDENTITY_DKIM | 1u << IDENTITY_TOKEN | 1u << IDENTITY_PGP |
		1u << IDENTITY_FEED, false },
	[ROLE_HEAR_LOG] = { 1u << IDENTITY_LOG, false },
	[ROLE_HEAR_ALERTS] = { 1u << IDENTITY_MACHINE, false },
};

struct intake {
	struct item item[BATCH];
	size_t n, seen;       /* items; items at the last turn */
	size_t mapped;        /* bytes */
	msec since;           /* mono: first item of the batch */
	struct hear hear[ROLE_N];
	struct loop_event *turn;
	uint8_t aside[ASIDES][32];
	size_t asides;
	size_t named, named_kept; /* sources of is_anybody() among the reporters; at the last commit */
};

static bool
addr_sane(const struct addr *a, bool may_be_none)
{
	static const uint8_t zero[16], mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
	if (a->fam == 4)
		return memcmp(a->b + 4, zero, 12) == 0;
	if (a->fam == 6)
		return memcmp(a->b, mapped, 12) != 0;
	return a->fam == 0 && may_be_none;
}

/* A bool another process wrote: any byte may be in it. */
static bool
bool_sane(const bool *b)
{
	uint8_t v;
	memcpy(&v, b, sizeof(v));
	return v <= 1;
}

static bool
report_sane(const struct report *p)
{
	return (unsigned)p->cls > CLASS_NONE && (unsigned)p->cls < CLASS_N &&
	    (unsigned)p->evidence <= EVIDENCE_STRONG && addr_sane(&p->subject, false) &&
	    addr_sane(&p->from, true) && bool_sane(&p->two_way_claim) &&
	    memchr(p->sender, '\0', sizeof(p->sender));
}

/* Any name of that kind may come up: the operator neither configures nor enrols who has one. */
static bool
is_anybody(enum identity_kind kind)
{
	return kind == IDENTITY_DKIM || kind == IDENTITY_FEED;
}

/* Sources the operator gave their name are those of the configuration, owners of OpenPGP keys those who are
 * enrolled, machines those that staff let in, and no others. */
static bool
is_known(const struct edge *e, enum identity_kind kind, const struct identity *i)
{
	const struct conf *c = e->c->conf;
	const char *name = strchr(i->name, ':') + 1;
	bool found = is_anybody(kind);
	if (kind == IDENTITY_MACHINE)
		return door_lets(e, name);
	if (kind == IDENTITY_PGP) {
		struct key key = identity_key(i);
		const char *fpr = e->keys ? keys_fingerprint(e, &key) : NULL;
		return fpr && strcmp(fpr, name) == 0;
	}
	for (unsigned n = 0; kind == IDENTITY_TOKEN && n < CONF_TOKENS && !found; n++)
		found = strcmp(c->intake.token[n].name, name) == 0;
	for (unsigned n = 0; kind == IDENTITY_LOG && n < c->logs && !found; n++)
		found = strcmp(c->log[n].name, name) == 0;
	return found;
}

/* May it say this, and is the key the one of whom it names? Whose signature it was, role verify must have
 * said. */
static bool
source_sane(const struct edge *e, enum role_id from, const struct msg_report *h, struct identity *ret)
{
	struct identity i = { 0 };
	if (!memchr(h->identity, '\0', sizeof(h->identity)))
		return false;
	memcpy(i.name, h->identity, strlen(h->identity));
	if (!i.name[0]) {
		*ret = i;
		return may_say[from].machine_key || key_is_zero(&h->report.key);
	}
	enum identity_kind kind = identity_kind(&i);
	if (kind == IDENTITY_NONE || !(may_say[from].kinds >> kind & 1) || !is_known(e, kind, &i))
		return false;
	if (kind == IDENTITY_PGP &&
	    !vouch_good(outcomes_vouch(e), from, i.name,
	        from == ROLE_HEAR_REPORTS ? h->report.body_hash : NULL, clock_real(), h->vouch))
		return false;
	struct key key = identity_key(&i);
	*ret = i;
	return key_cmp(&key, &h->report.key) == 0;
}

static bool
reply_sane(const struct msg_report *h, struct item *it)
{
	if (!memchr(h->reply_to, '\0', sizeof(h->reply_to)) ||
	    !memchr(h->reply_mail, '\0', sizeof(h->reply_mail)))
		return false;
	if ((h->reply_to[0] && !xarf_mail_address(h->reply_to)) ||
	    (h->reply_mail[0] && !mailout_is_id(h->reply_mail)))
		return false;
	memcpy(it->reply_to, h->reply_to, sizeof(it->reply_to));
	memcpy(it->reply_mail, h->reply_mail, sizeof(it->reply_mail));
	return true;
}

/* Finds body and signature in the message; false: not what its head promises. */
static bool
body_of(const struct msg_report *h, struct chan_msg *m, struct item *it)
{
	size_t body_n = h->body_len;
	if (h->sig_len > SIG_MOST || body_n == 0 || body_n > BODY_MOST)
		return false;
	if (m->tail_len != h->sig_len + (m->fd >= 0 ? 0 : body_n))
		return false;
	if (m->fd >= 0) {
		if (seal_map(m->fd, BODY_MOST, &it->mapped, &it->body.len) < 0)
			return false;
		it->body.bytes = it->mapped;
		if (it->body.len != body_n)
			return false;
	}
	if (m->tail_len) {
		it->own = malloc(m->tail_len);
		if (!it->own)
			fatal_oom();
		memcpy(it->own, m->tail, m->tail_len);
	}
	it->body.sig = it->own;
	it->body.sig_len = h->sig_len;
	if (m->fd < 0) {
		it->body.bytes = (uint8_t *)it->own + h->sig_len;
		it->body.len = body_n;
	}
	uint8_t hash[crypto_hash_sha256_BYTES];
	crypto_hash_sha256(hash, it->body.bytes, it->body.len);
	return memcmp(hash, h->report.body_hash, sizeof(hash)) == 0;
}

static void
item_free(struct item *it)
{
	if (it->mapped)
		seal_unmap(it->mapped, it->body.len);
	free(it->own);
}

static bool
is_aside(const struct intake *in, const uint8_t digest[32])
{
	for (size_t i = 0; i < in->asides; i++)
		if (memcmp(in->aside[i], digest, 32) == 0)
			return true;
	return false;
}

static void
remember_aside(struct intake *in, const uint8_t digest[32])
{
	if (in->asides < ASIDES)
		memcpy(in->aside[in->asides++], digest, 32);
}

static int
set_aside(struct edge *e, struct item *it)
{
	struct store_aside a = { .at = edge_now(e), .role = "judge", .bytes = it->body.bytes };
	a.len = it->body.len < ASIDE_BYTES ? it->body.len : ASIDE_BYTES;
	memcpy(a.digest, it->report.body_hash, sizeof(a.digest));
	it->answer = ANSWER_ASIDE;
	if (is_aside(e->intake, a.digest))
		return 0;
	int r = store_aside(e->store, &a);
	if (r == 0)
		remember_aside(e->intake, a.digest);
	return r;
}

void
intake_aside(struct edge *e, const struct msg_aside *m)
{
	struct store_aside a = { .at = edge_now(e), .bytes = "" };
	/* What killed the judge itself is recorded with its bytes, when hear sends it again. */
	if (m->role == ROLE_JUDGE || m->role >= ROLE_N || is_aside(e->intake, m->digest))
		return;
	snprintf(a.role, sizeof(a.role), "%s", role_name(m->role));
	memcpy(a.digest, m->digest, sizeof(a.digest));
	int r = edge_begin(e);
	if (r == 0)
		r = store_aside(e->store, &a);
	r = edge_end(e, r);
	if (r < 0) {
		log_warn("cannot record a message set aside: %s", strerror(-r));
		return;
	}
	remember_aside(e->intake, a.digest);
}

/* Was it here before? -ENOENT: no; 0: yes, which settles the answer. */
static int
settle_known(struct edge *e, struct item *it)
{
	struct store_seen seen;
	int r = store_find_report(e->store, &it->report, &seen);
	if (r < 0)
		return r;
	bool same = memcmp(seen.body_hash, it->report.body_hash, sizeof(seen.body_hash)) == 0;
	it->answer = same ? ANSWER_SAME : ANSWER_CONFLICT;
	it->seq = same ? seen.seq : 0;
	it->case_no = same ? seen.case_no : 0;
	return 0;
}

static bool
is_stranger(const char *name)
{
	struct identity i = { 0 };
	snprintf(i.name, sizeof(i.name), "%s", name);
	return is_anybody(identity_kind(&i));
}

/* What a source begins with: of a log, what the configuration says. */
static enum standing
standing_of(const struct edge *e, const struct identity *i)
{
	static const enum standing of[LOG_RANKS] = { [LOG_OWN] = STANDING_OWN, [LOG_ORGANISATION] = STANDING_ORG,
		[LOG_UNKNOWN] = STANDING_KEY };
	enum identity_kind kind = identity_kind(i);
	const struct conf *c = e->c->conf;
	for (unsigned n = 0; kind == IDENTITY_LOG && n < c->logs; n++)
		if (strcmp(c->log[n].name, strchr(i->name, ':') + 1) == 0)
			return of[c->log[n].rank];
	return kind == IDENTITY_LOG ? STANDING_KEY : identity_row(kind)->standing;
}

/* A source without a key of its own stands among the reporters by name from its first report on. Names
 * are never forgotten, and anybody can have many domains: only so many get one, the rest weigh the same
 * without. */
static int
introduce(struct edge *e, const struct item *it)
{
	struct view_reporter v;
	struct intake *in = e->intake;
	enum identity_kind kind = identity_kind(&it->identity);
	if (kind == IDENTITY_NONE)
		return 0;
	if (view_reporter_of(e->judge, &it->report.key, e->now, &v) &&
	    (v.name[0] || v.standing != STANDING_KEY || v.pinned))
		return 0;
	if (is_anybody(kind) && in->named >= NAMED) {
		e->unnamed++;
		return 0;
	}
	struct fact f = { .kind = FACT_REPORTER, .reporter = { .key = it->report.key,
		.standing = (uint8_t)standing_of(e, &it->identity), .uid = UID_LYMPH } };
	memcpy(f.reporter.name, it->identity.name, sizeof(f.reporter.name));
	/* The operator may have called somebody else so. */
	if (view_reporter_named(e->judge, f.reporter.name, e->now, &v))
		return 0;
	int r = edge_fact(e, &f, NULL, NULL, NULL);
	in->named += r == 0 && is_anybody(kind);
	return r;
}

/* May what it says of somebody else's address be sent on, if whoever says it is proven? Of a log the operator
 * must have said so, and of what anybody may have forged it never is; machines see attackers all day, and
 * nobody asked them to write to the world. hear-log asks the same, but is treated as captured. */
static bool
may_refer(const struct edge *e, const struct item *it)
{
	switch (identity_kind(&it->identity)) {
	case IDENTITY_LOG:
		return it->report.evidence > EVIDENCE_WEAK &&
		    conf_log_refers(e->c->conf, strchr(it->identity.name, ':') + 1);
	case IDENTITY_MACHINE: return false;
	default: return true;
	}
}

/* About an address that is not ours. Who the operator gave a name need not have told us of our own before. */
static int
take_foreign(struct edge *e, struct item *it)
{
	int r = 0;
	edge_now(e);
	blackbox_note(it->report.body_hash);
	it->answer = ANSWER_NOT_OURS;
	if (!conf_sends(e->c->conf) || !may_refer(e, it))
		return 0;
	if (!is_anybody(identity_kind(&it->identity)))
		r = introduce(e, it);
	if (r == 0)
		r = refer_take(e, &it->report, &it->body, it->hear != ROLE_HEAR_REPORTS);
	if (r > 0)
		it->answer = ANSWER_REFERRED;
	return r < 0 ? r : 0;
}

static int
take(struct edge *e, struct item *it)
{
	if (blackbox_refuses(it->report.body_hash) || is_aside(e->intake, it->report.body_hash))
		return set_aside(e, it);
	if (!policy_find(e->c->conf->policy, &it->report.subject))
		return take_foreign(e, it);
	int r = settle_known(e, it);
	if (r != -ENOENT)
		return r;
	bool stranger = room_stranger(e, &it->identity, &it->report.key);
	if (!room_for(e, stranger, it->body.len)) {
		it->answer = ANSWER_FULL;
		return 0;
	}
	struct fact f = { .kind = FACT_REPORT, .report = it->report };
	blackbox_note(it->report.body_hash);
#ifdef LYMPH_TESTHOOKS
	if (strcmp(it->report.sender, "crash-judge.test") == 0)
		abort();
#endif
	r = introduce(e, it);
	if (r == 0)
		r = edge_fact(e, &f, &it->body, &it->case_no, &it->seq);
	if (r == 0 && stranger)
		r = room_taken(e, &it->report, it->seq, it->body.len);
	if (r == 0 && it->reply_to[0])
		r = reply_wish(e, it->seq, it->case_no, &f, it->reply_to, it->reply_mail);
	it->answer = ANSWER_ACCEPTED;
	return r;
}

/* All or nothing; on failure store and judge are as before. */
static int
take_all(struct edge *e)
{
	struct intake *in = e->intake;
	size_t asides = in->asides;
	int r = edge_begin(e);
	for (size_t i = 0; r == 0 && i < in->n; i++)
		r = take(e, &in->item[i]);
	if (r == 0)
		r = edge_commit(e);
	if (r == 0) {
		in->named_kept = in->named;
	} else {
		static struct log_limit limit;
		unsigned held;
		in->asides = asides;
		in->named = in->named_kept;
		edge_abort(e);
		if (log_may(&limit, &held))
			log_warn("cannot store reports: %s (%u more)", strerror(-r), held);
	}
	return r;
}

/* No room: what is stored already is still answered as such, the rest has to come again. */
static void
refuse_all(struct edge *e)
{
	struct intake *in = e->intake;
	for (size_t i = 0; i < in->n; i++) {
		if (settle_known(e, &in->item[i]) == 0)
			continue;
		in->item[i].answer = ANSWER_FULL;
		in->item[i].seq = in->item[i].case_no = 0;
	}
}

static void
count(struct edge *e, enum answer a)
{
	e->full += a == ANSWER_FULL;
	e->conflicts += a == ANSWER_CONFLICT;
	e->repeats += a == ANSWER_SAME;
	e->not_ours += a == ANSWER_NOT_OURS;
	e->referred += a == ANSWER_REFERRED;
	e->aside += a == ANSWER_ASIDE;
}

static void
answer_all(struct edge *e)
{
	struct intake *in = e->intake;
	for (size_t i = 0; i < in->n; i++) {
		struct item *it = &in->item[i];
		struct hear *h = &in->hear[it->hear];
		struct chan *to = e->c->peer[it->hear];
		struct msg_report_answer a = {
			.ticket = it->ticket,
			.seq = it->seq,
			.case_no = it->case_no,
			.answer = it->answer,
			.credit_bytes = it->cost,
		};
		if (it->seq)
			outcomes_token(e, it->seq, &it->report, a.token);
		if (it->answer == ANSWER_NOT_OURS && it->hear == ROLE_HEAR_REPORTS) /* nobody else reads it */
			refer_instead(e, &it->report, a.instead, sizeof(a.instead));
		count(e, it->answer);
		item_free(it);
		if (it->era != h->era || !to)
			continue;
		chan_send(to, M_REPORT_ANSWER, &a, NULL, 0, -1);
		h->back_n++;
		h->back_cost += it->cost;
	}
	for (unsigned id = 0; id < ROLE_N; id++) {
		struct hear *h = &in->hear[id];
		if (e->c->peer[id] && h->odd_n + h->back_n)
			chan_grant(e->c->peer[id], h->odd_n + h->back_n, h->odd_cost + h->back_cost);
		h->odd_n = h->odd_cost = h->back_n = h->back_cost = 0;
	}
	in->n = in->seen = in->mapped = 0;
}

static void
flush(struct edge *e)
{
	struct intake *in = e->intake;
	if (in->n) {
		e->batches++;
		if (edge_tight(e) || take_all(e) < 0)
			refuse_all(e);
		blackbox_clear();
	}
	answer_all(e);
	edge_settled(e);
}

void
intake_report(struct edge *e, enum role_id from, struct chan_msg *m)
{
	struct intake *in = e->intake;
	const struct msg_report *h = m->body;
	struct item *it = &in->item[in->n];
	static struct log_limit limit;
	unsigned held;
	struct hear *hear = &in->hear[from];
	*it = (struct item){ .ticket = h->ticket, .report = h->report, .hear = from, .era = hear->era };
	it->cost = (uint32_t)(sizeof(*h) + m->tail_len);
	blackbox_note(h->report.body_hash);
	bool good = report_sane(&h->report) && source_sane(e, from, h, &it->identity) && reply_sane(h, it) &&
	    body_of(h, m, it);
	if (m->fd >= 0)
		close(m->fd);
	if (!good) {
		e->broken++;
		hear->odd_n++;
		hear->odd_cost += it->cost;
		item_free(it);
		if (log_may(&limit, &held))
			log_warn("a report from %s is not what it says; dropped (%u more)",
			    role_name(from), held);
		return loop_timer_in(in->turn, 0);
	}
	/* Far-off times would only overflow sums; what they mean is the judge's. */
	if (it->report.event < 0)
		it->report.event = 0;
	if (it->report.event > EVENT_TOP)
		it->report.event = EVENT_TOP;
	if (it->report.count == 0)
		it->report.count = 1;
	if (in->n++ == 0)
		in->since = clock_mono();
	in->mapped += it->mapped ? it->body.len : 0;
	if (in->n == BATCH)
		flush(e);
	else
		loop_timer_in(in->turn, 0);
}

static void
on_turn(int fd, int ready, void *arg)
{
	struct edge *e = arg;
	struct intake *in = e->intake;
	(void)fd;
	(void)ready;
	bool full = in->n == BATCH || in->mapped >= BATCH_BYTES;
	if (in->n > in->seen && !full && clock_mono() - in->since < BATCH_AGE) {
		in->seen = in->n; /* more may be readable: one turn more */
		return loop_timer_in(in->turn, 0);
	}
	flush(e);
}

void
intake_down(struct edge *e, enum role_id from)
{
	struct hear *h = &e->intake->hear[from];
	h->era++;
	h->odd_n = h->odd_cost = 0;
}

void
intake_up(struct edge *e, enum role_id from)
{
	intake_down(e, from); /* credit of an earlier life is void */
	chan_grant(e->c->peer[from], CREDITS, CREDIT_BYTES);
}

static int
see_aside(const struct store_aside *a, void *arg)
{
	remember_aside(arg, a->digest);
	return 0;
}

void
intake_start(struct edge *e)
{
	e->intake = calloc(1, sizeof(*e->intake));
	if (!e->intake)
		fatal_oom();
	e->intake->turn = loop_timer(e->c->loop, on_turn, e);
	int r = store_each_aside(e->store, see_aside, e->intake);
	if (r < 0)
		fatal("cannot read what was set aside: %s", strerror(-r));
	struct view_reporter v;
	struct key key, *after = NULL;
	while (view_reporter_next(e->judge, after, e->now, &v)) {
		e->intake->named += is_stranger(v.name);
		key = v.key;
		after = &key;
	}
	e->intake->named_kept = e->intake->named;
}
