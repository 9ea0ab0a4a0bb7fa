/* SPDX-License-Identifier: BSD-2-Clause */
/* What a finding says to the judge beside its report, see finding.h. The same for live flows and for old
 * data; never more than what stands in the finding. */
#include "model/finding.h"

/* Whether the line does it now, beyond doubt and by numbers that are known. */
static bool
goes_on(const struct finding *f, bool spoofed)
{
	bool rates = f->detector == DETECT_FLOOD || f->detector == DETECT_TORTURE;
	return f->active && f->source >= SOURCE_BOUND && f->samples >= FINDING_LEAST && !f->shared &&
	       detector_row(f->detector)->acts && (f->sampling || !rates) && !spoofed;
}

bool
finding_seen(const struct finding *f, bool spoofed, struct flow_seen *ret)
{
	struct flow_seen s = { .subject = f->subject,
		.cls = detector_row(f->detector)->cls,
		.when = f->to,
		.active = goes_on(f, spoofed),
		.proto = f->proto,
		.peer = f->peer,
		.samples = f->samples,
		.sampling = f->sampling };
	if (f->inbound)
		s.port = f->port[0];
	else
		s.far_port = f->port[0];
	s.answered_inbound =
	    f->two_way && f->source >= SOURCE_BOUND && (f->inbound || s.cls == CLASS_C2_CONTACT);
	if (!s.active && !s.answered_inbound)
		return false;
	*ret = s;
	return true;
}

void
finding_population(const struct finding *f, struct population *ret)
{
	*ret = (struct population){ .group = f->group,
		.victim = f->peer,
		.proto = f->proto,
		.port = f->port[1] ? 0 : f->port[0],
		.lines = f->lines,
		.samples = f->samples,
		.sampling = f->sampling,
		.mean_size = f->mean_size,
		.pps = f->pps,
		.bps = f->bps,
		.source = f->source,
		.from = f->from,
		.to = f->to };
}

char *
population_print(const struct population *p, char buf[FINDING_TEXT])
{
	const struct finding f = { .detector = DETECT_POPULATION, .source = p->source, .proto = p->proto,
		.peer = p->victim, .port = { p->port }, .samples = p->samples, .sampling = p->sampling,
		.lines = p->lines, .pps = p->pps, .bps = p->bps, .mean_size = p->mean_size, .from = p->from,
		.to = p->to };
	return finding_print(&f, buf);
}
