/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Role hear-flow: NetFlow, IPFIX and sFlow datagrams of the exporters the configuration names, decoded
 * and looked at by the detectors; findings go to the judge. It opens nothing and answers nobody on the
 * network.
 */
#include <unistd.h>

#include "lymphd/flow_state.h"
#include "lymphd/role.h"

static void
flow_start(struct role_ctx *c)
{
	(void)c;
}

static void
flow_message(struct role_ctx *c, enum role_id from, struct chan_msg *m)
{
	(void)c, (void)from;
	if (m->fd >= 0)
		close(m->fd);
}

static bool
flow_wanted(const struct conf *c)
{
	return c->policy->flow_source;
}

const struct role role_hear_flow = {
	.id = ROLE_HEAR_FLOW,
	.name = "hear-flow",
	.promises = BOX_CHAN,
	.rlimit_as = UINT64_C(2) << 30,
	.peers = 1u << ROLE_JUDGE,
	.wanted = flow_wanted,
	.start = flow_start,
	.message = flow_message,
};
