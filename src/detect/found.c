/* SPDX-License-Identifier: BSD-2-Clause */
/* From a detector's word to a finding told: exceptions, repetition, what every finding has in common. */
#include "detect/mix.h"
#include "detect/parts.h"

/* s, between findings of a line that say no more than the last. */
#define AGAIN_ACTIVE 600
#define AGAIN        (6 * 3600)
/* Floods go on and stop within minutes: who decides about a filter wants to know. */
#define FLOODS (1U << DETECT_FLOOD | 1U << DETECT_TORTURE | 1U << DETECT_POPULATION)

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

static bool
held_back(struct detect *d, const struct finding *f)
{
	bool yes = excepted(d, f);
	d->stats.held[f->detector] += yes;
	return yes;
}

static void
tell(struct detect *d, struct finding *f)
{
	if (!f->lines)
		f->lines = 1;
	f->error_permille = error_of(f->samples);
	d->stats.found[f->detector]++;
	d->conf.found(d->conf.arg, f);
}

bool
found_other(struct detect *d, struct finding *f)
{
	if (held_back(d, f))
		return false;
	tell(d, f);
	return true;
}

/* Of the line that s is of. */
static void
tell_line(struct detect *d, const struct seen *s, struct finding *f)
{
	f->exporter = s->f->exporter;
	f->iface = s->in ? s->in->ifindex : 0;
	f->shared = own_row(d->own, s->line->own)->shared;
	tell(d, f);
}

bool
found_line(struct detect *d, const struct seen *s, struct finding *f, uint64_t figure)
{
	f->subject = s->out ? s->f->src : s->f->dst;
	if (held_back(d, f))
		return false;
	struct suspect *x = suspect_make(d, s->line);
	struct told *t = &x->told[f->detector];
	suspect_raise(d, x, f->detector, 1000);
	if (f->source >= SOURCE_BOUND)
		t->sure_at = d->sec;
	uint32_t due = f->active && FLOODS >> f->detector & 1 ? AGAIN_ACTIVE : AGAIN;
	if (t->at && d->sec - t->at < due && figure < 2 * t->figure && f->source <= t->source)
		return false;
	*t = (struct told){ .at = d->sec, .held = d->sec, .sure_at = t->sure_at, .figure = figure, .level = 1000,
		.source = f->source, .proto = f->proto, .port = f->port[0],
		.samples = f->samples, .sampling = f->sampling, .peer = f->peer };
	tell_line(d, s, f);
	return true;
}

bool
found_early_due(const struct detect *d, const struct told *t)
{
	return (!t->at || d->sec - t->at >= AGAIN) && (!t->early_at || d->sec - t->early_at >= AGAIN);
}

bool
found_early(struct detect *d, const struct seen *s, struct finding *f)
{
	struct told *t = &suspect_make(d, s->line)->told[f->detector];
	f->subject = s->out ? s->f->src : s->f->dst;
	if (!found_early_due(d, t) || held_back(d, f))
		return false;
	t->early_at = d->sec;
	tell_line(d, s, f);
	return true;
}
