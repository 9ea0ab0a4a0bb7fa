/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * D1: SYNs without an ACK to many addresses on ports of IoT malware. Distinct addresses count, never
 * SYNs; ports with honest traffic count a third. It survives packet sampling: one sampled packet of a
 * normal connection is rarely its SYN. A line's first few addresses are kept in the line itself, who has
 * more becomes a suspect. On quiet ports fewer are told as well, as what they are: too few to act on.
 * Beside it, for asks only: who logs in to, or mails, how many.
 */
#include "detect/scan.h"

#include <stdlib.h>
#include <string.h>

#define QUIET_POINTS 3
#define BUSY_POINTS  1

static const uint16_t logins[] = { 21, 22, 23, 445, 1433, 2222, 2323, 3306, 3389, 5900 };
static const uint16_t mails[] = { 25 };

static int
scan_init(struct detect *d, void **state)
{
	struct scan *s = calloc(1, sizeof(*s));
	const struct detect_numbers *n = &d->conf.numbers;
	if (!s)
		return -1;
	for (int i = 0; i < SCAN_PORTS && n->scan_port[i]; i++)
		s->kind[n->scan_port[i]] = PORT_QUIET;
	for (size_t i = 0; i < sizeof(n->scan_port_busy) / sizeof(n->scan_port_busy[0]); i++)
		if (n->scan_port_busy[i] && s->kind[n->scan_port_busy[i]])
			s->kind[n->scan_port_busy[i]] = PORT_BUSY;
	for (size_t i = 0; i < sizeof(logins) / sizeof(logins[0]); i++)
		s->kind[logins[i]] |= PORT_LOGIN;
	for (size_t i = 0; i < sizeof(mails) / sizeof(mails[0]); i++)
		s->kind[mails[i]] |= PORT_MAIL;
	*state = s;
	return 0;
}

/* Puts the newest of some far addresses into a ring of SCAN_SAMPLES. */
static void
sample_keep(struct addr ring[SCAN_SAMPLES], uint32_t *n, const struct addr *a)
{
	ring[(*n)++ % SCAN_SAMPLES] = *a;
}

static void
few_turn(struct few t[2], uint32_t window, uint32_t sec)
{
	uint32_t k = sec / (window / 2);
	for (uint32_t i = 0; i < 2; i++) {
		uint32_t want = k >= i ? k - i + 1 : 0;
		struct few *x = &t[(k - i) & 1];
		if (x->epoch != want)
			*x = (struct few){ .epoch = want };
	}
}

static void
few_add(struct few *t, uint32_t addr)
{
	for (uint32_t i = 0; i < t->n; i++)
		if (t->addr[i] == addr)
			return;
	if (t->n < SCAN_FEW)
		t->addr[t->n++] = addr;
}

uint32_t
scan_logins(struct detect *d, struct suspect *x)
{
	struct few *t = x->scan.login;
	few_turn(t, BRIEF, d->sec);
	return t[0].n > t[1].n ? t[0].n : t[1].n;
}

uint32_t
scan_mails(struct detect *d, struct suspect *x)
{
	struct few *t = x->scan.mail;
	few_turn(t, WIDE, d->sec);
	return t[0].n > t[1].n ? t[0].n : t[1].n;
}

/* What t holds of flows whose source is at least so sure. */
struct part {
	uint64_t mask;           /* of the exact addresses */
	uint32_t syn[2], all[2];
};

static struct part
part_of(const struct tally *t, enum source least)
{
	struct part p = { .mask = t->n < 64 ? (UINT64_C(1) << t->n) - 1 : UINT64_MAX };
	if (least > SOURCE_UNPROVEN)
		p.mask &= t->sure[least - 1];
	for (unsigned i = least; i <= SOURCE_PROVEN; i++)
		for (int k = QUIET; k <= BUSY; k++) {
			p.syn[k] += t->syn[i][k];
			p.all[k] += t->all[i][k];
		}
	return p;
}

static bool
shares(const struct detect *d, const struct part *p, int kind)
{
	return p->syn[kind] && (uint64_t)p->syn[kind] * 1000 >=
	    (uint64_t)p->all[kind] * d->conf.numbers.scan_share;
}

/* What that part of t weighs, in thirds of an address. */
static uint32_t
points(const struct detect *d, const struct tally *t, const struct part *p)
{
	uint32_t busy = (uint32_t)__builtin_popcountll(p->mask & t->busy);
	uint32_t quiet = (uint32_t)__builtin_popcountll(p->mask & ~t->busy);
	uint32_t n = shares(d, p, QUIET) ? quiet * QUIET_POINTS : 0;
	if (shares(d, p, BUSY) && !walk_outage(d))
		n += (busy + (p->mask == UINT64_MAX ? tally_distinct(t) - TALLY_EXACT : 0)) * BUSY_POINTS;
	return n;
}

/* Connections that carried data, to several addresses on the very port that accuses: the line itself
 * did that. One would not do: an honest one may meet forged SYNs. */
bool
scan_proven(const struct detect *d, const struct suspect *x, uint16_t port, uint32_t window)
{
	for (uint32_t i = 0; i < SCAN_PROOFS; i++)
		if (!x->scan.data[i].who || x->scan.data[i].port != port ||
		    d->sec - x->scan.data[i].sec > window)
			return false;
	return true;
}

void
scan_data(struct detect *d, struct suspect *x, const struct addr *far, uint16_t port)
{
	uint32_t who = tally_addr(far), at = x->scan.datas % SCAN_PROOFS;
	for (uint32_t i = 0; i < SCAN_PROOFS; i++)
		if (x->scan.data[i].who == who && x->scan.data[i].port == port) {
			x->scan.data[i].sec = d->sec;
			return;
		}
	x->scan.data[at].who = who;
	x->scan.data[at].sec = d->sec;
	x->scan.data[at].port = port;
	x->scan.datas++;
}

/* early: on quiet ports alone, and never on more samples than addresses. A retransmission is a sample, too,
 * but makes nobody surer that these few are a scan. */
struct word {
	const struct tally *t;
	enum source source;
	bool brief, early;
};

/* The ports, most used first; of an early word the quiet ones. */
static void
ports(const struct detect *d, const struct word *w, uint16_t ret[FINDING_PORTS])
{
	uint16_t all[TALLY_PORTS];
	int n = 0;
	tally_ports(w->t->port, all, TALLY_PORTS);
	for (int i = 0; i < TALLY_PORTS && n < FINDING_PORTS && all[i]; i++)
		if (!w->early || scan_port_kind(d, all[i]) & PORT_QUIET)
			ret[n++] = all[i];
}

static void
say(struct detect *d, const struct seen *s, struct suspect *x, const struct word *w)
{
	const struct tally *t = w->t;
	struct part p = part_of(t, w->source);
	struct finding f = { .detector = DETECT_SCAN, .source = (uint8_t)w->source, .proto = IPP_TCP,
		.active = w->brief, .sampling = s->f->sampling, .packets = t->packets, .bytes = t->bytes,
		.from = (msec)t->first * 1000, .to = (msec)t->last * 1000 };
	uint32_t all = 0, span = t->last - t->first;
	/* A kind of port whose share does not tell accuses of nothing. */
	for (int k = QUIET; k <= BUSY; k++)
		if (shares(d, &p, k) && (k == QUIET || !w->early)) {
			f.samples += p.syn[k];
			all += p.all[k];
		}
	if (w->early)
		p.mask &= ~t->busy;
	f.distinct = p.mask == UINT64_MAX ? tally_distinct(t) : (uint32_t)__builtin_popcountll(p.mask);
	f.permille = all ? (uint32_t)((uint64_t)f.samples * 1000 / all) : 0;
	f.pps = t->packets / (span ? span : 1);
	f.bps = t->bytes * 8 / (span ? span : 1);
	f.mean_size = t->packets ? (uint32_t)(t->bytes / t->packets) : 0;
	ports(d, w, f.port);
	for (int i = 0; i < FINDING_PEERS && i < SCAN_SAMPLES; i++)
		f.sample[i] = x->scan.sample[i];
	if (scan_proven(d, x, f.port[0], w->brief ? BRIEF : WIDE)) {
		f.source = SOURCE_PROVEN;
		f.two_way = 1;
	}
	if (w->early) {
		f.samples = f.distinct;
		found_early(d, s, &f);
	} else if (f.samples >= d->conf.numbers.least_samples) {
		found_line(d, s, &f, f.distinct);
	}
}

/* Quiet ports alone; the surest part that is enough. The wide epochs are asked as well, for what fell
 * within 15 minutes may be whole in them only. */
static bool
early_in(const struct detect *d, const struct tally *t, struct word *ret)
{
	const struct detect_numbers *n = &d->conf.numbers;
	if (t->n < n->scan_early || t->last - t->first > BRIEF)
		return false;
	for (int least = SOURCE_PROVEN; least >= SOURCE_UNPROVEN; least--) {
		struct part p = part_of(t, (enum source)least);
		p.mask &= ~t->busy;
		uint32_t quiet = (uint32_t)__builtin_popcountll(p.mask);
		if (quiet < n->scan_early || quiet >= n->least_samples || !shares(d, &p, QUIET) ||
		    tally_nets(t->addr, t->n, p.mask, n->scan_nets) < n->scan_nets)
			continue;
		*ret = (struct word){ .t = t, .source = (enum source)least, .brief = true, .early = true };
		return true;
	}
	return false;
}

static void
say_early(struct detect *d, const struct seen *s, struct suspect *x)
{
	struct word w;
	if (!found_early_due(d, &x->told[DETECT_SCAN]))
		return;
	for (int i = 0; i < 4; i++)
		if (early_in(d, i < 2 ? &x->scan.brief[i] : &x->scan.wide[i - 2], &w)) {
			say(d, s, x, &w);
			return;
		}
}

static void
weigh(struct detect *d, const struct seen *s, struct suspect *x)
{
	const struct detect_numbers *n = &d->conf.numbers;
	for (int i = 0; i < 4; i++) {
		bool brief = i < 2;
		const struct tally *t = brief ? &x->scan.brief[i] : &x->scan.wide[i - 2];
		uint32_t need = (brief ? n->scan_distinct : n->scan_distinct_long) * QUIET_POINTS;
		/* What forged packets add must not make true ones look worse: the surest part that is
		 * enough by itself says how sure the finding is. */
		for (int least = SOURCE_PROVEN; least >= SOURCE_UNPROVEN; least--) {
			struct part p = part_of(t, (enum source)least);
			uint32_t have = points(d, t, &p);
			if (have >= need &&
			    tally_nets(t->addr, t->n, p.mask, n->scan_nets) >= n->scan_nets) {
				struct word w = { t, (enum source)least, brief, false };
				say(d, s, x, &w);
				return;
			}
			unsigned level = need ? 900 * (have < need ? have : need) / need : 0;
			if (level > x->told[DETECT_SCAN].level ||
			    x->told[DETECT_SCAN].held + 3600 < d->sec)
				suspect_raise(d, x, DETECT_SCAN, level);
		}
	}
	say_early(d, s, x);
}

static void
count(struct detect *d, const struct seen *s, struct suspect *x, int kind, bool syn)
{
	struct tally_event e = { .addr = tally_addr(s->far), .sec = d->sec, .port = s->far_port,
		.source = s->source, .busy = kind == BUSY };
	bool fresh = false;
	tally_turn(x->scan.brief, BRIEF, d->sec);
	tally_turn(x->scan.wide, WIDE, d->sec);
	for (int i = 0; i < 4; i++) {
		struct tally *t = i < 2 ? &x->scan.brief[i] : &x->scan.wide[i - 2];
		t->all[s->source][kind]++;
		if (!syn)
			continue;
		t->syn[s->source][kind]++;
		t->packets += s->packets;
		t->bytes += s->bytes;
		fresh |= tally_add(t, &e);
	}
	if (fresh)
		sample_keep(x->scan.sample, &x->scan.samples, s->far);
	if (syn)
		weigh(d, s, x);
}

/* The first stage. True: that was one too many for it. */
static bool
first(struct scan_state *l, uint32_t addr, uint8_t kind)
{
	for (int i = 0; i < SCAN_TAGS; i++) {
		if (l->tag[i] == addr)
			return false;
		if (!l->tag[i]) {
			l->tag[i] = addr;
			l->tag_kind[i] = kind;
			return i == SCAN_TAGS - 1;
		}
	}
	return true;
}

/* What the first stage knew goes into the older epochs, if it all happened in them. The last address
 * is the one that is about to be counted. */
static void
promote(struct detect *d, const struct scan_state *l, struct suspect *x)
{
	tally_turn(x->scan.brief, BRIEF, d->sec);
	tally_turn(x->scan.wide, WIDE, d->sec);
	for (int w = 0; w < 2; w++) {
		uint32_t half = (w ? WIDE : BRIEF) / 2, k = d->sec / half;
		struct tally *t = (w ? x->scan.wide : x->scan.brief) + ((k - 1) & 1);
		if (!k || l->since < (k - 1) * half)
			continue;
		for (int i = 0; i < SCAN_TAGS - 1; i++) {
			struct tally_event e = { .addr = l->tag[i], .sec = l->since,
				.busy = (l->tag_kind[i] & 3) == 1 + BUSY, .source = l->tag_kind[i] / 4 };
			if (l->tag_kind[i])
				tally_add(t, &e);
		}
		for (int i = 0; i < 6; i++) {
			t->syn[i / 2][i % 2] = l->syn[i / 2][i % 2];
			t->all[i / 2][i % 2] = l->all[i / 2][i % 2];
		}
	}
}

static void
fresh_start(struct detect *d, struct scan_state *l)
{
	if (l->since && d->sec - l->since <= WIDE)
		return;
	l->since = d->sec ? d->sec : 1;
	memset(l->tag, 0, sizeof(l->tag));
	memset(l->tag_kind, 0, sizeof(l->tag_kind));
	memset(l->syn, 0, sizeof(l->syn));
	memset(l->all, 0, sizeof(l->all));
}

/* Small counters: halved together, the share stays. */
static void
early(uint8_t syn[2], uint8_t all[2], int kind, bool is_syn)
{
	if (all[kind] == UINT8_MAX) {
		all[kind] /= 2;
		syn[kind] /= 2;
	}
	all[kind]++;
	syn[kind] += is_syn;
}

static void
scan_out(struct detect *d, const struct seen *s)
{
	const struct flow *f = s->f;
	unsigned kinds = scan_port_kind(d, f->dport);
	if (!kinds || !(f->bits & FLOW_FLAGS))
		return;
	bool syn = syn_only(f);
	/* Answers: to a client that happens to use such a port, or to spoofed SYNs. */
	if (!syn && (!(f->tcp_flags & TCP_ACK) || f->sport < 1024))
		return;
	struct scan_state *l = &s->line->scan;
	int kind = kinds & PORT_QUIET ? QUIET : BUSY;
	bool scanning = kinds & (PORT_QUIET | PORT_BUSY), asks = kinds & (PORT_LOGIN | PORT_MAIL);
	struct suspect *x = suspect_of(d, s->line);
	if (!x) {
		fresh_start(d, l);
		uint8_t tag = scanning && syn ? (uint8_t)(1 + kind + 4 * s->source) : 0;
		if ((!tag && !asks) || !first(l, tally_addr(s->far), tag)) {
			if (scanning) {
				early(l->syn[s->source], l->all[s->source], kind, syn);
			}
			return;
		}
		x = suspect_make(d, s->line);
		promote(d, l, x);
	}
	if (scanning)
		count(d, s, x, kind, syn);
	if (s->source < SOURCE_BOUND) /* what follows answers asks: forged packets are no answer */
		return;
	if (kinds & PORT_LOGIN) {
		few_turn(x->scan.login, BRIEF, d->sec);
		few_add(&x->scan.login[0], tally_addr(s->far));
		few_add(&x->scan.login[1], tally_addr(s->far));
	}
	if (kinds & PORT_MAIL) {
		few_turn(x->scan.mail, WIDE, d->sec);
		few_add(&x->scan.mail[0], tally_addr(s->far));
		few_add(&x->scan.mail[1], tally_addr(s->far));
	}
}

static void
scan_memory(const void *state, struct memory_row *ret)
{
	(void)state;
	*ret = (struct memory_row){ "kinds of port", 65536, 65536, 1, sizeof(struct scan) };
}

const struct detector_ops scan_ops = {
	.no = DETECT_SCAN,
	.protos = HOOK_TCP,
	.any = HOOK_PORT,
	.out = scan_out,
	.init = scan_init,
	.fini = free,
	.memory = scan_memory,
};
