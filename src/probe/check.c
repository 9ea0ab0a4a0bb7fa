/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of checks, see check.h. */
#include "probe/check.h"

#include "probe/http.h"
#include "probe/socks.h"

static const struct probe_check *const none[] = { NULL };
static const struct probe_check *const proxy[] = { &check_http_connect, &check_http_get,
	&check_socks5, &check_socks4, &check_socks4a, NULL };

static const struct probe_check *const *const lists[CLASS_N] = {
	[CLASS_OPEN_PROXY] = proxy,
};

const struct probe_check *const *
check_list(enum class_id cls)
{
	return (unsigned)cls < CLASS_N && lists[cls] ? lists[cls] : none;
}

bool
check_fits(const struct probe_check *c, const struct addr *canary)
{
	return canary->fam == 4 || (canary->fam == 6 && !c->v4_only);
}

uint16_t
check_port(const struct probe_check *c, const uint16_t *ports, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (ports[i] == c->port)
			return c->port;
	return n ? ports[0] : c->port;
}
