/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * "Does this line do what is claimed?" What the flows say, whoever accused. Three answers that never lean
 * on each other: an inbound exchange was answered; the line does it now, by flows whose source is beyond
 * doubt and with what a filter would have to name; and whether silence means anything at all.
 */
#include "detect/c2.h"
#include "detect/exposed.h"
#include "detect/scan.h"

#define COVER     (6 * 3600) /* s before the event */
#define STILL     900        /* s: an exporter that said nothing for so long did not look */
#define SPOOFED   3600       /* s: an interface that showed forged sources proves nothing */
#define MAILS     24         /* distinct servers in 6 h, from a household */
#define LOGINS    24         /* in 15 min */

#define BIT(d) (1U << (d))

/* What shows a class at work. c2-contact and the classes a probe verifies have rows of nothing else. */
static const uint32_t shows[CLASS_N] = {
	[CLASS_SCANNER] = BIT(DETECT_SCAN) | BIT(DETECT_WALK),
	[CLASS_DDOS_SOURCE] = BIT(DETECT_FLOOD) | BIT(DETECT_TORTURE) | BIT(DETECT_POPULATION),
	[CLASS_BOT] = BIT(DETECT_SCAN) | BIT(DETECT_FLOOD) | BIT(DETECT_TORTURE) |
	    BIT(DETECT_POPULATION) | BIT(DETECT_C2),
	[CLASS_C2_CONTACT] = BIT(DETECT_C2),
};

/* How long after its condition was last true a detector's word means "now", s. */
static const uint32_t fresh[DETECTORS] = {
	[DETECT_SCAN] = 900,
	[DETECT_WALK] = 900,
	[DETECT_FLOOD] = 60,
	[DETECT_TORTURE] = 60,
	[DETECT_POPULATION] = 60,
	[DETECT_C2] = 1800,
};

/* Every exporter that told us anything in the last hours did so without a gap, and knows its sampling. */
static bool
covered(const struct detect *d, uint32_t when)
{
	uint32_t from = when > COVER ? when - COVER : 0;
	bool any = false;
	for (size_t i = 0; i < d->conf.sights->exporters && i < EXPORTERS; i++) {
		const struct eye *e = &d->eye[i];
		if (!e->last || e->last + COVER < d->sec)
			continue;
		any = true;
		if (e->since > from || e->last + STILL < d->sec || !e->sampling ||
		    e->sampling > d->conf.numbers.walk_sampling)
			return false;
	}
	return any;
}

static bool
doubted(const struct detect *d, const struct line *l)
{
	const struct iface *i = l->iface ? &d->iface[l->iface - 1] : NULL;
	return i && i->spoofed && i->spoofed + SPOOFED > d->sec;
}

static void
scope(struct flow_seen *r, const struct told *t)
{
	r->active = true;
	r->proto = t->proto;
	r->far_port = t->port;
	r->peer = t->peer;
	r->samples = t->samples;
	r->sampling = t->sampling;
}

/* The classes no detector accuses of, but whose work is plain in the flows. */
static void
busy(struct detect *d, struct suspect *x, const struct line *l, struct flow_seen *r)
{
	enum line_kind kind = own_row(d->own, l->own)->row->kind;
	bool home = kind == KIND_RESIDENTIAL || kind == KIND_DYNAMIC, full;
	static const uint16_t smtp[] = { 25 };
	/* Whoever is sent mail runs a server, and may send it. */
	bool mail = r->cls == CLASS_SPAM_SOURCE && home && scan_mails(d, x) >= MAILS &&
	    !exposed_answered(l, smtp, 1, d->sec, &full);
	bool login = r->cls == CLASS_LOGIN_ATTACKER && scan_logins(d, x) >= LOGINS;
	if (!mail && !login)
		return;
	r->active = true; /* only flows of sure source were counted */
	r->proto = IPP_TCP;
	r->far_port = mail ? 25 : 0;
	r->samples = mail ? scan_mails(d, x) : scan_logins(d, x);
	r->sampling = l->sampling;
}

void
detect_ask(struct detect *d, const struct ask *a, bool lossy, struct flow_seen *ret)
{
	struct flow_seen r = { .subject = a->subject, .port = a->port, .cls = a->cls, .when = a->when };
	msec s = a->when < 0 ? 0 : a->when / 1000;
	uint32_t when = s < (msec)d->sec ? (uint32_t)s : d->sec;
	uint16_t own = own_find(d->own, &a->subject);
	r.covered = own && !lossy && covered(d, when);
	struct line *l = own ? line_find(d, own_key(d->own, own, &a->subject)) : NULL;
	if (l) {
		const uint16_t *ports = a->port ? &a->port : class_row(a->cls)->ports;
		bool full;
		r.answered_inbound = exposed_answered(l, ports, a->port ? 1 : CLASS_PORTS, when, &full);
		r.covered &= r.answered_inbound || !full;
	}
	struct suspect *x = l ? suspect_of(d, l) : NULL;
	if (x && !doubted(d, l)) {
		const struct told *best = NULL;
		for (unsigned i = 0; i < DETECTORS; i++) {
			const struct told *t = &x->told[i];
			if (!(shows[(unsigned)a->cls < CLASS_N ? a->cls : 0] & BIT(i)) || !t->sure_at ||
			    t->sure_at + fresh[i] < d->sec || t->samples < d->conf.numbers.least_samples)
				continue;
			if (i == DETECT_C2 && c2_windows(d, l->key) < C2_WINDOWS)
				continue;
			if (!best || t->sure_at > best->sure_at)
				best = t;
		}
		if (best) {
			scope(&r, best);
			/* A contact is told when it was answered (model/fact.h). */
			r.answered_inbound |= a->cls == CLASS_C2_CONTACT;
		} else {
			busy(d, x, l, &r);
		}
	}
	*ret = r;
}
