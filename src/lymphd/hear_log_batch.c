/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines to claims to reports, for hear_log.h. All that goes into a report is of the batch: its lines, its
 * stamp, where it began; so the same batch makes the same reports. Must never look at a line twice, nor at
 * one that killed us.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "base/special.h"
#include "lymphd/hear_log.h"

#define AGAIN (5 * MSEC_SECOND)

static bool
is_ours(const struct addr *a, void *arg)
{
	const struct log_in *l = arg;
	return policy_find(l->h->c->conf->policy, a) != NULL;
}

/* Somebody else's, who may be told. */
static bool
is_theirs(const struct addr *a, void *arg)
{
	const struct log_in *l = arg;
	return l->refers && !addr_is_special(a) && !is_ours(a, arg);
}

static bool
is_either(const struct addr *a, void *arg)
{
	return is_ours(a, arg) || is_theirs(a, arg);
}

static void
digest_of(const char *name, uint8_t ret[32])
{
	crypto_hash_sha256_state h;
	crypto_hash_sha256_init(&h);
	crypto_hash_sha256_update(&h, (const uint8_t *)"lymph log", 10);
	crypto_hash_sha256_update(&h, (const uint8_t *)name, strlen(name));
	crypto_hash_sha256_final(&h, ret);
}

void
batch_init(struct log_in *l)
{
	l->refers = conf_log_refers(l->h->c->conf, l->row->name);
	l->tail_out = &l->first;
	l->gather = gather_new();
	if (!l->gather)
		fatal_oom();
	if (l->row->form != LOG_EVE && logclaim_new(is_either, l, &l->text) < 0)
		fatal("recognisers of log lines do not compile");
	digest_of(l->identity.name, l->digest);
	l->careful = blackbox_refuses(l->digest);
	if (l->careful)
		log_warn("log %s killed this role twice: each of its lines is noted from now on",
		    l->row->name);
}

void
batch_open(struct log_in *l, msec arrived)
{
	l->arrived = arrived;
	l->opened = clock_mono();
	l->last = 0;
	l->full = false;
}

/* Where a report comes from: with what it claims it makes its id. nth: of those of this batch that claim the
 * very same, which happens when a full table gives one out too early. */
static void
origin_of(const struct log_in *l, uint64_t nth, uint8_t ret[32])
{
	uint64_t parts[4] = { (uint64_t)l->arrived, l->from.offset, l->serial, nth };
	crypto_hash_sha256_state h;
	crypto_hash_sha256_init(&h);
	crypto_hash_sha256_update(&h, (const uint8_t *)l->identity.name, sizeof(l->identity.name));
	crypto_hash_sha256_update(&h, (const uint8_t *)parts, sizeof(parts));
	crypto_hash_sha256_update(&h, l->from.hash, sizeof(l->from.hash));
	crypto_hash_sha256_final(&h, ret);
}

static bool
has_id(const struct log_in *l, const uint8_t id[16])
{
	for (const struct log_out *o = l->first; o; o = o->next)
		if (memcmp(o->m.report.id, id, 16) == 0)
			return true;
	return false;
}

/* The claim's document, under an id no other of this batch has; o->doc NULL: none can be made of it. Read
 * again, the same lines give the same claims in the same order, and so the same ids. */
static void
make_doc(const struct log_in *l, const struct claim *c, struct log_out *o, struct xarf_why *why)
{
	struct claim_from from = {
		.identity = l->identity, .arrived = l->arrived, .org = l->h->c->conf->name
	};
	size_t n = 0;
	for (uint64_t nth = 0; nth == 0 || (o->doc && has_id(l, o->m.report.id)); nth++) {
		free(o->doc);
		origin_of(l, nth, from.origin);
		o->doc = claim_report(c, &from, &n, &o->m.report, why);
	}
	o->m.body_len = (uint32_t)n;
}

/* A forged datagram, or a line somebody got into a log of many programs, can look like an exchange both ends
 * took part in. It is a text, no more. */
static void
as_text(struct claim *c)
{
	c->two_way_claim = false;
	if (c->evidence > EVIDENCE_TEXT)
		c->evidence = EVIDENCE_TEXT;
}

static int
on_claim(const struct claim *claim, void *arg)
{
	struct log_in *l = arg;
	struct claim copy = *claim, *c = &copy;
	struct xarf_why why;
	if (strncmp(l->row->listen, "udp:", 4) == 0)
		as_text(c);
	/* Nobody is told of what others may have sent in his name. */
	if (c->evidence == EVIDENCE_WEAK && is_theirs(&c->subject, l)) {
		l->told->foreign++;
		return 0;
	}
	if (!l->row->file[0] && l->outs >= LOG_NET_OUT) {
		l->told->dropped += c->count;
		return 0;
	}
	struct log_out *o = calloc(1, sizeof(*o));
	if (!o)
		fatal_oom();
	make_doc(l, c, o, &why);
	if (!o->doc) {
		static struct log_limit limit;
		unsigned held;
		if (log_may(&limit, &held))
			log_warn("log %s: no report can be made of a claim: %s: %s (%u more)",
			    l->row->name, why.field, why.rule, held);
		l->told->failed++;
		free(o);
		return 0;
	}
	memcpy(o->m.identity, l->identity.name, sizeof(o->m.identity));
	o->log = l;
	o->h = (struct handed){ .type = M_REPORT,
		.msg = &o->m,
		.tail = (const uint8_t *)o->doc,
		.len = o->m.body_len,
		.owner = o };
	*l->tail_out = o;
	l->tail_out = &o->next;
	l->outs++;
	l->full = true; /* only a full table gives one out before the batch is closed */
	return 0;
}

static void
count_text(struct log_in *l, const struct logclaim_counts *before)
{
	const struct logclaim_counts *now = logclaim_counted(l->text);
	l->told->accusing += now->accusing - before->accusing;
	l->told->neutral += now->lines - before->lines - (now->accusing - before->accusing);
	l->told->limited += now->limited - before->limited;
	if (now->accusing != before->accusing)
		l->last = clock_mono();
}

static void
line_text(struct log_in *l, const char *s, size_t n)
{
	struct logtime_ref ref = { .now = l->arrived };
	struct logclaim_counts before = *logclaim_counted(l->text);
	if (logclaim_line(l->text, s, n, &ref, CLASS_NONE, on_claim, l) < 0)
		fatal_oom();
	count_text(l, &before);
}

static void
line_eve(struct log_in *l, const char *s, size_t n)
{
	struct eve_terms t = {
		.ours = is_ours, .others = is_theirs, .arg = l, .ref = { .now = l->arrived }
	};
	struct claim c;
	switch (eve_line(&t, s, n, &c, NULL)) {
	case EVE_ACCUSES:
		l->told->accusing++;
		l->last = clock_mono();
		if (l->row->form != LOG_EVE) /* nobody said that only Suricata writes there */
			as_text(&c);
		if (gather_add(l->gather, &c, on_claim, l) < 0)
			fatal_oom();
		break;
	case EVE_BROKEN: l->told->broken++; break;
	default: l->told->neutral++; break;
	}
}

/* A line that killed us when it was noted alone is passed over; that is counted. */
static bool
passes(struct log_in *l, const char *s, size_t n)
{
	uint8_t digest[32];
	if (!l->careful) {
		blackbox_note(l->digest);
		return true;
	}
	crypto_hash_sha256(digest, (const uint8_t *)s, n);
	if (blackbox_refuses(digest)) {
		l->told->aside++;
		return false;
	}
	blackbox_note(digest);
	return true;
}

/* What a line that kills us looks like, for tests. */
static void
maybe_die(const char *s, size_t n)
{
#ifdef LYMPH_TESTHOOKS
	static const char word[] = "crash-hear-log.test";
	if (memmem(s, n, word, sizeof(word) - 1))
		abort();
#else
	(void)s, (void)n;
#endif
}

static int
any_line(struct log_in *l, const char *s, size_t n)
{
	if (l->row->form == LOG_EVE || (l->row->form == LOG_AUTO && eve_is(s, n)))
		line_eve(l, s, n);
	else
		line_text(l, s, n);
	if (gather_count(l->gather) >= LOG_OPEN)
		l->full = true;
	return l->full;
}

/* Suricata's syslog output may stand behind "@cee: ". */
static void
no_cookie(struct syslog_part *p)
{
	if (p->n >= 5 && memcmp(p->s, "@cee:", 5) == 0) {
		p->s += 5;
		p->n -= 5;
	}
	while (p->n && *p->s == ' ') {
		p->s++;
		p->n--;
	}
}

static int
message(struct log_in *l, const char *s, size_t n)
{
	struct logtime_ref ref = { .now = l->arrived };
	struct syslog_msg m;
	const char *rule;
	if (syslog_parse(s, n, &ref, &m, &rule) < 0) {
		l->told->broken++;
		return l->full;
	}
	struct syslog_part text = m.text;
	no_cookie(&text);
	if (l->row->form == LOG_EVE || eve_is(text.s, text.n))
		return any_line(l, text.s, text.n);
	size_t len = syslog_line(&m, l->h->line, sizeof(l->h->line));
	return any_line(l, l->h->line, len);
}

int
batch_syslog(struct log_in *l, const char *s, size_t n)
{
	l->told->lines++;
	if (!passes(l, s, n))
		return l->full;
	maybe_die(s, n);
	return message(l, s, n);
}

int
batch_line(struct log_in *l, const char *s, size_t n)
{
	l->told->lines++;
	if (!passes(l, s, n))
		return l->full;
	maybe_die(s, n);
	return l->row->form == LOG_SYSLOG ? message(l, s, n) : any_line(l, s, n);
}

bool
batch_due(const struct log_in *l, msec mono)
{
	return l->full || mono - l->opened >= LOG_FLUSH_MOST ||
	       (l->last && mono - l->last >= LOG_FLUSH_QUIET);
}

void
batch_close(struct log_in *l)
{
	blackbox_note(l->digest);
	gather_flush(l->gather, on_claim, l);
	if (l->text)
		logclaim_flush(l->text, MSEC_NEVER, on_claim, l);
	blackbox_clear();
}

void
batch_send(struct log_in *l)
{
	for (struct log_out *o = l->first; o; o = o->next) {
		if (o->h.in || (o->again && clock_mono() - o->h.since < AGAIN))
			continue;
		if (!handoff_give(&l->h->out, &o->h))
			return;
		o->again = false;
	}
}

static void
forget(struct log_in *l, struct log_out *o)
{
	struct log_out **at = &l->first;
	while (*at != o)
		at = &(*at)->next;
	*at = o->next;
	if (!*at)
		l->tail_out = at;
	l->outs--;
	free(o->doc);
	free(o);
}

void
batch_answered(struct hear_log *h, const struct msg_report_answer *a)
{
	struct handed *x = handoff_answered(&h->out, a->ticket);
	if (!x)
		return;
	struct log_out *o = x->owner;
	struct log_in *l = o->log;
	switch (a->answer) {
	case ANSWER_ACCEPTED: l->told->reports++; break;
	case ANSWER_SAME: l->told->again++; break;
	case ANSWER_FULL: o->again = true; return;
	case ANSWER_REFERRED: l->told->referred++; break;
	case ANSWER_NOT_OURS: l->told->foreign++; break;
	default: l->told->failed++; break;
	}
	forget(l, o);
	if (l->outs == 0)
		hear_log_soon(h);
}
