/* SPDX-License-Identifier: BSD-2-Clause */
/* Findings and flows as JSON for the store and the control socket, see edge_flows.h: out of memory ends
 * the role, as everywhere in it. */
#include "host/log.h"
#include "lymphd/edge.h"
#include "lymphd/edge_flows.h"

const char *
exporter_name(const struct edge *e, uint16_t row)
{
	const struct sights *s = e->c->conf->sights;
	return s && row < s->exporters ? s->exporter[row].name : NULL;
}

static json_t *
got(json_t *o)
{
	if (!o)
		fatal_oom();
	return o;
}

json_t *
finding_json(const struct finding *f, const char *exporter)
{
	return got(finding_json_new(f, exporter));
}

json_t *
flow_json(const struct flow *f, const char *exporter)
{
	return got(flow_json_new(f, exporter));
}
