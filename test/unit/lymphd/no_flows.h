/* SPDX-License-Identifier: BSD-2-Clause */
/* The telemetry side of the edge as cardboard: nothing is configured and nobody answers, unless the test
 * says so. For tests whose subject is something else. */
#ifndef TEST_NO_FLOWS_H
#define TEST_NO_FLOWS_H

#include "lymphd/edge_flows.h"
#include "lymphd/edge_log.h"

static int kept_says; /* what kept_get returns */
static kept_cb *kept_asked;
static void *kept_arg;

size_t
logs_all(const struct edge *e, const struct log_state_row **ret, bool *heard)
{
	(void)e;
	*ret = NULL;
	*heard = false;
	return 0;
}

const struct flow_view *
state_view(const struct edge *e)
{
	(void)e;
	return NULL;
}

const struct flows_totals *
flows_totals(const struct edge *e)
{
	static const struct flows_totals none;
	(void)e;
	return &none;
}

const struct asks_totals *
asks_totals(const struct edge *e)
{
	static const struct asks_totals none;
	(void)e;
	return &none;
}

void
watch_totals(const struct edge *e, struct watch_totals *ret)
{
	(void)e;
	*ret = (struct watch_totals){ 0 };
}

size_t
alerts_all(const struct edge *e, const struct alert **ret)
{
	(void)e;
	*ret = NULL;
	return 0;
}

int
kept_get(struct edge *e, const struct addr *a, uint32_t most, kept_cb *cb, void *arg)
{
	(void)e, (void)a, (void)most;
	kept_asked = cb;
	kept_arg = arg;
	return kept_says;
}

#endif
