/* SPDX-License-Identifier: BSD-2-Clause */
/* From a detector's word to a finding told: exceptions, repetition, what every finding has in common. */
#include "detect/parts.h"

#define AGAIN_ACTIVE 600       /* s */
#define AGAIN        (6 * 3600)

/* The operator's exceptions. Few rows, asked only about what would be told. */
static bool
excepted(const struct detect *d, const struct finding *f)
{
	const struct sights *s = d->conf.sights;
	enum class_id c = detector_row(f->detector)->cls;
	for (size_t i = 0; i < s->allows && f->subject.fam; i++) {
		const struct allow_row *a = &s->allow[i];
		if (prefix_has(&a->prefix, &f->subject) && (!a->classes || a->classes & 1U << c) &&
		    (a->until == MSEC_NEVER || a->until / 1000 > (msec)d->sec))
			return true;
	}
	return false;
}

static uint32_t
root(uint64_t v)
{
	uint64_t r = 0;
	for (uint64_t bit = UINT64_C(1) << 62; bit; bit >>= 2) {
		if (v >= r + bit) {
			v -= r + bit;
			r = (r >> 1) + bit;
		} else {
			r >>= 1;
		}
	}
	return (uint32_t)r;
}

static void
tell(struct detect *d, struct finding *f)
{
	if (!f->lines)
		f->lines = 1;
	/* 1960 / sqrt(samples), with two digits more inside the root. */
	f->error_permille = f->samples ? 196000 / root(UINT64_C(10000) * f->samples) : 1000;
	d->stats.found[f->detector]++;
	d->conf.found(d->conf.arg, f);
}

bool
found_other(struct detect *d, struct finding *f)
{
	if (excepted(d, f)) {
		d->stats.held[f->detector]++;
		return false;
	}
	tell(d, f);
	return true;
}

bool
found_line(struct detect *d, const struct seen *s, struct finding *f, uint64_t figure)
{
	f->subject = s->out ? s->f->src : s->f->dst;
	if (excepted(d, f)) {
		d->stats.held[f->detector]++;
		return false;
	}
	struct suspect *x = suspect_make(d, s->line);
	struct told *t = &x->told[f->detector];
	suspect_raise(d, x, f->detector, 1000);
	bool again = f->active || f->group ? d->sec - t->at >= AGAIN_ACTIVE : d->sec - t->at >= AGAIN;
	if (t->at && !again && figure < 2 * t->figure)
		return false;
	*t = (struct told){ .at = d->sec, .held = d->sec, .figure = figure, .level = 1000,
		.source = f->source, .proto = f->proto, .port = f->port[1] ? 0 : f->port[0],
		.samples = f->samples, .sampling = f->sampling, .peer = f->peer };
	f->exporter = s->f->exporter;
	f->iface = s->in ? s->in->ifindex : 0;
	f->shared = own_row(d->own, s->line->own)->shared;
	tell(d, f);
	return true;
}
